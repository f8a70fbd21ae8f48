"""Bytes that aren't UTF-8: controls of eight bits, or what is left of a character that was torn."""

from __future__ import annotations

import pytest

from explorer.ui.terminal import characters
from explorer.ui.terminal.characters import CONTROLS, Characters

REPLY = b"\x1b[1;1R"


@pytest.mark.parametrize("control", [0x8F, 0x90, 0x98, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F])
def test_a_byte_on_its_own_is_a_control(control: int) -> None:
    (one,) = Characters().feed(bytes([control]))
    assert one in CONTROLS and ord(one) == 0xDC00 + control


@pytest.mark.parametrize("whole", ["é", "漢", "😀", "🀁"])
def test_of_a_character_that_a_reply_has_torn_no_byte_is_a_control(whole: str) -> None:
    encoded = whole.encode()
    for cut in range(1, len(encoded)):
        decoder = Characters()
        text = "".join(map(decoder.feed, (encoded[:cut], REPLY, encoded[cut:], b"?")))
        assert text == "\ufffd" + REPLY.decode() + "?", cut


def test_a_control_that_comes_later_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(characters.time, "monotonic", lambda: now)
    decoder = Characters()
    assert decoder.feed(b"\xf0\x9f" + REPLY) == "\ufffd\x1b[1;1R"
    now = 1.5
    assert decoder.feed(b"\x9b") in CONTROLS


def test_a_character_in_pieces_is_whole() -> None:
    decoder = Characters()
    assert "".join(decoder.feed(bytes([byte])) for byte in "aé漢😀".encode()) == "aé漢😀"
