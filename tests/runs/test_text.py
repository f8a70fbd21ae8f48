"""Text from files and errors, fit for one line of a terminal."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from explorer.runs.text import loss_text, reason


@given(st.text())
@example("expected `:` at line 1: \x7f")  # as safetensors quotes a damaged header
@example("two\nlines\x1b[31m")
@example("half a character \ud800")
def test_a_reason_is_one_printable_line_whatever_the_error_quotes(text: str) -> None:
    said = reason(ValueError(text))
    assert said and said.isprintable()


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
