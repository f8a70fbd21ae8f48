"""Text from files and errors, fit for one line of a terminal."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from kit.names import HARD_NAMES
from rich.cells import cell_len
from wcwidth import wcwidth

from explorer.system.text import loss_text, printable, reason, shorten


@given(st.text())
@example("expected `:` at line 1: \x7f")  # as safetensors quotes a damaged header
@example("two\nlines\x1b[31m")
@example("half a character \ud800")
def test_a_reason_is_one_printable_line_whatever_the_error_quotes(text: str) -> None:
    said = reason(ValueError(text))
    assert said and said.isprintable()


@pytest.mark.parametrize("name", HARD_NAMES, ids=ascii)
def test_all_terminals_draw_a_name_equally_wide(name: str) -> None:
    shown = printable(name)
    assert shown.isprintable()
    one_by_one = sum(wcwidth(character) for character in shown)  # terminals that join nothing
    assert cell_len(shown) == one_by_one


def test_of_a_flag_the_letters_are_left_and_of_a_thumb_the_thumb() -> None:
    assert printable("\U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd \u2764\ufe0f") == "DE \U0001f44d \u2764"


@given(st.text(st.sampled_from("ab-漢日e\u0301\u0323ｆ"), max_size=30), st.integers(0, 40))
@example("lstm-20261123-214500-the-end", 18)
def test_a_long_text_loses_its_middle_and_no_accent_its_letter(text: str, room: int) -> None:
    short = shorten(text, room, cell_len)
    assert cell_len(short) <= room
    if cell_len(text) <= room:
        assert short == text
    elif room:
        begin, end = short.split("…")
        assert text.startswith(begin) and text.endswith(end)
        assert cell_len(begin) - cell_len(end) in range(-1, 4)
        assert cell_len(short) >= room - 2  # two wide characters may not fit
        follows = text[len(begin) :][:1]
        assert not follows or cell_len(follows) or not begin
        assert not end or cell_len(end[0])


def test_what_is_left_of_a_long_name_is_its_beginning_and_its_end() -> None:
    assert shorten("lstm-20261123-214500-the-end", 18, cell_len) == "lstm-2026…-the-end"


def test_an_error_without_a_text_is_called_by_its_type() -> None:
    assert reason(KeyboardInterrupt()) == "KeyboardInterrupt"


@pytest.mark.parametrize(
    ("loss", "text"),
    [
        (None, "–"),
        (math.nan, "–"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (0.0, "0.000"),
        (-0.0, "0.000"),
        (0.1234, "0.123"),
        (2.3026, "2.303"),
        (9.9996, "10.0"),
        (12.34, "12.3"),
        (99.96, "100"),
        (1234.5, "1234"),
        (9999.7, "1.0e4"),
        (1.2e12, "1.2e12"),
        (469292460242127002219454217783450096.0, "4.7e35"),
        (0.00012, "1.2e-4"),
    ],
)
def test_a_loss_has_three_digits_or_so_however_large_it_is(loss: float | None, text: str) -> None:
    assert loss_text(loss) == text


def test_a_loss_may_have_more_decimals() -> None:
    assert loss_text(0.03125, 4) == "0.0312"
    assert loss_text(12.34, 4) == "12.3"


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(3, 4))
@example(1.7e308, 3)
@example(-2.2e-308, 3)
@example(-9.99899, 4)
def test_a_loss_has_at_most_seven_characters_and_is_right_to_two_digits_or_three_decimals(
    loss: float, decimals: int
) -> None:
    text = loss_text(loss, decimals)
    assert len(text) <= 7
    if 1e-98 < abs(loss) < 1e98:  # a longer exponent takes the second digit's place
        assert float(text) == pytest.approx(loss, rel=0.051, abs=0.00051)
