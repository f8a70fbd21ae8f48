"""A line of parts: what doesn't fit is left out whole, so that no number is half of another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from explorer.ui.views.said import NUMBER, Said, said_line
from explorer.ui.widgets.line import PLAIN

PARTS = st.lists(
    st.tuples(st.text("0123456789.~%", min_size=1, max_size=NUMBER), st.integers(0, 4)),
    min_size=1,
    max_size=9,
)


@given(PARTS, st.integers(20, 160))
def test_what_is_shown_of_short_parts_is_whole_in_their_order_and_says_where_some_are_missing(
    parts: list[tuple[str, int]], width: int
) -> None:
    strip = said_line([Said(text, PLAIN, rank) for text, rank in [("first", 0), *parts]], width)
    assert cell_len(strip.text) == width
    shown = strip.text.split()
    missing = shown[-1:] == ["…"]
    rest = iter(["first", *(text for text, _ in parts)])
    assert all(one in rest for one in (shown[:-1] if missing else shown))  # one after the other
    always = ["first", *(text for text, rank in parts if not rank)]
    assert missing == (sum(cell_len(one) + 2 for one in always) - 1 > width)


def test_a_long_text_is_cut_where_the_line_ends() -> None:
    strip = said_line([Said("step 7", PLAIN, 0), Said("the loss became inf at this step", PLAIN, 0)], 30)
    assert strip.text == " step 7  the loss became inf… "
