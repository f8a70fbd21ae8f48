"""Names that a person may give a folder, and that no two terminals would draw equally wide."""

from __future__ import annotations

HARD_NAMES = [
    "lstm-20261123-214500",
    "漢字の名前は幅が二倍です",
    "日本語" * 20,
    "한국어",
    "ｆｕｌｌｗｉｄｔｈ",
    "e\u0301le\u0300ve",  # accents of their own
    "e\u0301漢",
    "ไทยภาษา",
    "\N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL} family",
    "\N{HEAVY BLACK HEART}\ufe0f heart",
    "\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4} thumb",
    "\N{REGIONAL INDICATOR SYMBOL LETTER D}\N{REGIONAL INDICATOR SYMBOL LETTER E} flag",
    "a\u200bb\u2060c",  # spaces of no width
    "שלום עולם",
    "\u202eright to left",
    "tab\there",
    "\x1b[31mred",
    "caf\udce9",  # not UTF-8
    "x" * 200,
]
"""Each is a folder's name on Linux."""
