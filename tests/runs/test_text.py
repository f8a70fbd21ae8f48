"""Text from files and errors, fit for one line of a terminal."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from explorer.runs.text import reason


@given(st.text())
@example("expected `:` at line 1: \x7f")  # as safetensors quotes a damaged header
@example("two\nlines\x1b[31m")
@example("half a character \ud800")
def test_a_reason_is_one_printable_line_whatever_the_error_quotes(text: str) -> None:
    said = reason(ValueError(text))
    assert said and said.isprintable()


def test_an_error_without_a_text_is_called_by_its_type() -> None:
    assert reason(KeyboardInterrupt()) == "KeyboardInterrupt"
