"""One line of the screen: how text is broken into lines."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from explorer.ui.widgets.line import wrapped


@given(st.text(st.sampled_from("ab 漢字e\u0301"), max_size=60), st.integers(2, 20))
@example("漢字の名前 is damaged", 9)
@example("字 \u0301", 2)
def test_text_is_broken_by_cells_not_by_characters_and_nothing_is_lost(text: str, room: int) -> None:
    lines = wrapped(text, room)
    assert all(cell_len(line) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_word_that_is_too_long_begins_a_line_and_is_broken() -> None:
    assert wrapped("see abcdefgh now", 5) == ["see", "abcde", "fgh", "now"]
