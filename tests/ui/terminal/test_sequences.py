"""What a terminal sends is a key only if a person typed it, however the reads have split it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.terminal.characters import Characters
from explorer.ui.terminal.sequences import LONGEST, Pasted, Piece, Sequence, Sequences, Typed

DELAY = 0.1
"""Seconds after which an escape acts."""
STALL = 0.15
"""Seconds for which a packet is late: longer than an escape waits."""


class Keyboard:
    """A reader of what a terminal sends, whose clock stands still unless it is told to go on."""

    def __init__(self) -> None:
        self.time = 0.0
        self.sequences = Sequences(DELAY, lambda: self.time)

    def send(self, *reads: str | float) -> list[Piece]:
        """Read strings, and wait for numbers of seconds; return what was complete."""
        pieces: list[Piece] = []
        for one in reads:
            if isinstance(one, str):
                pieces += self.sequences.feed(one)
                continue
            until = self.time + one
            while (due := self.sequences.due) is not None and self.time + due <= until:
                self.time = max(self.time, self.time + due) + 1e-9
                pieces += self.sequences.expire()
            self.time = max(until, self.time)
        return pieces


def sent(*reads: str | float) -> list[str]:
    """Return what was typed, pasted and understood, as text, a second and more after it was sent."""
    pieces = Keyboard().send(*reads, 3.0)
    return [piece.character if isinstance(piece, Typed) else piece.text for piece in pieces]


STRINGS = [
    "\x1bP>|tmux 3.4\x1b\\",  # XTVERSION
    "\x1bP1+r524742=38\x1b\\",  # XTGETTCAP
    "\x1bP0$r0;1m\x1b\\",  # DECRQSS
    "\x1bP!|7E565445\x1b\\",  # DA3
    "\x1b]ltraining\x1b\\",  # a title
    "\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
    "\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
    "\x1b]4;1;rgb:cccc/0000/0000\x07",
    "\x1b]52;c;cHM=\x07",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1b^private s p + -\x1b\\",
    "\x1bXstart of string\x1b\\",
    "\x1bPspns\x18",
    "\x1b]0;spns\x1a",
    "\x1b]10;rgb:ff/ff/ff\x9c",
    "\x1b\\",
    "\x1b[M !!",
]
"""Strings that mean nothing here, as terminals send them, and the mouse as in 1990."""
SEQUENCES = [
    *("\x1b[A", "\x1bOA", "\x1b[1;5A", "\x1bOa", "\x1bO5A", "\x1b[[A", "\x1b[15~", "\x1b[3$", "\x1b[5^"),
    *("\x1b[97;5u", "\x1b[97;;112u", "\x1b[1:2;3:1A", "\x1b[<0;50;6M", "\x1b[<0;50;6m", "\x1b[I", "\x1b[O"),
    *(
        "\x1b[48;45;160;900;1600t",
        "\x1b[8;45;160t",
        "\x1b[?2026;2$y",
        "\x1b[?64;1;2;6;9;15;22c",
        "\x1b[>1;10;0c",
    ),
    *("\x1b[1;1R", "\x1b[?1u", "\x1b[0n", "\x1b[?997;1n", "\x1b[2;1$y", "\x1b[1 q", "\x1b[Z"),
]
"""Control sequences and single shifts: whoever comes next knows some of them."""
STREAMS = st.lists(
    st.sampled_from([*STRINGS, *SEQUENCES, "x", "é", "\r", "\x1b[200~p\x1bs\n\x1b[201~"]), max_size=6
)


@st.composite
def split(draw: st.DrawFn, text: str, pauses: list[float]) -> list[str | float]:
    """Text in pieces, with a pause after each."""
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=6)))
    ends = [*cuts, len(text)]
    parts = [text[begin:end] for begin, end in zip([0, *cuts], ends, strict=True)]
    return [one for part in parts for one in (part, draw(st.sampled_from(pauses)))]


@given(st.data(), STREAMS)
def test_a_stream_means_the_same_however_reads_split_it_before_an_escape_acts(
    data: st.DataObject, parts: list[str]
) -> None:
    text = "".join(parts)
    whole = sent(text)
    assert whole == [
        "p\x1bs\n" if part.startswith("\x1b[200~") else part for part in parts if part not in STRINGS
    ]
    assert sent(*data.draw(split(text, [0.0, 0.05]))) == whole


@given(
    st.data(),
    st.sampled_from("P]X^_"),
    st.text(max_size=40).filter(lambda text: not set(text) & set("\x1b\x18\x1a\x07\x9c")),
    st.sampled_from(["\x1b\\", "\x9c", "\x18"]),
)
def test_no_string_of_any_kind_is_a_key_however_it_comes(
    data: st.DataObject, kind: str, body: str, end: str
) -> None:
    rest = f"{'1' if kind == ']' else '>'}{body}{end}"
    assert sent("\x1b" + kind, *data.draw(split(rest, [0.0, STALL, 0.9])), "x") == ["x"]
    begun = f"{kind}{rest[0]}"
    assert sent("\x1b", STALL, begun, *data.draw(split(rest[1:], [0.0, STALL, 0.9])), "x") == ["\x1b", "x"]


def after_the_first(text: str, pause: float) -> list[list[str | float]]:
    """All ways to split a sequence in two, but not behind its escape."""
    return [[text[:cut], pause, text[cut:]] for cut in range(2, len(text))]


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_a_sequence_that_stalls_for_less_than_a_second_still_means_what_it_means(sequence: str) -> None:
    for pause in (STALL, 0.9):
        for reads in after_the_first(sequence, pause):
            assert sent(*reads) == [sequence], reads


@pytest.mark.parametrize("string", STRINGS)
def test_a_string_that_stalls_for_less_than_a_second_means_nothing(string: str) -> None:
    assert sent(string, "x") == ["x"]
    for reads in after_the_first(string, 0.9):
        assert sent(*reads, "x") == ["x"], reads


@pytest.mark.parametrize("text", [*SEQUENCES, *STRINGS])
def test_behind_an_escape_that_has_acted_the_rest_of_a_sequence_is_still_no_key(text: str) -> None:
    if text != "\x1b\\":
        for pause in (STALL, 0.9):
            assert sent("\x1b", pause, text[1:]) == ["\x1b", *([text] if text in SEQUENCES else [])]


@pytest.mark.parametrize("text", [*SEQUENCES, *STRINGS])
def test_of_a_sequence_that_stalls_for_longer_nothing_is_left(text: str) -> None:
    for cut in range(2, len(text)):
        assert sent(text[:cut], 1.1) == []
        assert sent(text[:cut], 1.1, "x") == ["x"]


def test_a_lone_escape_acts_after_a_moment_and_two_at_once_are_two() -> None:
    keyboard = Keyboard()
    assert keyboard.send("\x1b", DELAY * 0.9) == []
    assert keyboard.send(DELAY * 0.2) == [Typed("\x1b")]
    assert sent("\x1b\x1b") == ["\x1b", "\x1b"]
    assert sent("\x1b\x1b[A") == ["\x1b", "\x1b[A"]


def test_a_key_in_one_piece_with_an_escape_acts_and_is_told_apart() -> None:
    assert Keyboard().send("\x1bx", "p") == [Typed("\x1b"), Typed("x", behind_escape=True), Typed("p")]
    assert Keyboard().send("\x1b", 0.05, "p") == [Typed("\x1b"), Typed("p", behind_escape=True)]
    assert Keyboard().send("\x1b", STALL, "p") == [Typed("\x1b"), Typed("p")]
    assert Keyboard().send("\x1b\r") == [Typed("\x1b"), Typed("\r")]
    assert Keyboard().send("\x1bf") == [Sequence("\x1bf")]


@pytest.mark.parametrize("bracket", "[]")
def test_brackets_that_are_typed_are_keys_also_soon_after_an_escape(bracket: str) -> None:
    assert sent(bracket, bracket) == [bracket, bracket]
    for pause in (STALL, 0.5, 2.0):
        assert sent("\x1b", pause, bracket) == ["\x1b", bracket]
        assert sent("\x1b", pause, bracket, 0.2, bracket, 0.2, "1") == ["\x1b", bracket, bracket, "1"]
        assert sent("\x1b", pause, bracket * 3) == ["\x1b", *bracket * 3]  # a burst
        assert sent("\x1b", pause, bracket + "\r") == ["\x1b", bracket, "\r"]
    keyboard = Keyboard()
    keyboard.send("\x1b", 0.5)
    assert keyboard.send(bracket, DELAY * 1.01) == [Typed(bracket)]  # at most this late
    assert sent("\x1b" + bracket) == []  # in one piece, it introduces a sequence


def test_a_reply_to_our_own_question_may_come_between_the_parts_of_a_sequence() -> None:
    reply = "\x1b[1;1R"
    assert sent("\x1b[<0;5", 0.5, reply, "0;6M") == [reply, "\x1b[<0;50;6M"]
    assert sent("\x1bO", reply, STALL, "A") == [reply, "\x1bOA"]
    assert sent("\x1b]ltrai", reply, STALL, reply, "ning\x1b\\", "x") == [reply, reply, "x"]
    assert sent("\x1b]l\x1b", reply, STALL, "\\", "x") == [reply, "x"]
    assert sent("\x1b", reply, STALL, "[A") == ["\x1b", reply, "\x1b[A"]
    assert sent("\x1b", STALL, reply, "[A") == ["\x1b", reply, "\x1b[A"]


def test_replies_don_t_keep_a_sequence_alive_that_has_stalled() -> None:
    replies = [one for _ in range(20) for one in ("\x1b[1;1R", 0.1)]
    assert sent("\x1b]ltrai", *replies, "x")[-1] == "x"
    assert sent("\x1b[1;", *replies, "x")[-1] == "x"


def test_another_sequence_ends_one_whose_end_was_lost() -> None:
    assert sent("\x1b]ltrain", "\x1b[A", "x") == ["\x1b[A", "x"]
    assert sent("\x1b[1;", "\x1b[A", "x") == ["\x1b[A", "x"]
    assert sent("\x1b[1;\x18x", "\x1b[1;\rx", "\x1b[1;éx") == ["x", "\r", "x", "é", "x"]
    assert sent("\x1b]8;;\x1bxp\x1b\\q") == ["q"]  # an escape in a string is no key


def test_what_never_ends_is_dropped_up_to_a_second_s_silence() -> None:
    assert sent("\x1b[" + "1;" * 20_000 + "A", "x") == ["x"]
    assert sent("\x1bO" + "1;" * 20_000 + "A", "x") == ["x"]
    keyboard = Keyboard()
    assert keyboard.send("\x1bP" + "p" * 200_000, 0.9, "s", 0.9, "q", 1.1, "x") == [Typed("x")]
    assert keyboard.send("\x1b[" + "1" * LONGEST, 0.9) == []
    assert len(keyboard.sequences._now.text) <= LONGEST + 1


def test_a_paste_is_text_whatever_is_in_it() -> None:
    text = "p\x1b[As+-\x1b]l\x1b\x1b[200~\x00é\n"
    assert Keyboard().send(f"\x1b[200~{text}", 5.0, "q\x1b[201~", "x") == [Pasted(text + "q"), Typed("x")]
    assert Keyboard().send("\x1b[201~", "x") == [Typed("x")]


def test_a_lone_escape_gives_up_a_paste_whose_end_was_lost() -> None:
    assert sent("\x1b[200~ps", 5.0, "+", "\x1b", 0.5, "x", "\x1b", 1.1, "x") == ["x"]
    assert sent("\x1b[200~ps\x1b", 1.1, "[201~", "x") == ["x"]
    replies = [one for _ in range(20) for one in ("\x1b[45;160R", 0.1)]
    assert sent("\x1b[200~ps", *replies, "q\x1b[201~", "x") == [*["\x1b[45;160R"] * 20, "psq", "x"]
    assert sent("\x1b[200~ps", "\x1b", *replies, "x") == [*["\x1b[45;160R"] * 20, "x"]


EIGHT_BITS = {"O": 0x8F, "P": 0x90, "X": 0x98, "[": 0x9B, "\\": 0x9C, "]": 0x9D, "^": 0x9E, "_": 0x9F}
"""The controls of eight bits, by what stands behind an escape in the form of seven."""


def read(*reads: bytes | float) -> list[str]:
    """Return what was typed, pasted and understood of bytes, as `sent` does."""
    characters = Characters()
    return sent(*(characters.feed(one) if isinstance(one, bytes) else one for one in reads))


def in_eight_bits(text: str, utf_8: bool) -> bytes:
    """Return a sequence with its escapes in the form of eight bits: as bytes, or as characters in UTF-8."""

    def control(found: re.Match[str]) -> str:
        return chr(EIGHT_BITS[found[1]] + (0 if utf_8 else 0xDC00))

    return re.sub(r"\x1b([OPX\[\]\\^_])", control, text).encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("utf_8", [False, True])
@pytest.mark.parametrize("text", [*SEQUENCES, *STRINGS])
def test_a_sequence_in_eight_bits_is_the_same_as_in_seven_however_reads_split_it(
    text: str, utf_8: bool
) -> None:
    data = in_eight_bits(text, utf_8)
    assert data[0] != 0x1B
    meant = [text] if text in SEQUENCES else []
    assert read(data, b"x") == [*meant, "x"]
    for cut in range(1, len(data)):
        for pause in (0.0, 0.9):
            assert read(data[:cut], pause, data[cut:], b"x") == [*meant, "x"], (data, cut)


def test_of_a_sequence_in_eight_bits_that_stalls_nothing_is_left() -> None:
    for begun in (b"\x9b1;2", b"\x90ps", b"\x9dps", b"\x98ps", b"\x9eps", b"\x9fps", b"\x8f"):
        assert read(begun, 1.1, b"x") == ["x"]


def test_no_other_control_of_eight_bits_is_a_key() -> None:
    for code in {*range(0x80, 0xA0)} - {*EIGHT_BITS.values()}:
        assert read(bytes([code]), b"x") == read(chr(code).encode(), b"x") == ["x"]
    assert read(b"\x9c", b"x") == ["x"]


def test_bytes_of_a_character_are_no_controls_and_other_bytes_are_one_that_means_nothing() -> None:
    for text in ("\u4e1b", "\u041b", "\u4e1c", "\U0001f49b"):  # with 9b or 9c, at their ends
        for cut in range(1, len(text.encode())):
            assert read(text.encode()[:cut], text.encode()[cut:], b"[p") == [text, "[", "p"]
    assert read(b"\xe9p\xffs") == ["\ufffd", "p", "\ufffd", "s"]
    assert read(b"\xe9\x9b1;2pq") == ["\ufffd", "\x1b[1;2p", "q"]


def test_in_a_title_that_is_not_utf_8_a_control_of_eight_bits_is_a_letter() -> None:
    assert read(b"\x1b]lc\x9cur ps \x9bp\x90s\x1b\\", b"x") == ["x"]
    assert read(b"\x1b]lc\x9bur\x1b\x9dps\x1b\\", b"x") == ["x"]
    assert read(b"\x9dl\xe4\xb8\x9cps\x9c", b"x") == ["x"]
    assert read(b"\x9dl\x1bqps\x9c", b"x") == ["x"]


def test_a_column_of_the_mouse_beyond_95_is_no_control() -> None:
    assert read(b"\x1b[M \x9b!", b"x") == ["x"]
    assert read(b"\x9bM \x9b\x9d", b"x") == ["x"]


def test_a_paste_ends_in_the_form_in_which_it_began() -> None:
    assert read(b"\x9b200~ps\x9b201~", b"x") == ["ps", "x"]
    assert read(b"\x9b200~ps\x1b[201~", b"x") == ["ps", "x"]
    assert read(b"\x1b[200~a\x9b201~s\x90\x1b[201~", b"x") == ["a\ufffd201~s\ufffd", "x"]


def test_after_an_escape_that_has_acted_controls_of_eight_bits_are_no_keys() -> None:
    assert read(b"\x1b", STALL, b"\x9b1;2p", b"x") == ["\x1b", "\x1b[1;2p", "x"]
    assert read(b"\x1b", STALL, b"]\x9b1;2p", b"x") == ["\x1b", "]", "\x1b[1;2p", "x"]
    assert read(b"\x1b\x9b1;2p", b"x") == ["\x1b", "\x1b[1;2p", "x"]


@given(
    st.text(alphabet="\x1b[]OPX^_\\;?<>$ mMRuABps+-1\x07\x18\x1a\x9b\x9c\udc9b\udc9c\udc9d\r~é", max_size=40),
    st.data(),
)
def test_after_any_input_a_second_s_silence_and_an_escape_give_the_keyboard_back(
    text: str, data: st.DataObject
) -> None:
    pauses = [0.0, 0.05, 0.2, 1.1]
    keyboard = Keyboard()
    keyboard.send(*data.draw(split(text, pauses)) if text else [], 1.1)
    assert keyboard.send("p", 2.0) == [Typed("p")]
