"""The page of timesteps that is shown of a long sequence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.views.scroll import CONTEXT, Scroll


@st.composite
def scrolls(draw: st.DrawFn) -> Scroll:
    """Generate a page of any sequence, whatever was shown before; an even number of timesteps fits."""
    timesteps = draw(st.integers(1, 2000))
    cursor = draw(st.integers(0, timesteps - 1))
    return Scroll(timesteps, 2 * draw(st.integers(1, 60)), cursor, draw(st.integers(0, 2000)))


def moved(scroll: Scroll, cursor: int) -> Scroll:
    """Return the page after the cursor was put on another timestep."""
    return Scroll(scroll.timesteps, scroll.shown, cursor, scroll.first)


def turned(scroll: Scroll, by: int) -> Scroll:
    """Return the page after it was turned."""
    first, cursor = scroll.turned(by)
    return Scroll(scroll.timesteps, scroll.shown, cursor, first)


@given(scrolls())
def test_the_timestep_under_the_cursor_is_always_shown(scroll: Scroll) -> None:
    assert 0 <= scroll.first <= scroll.cursor < scroll.last <= scroll.timesteps


@given(scrolls())
def test_a_page_is_full_but_for_half_a_line_and_begins_with_a_whole_one(scroll: Scroll) -> None:
    assert scroll.last - scroll.first >= min(scroll.timesteps, scroll.shown - 1)
    assert scroll.first % 2 == 0


@given(scrolls(), st.data())
def test_a_page_stays_wherever_on_it_the_cursor_is_put(scroll: Scroll, data: st.DataObject) -> None:
    cursor = data.draw(st.integers(scroll.first, scroll.last - 1))
    assert moved(scroll, cursor).first == scroll.first


@given(scrolls(), st.sampled_from([-1, 1]))
def test_moving_on_turns_few_pages_and_each_shows_what_was_around_the_cursor(scroll: Scroll, by: int) -> None:
    cursor, end, turns = scroll.cursor, (0 if by < 0 else scroll.timesteps - 1), 0
    while cursor != end:
        cursor += by
        after = moved(scroll, cursor)
        if after.first != scroll.first:
            turns += 1
            if scroll.shown > 2 * CONTEXT:
                shared = {*range(scroll.first, scroll.last)} & {*range(after.first, after.last)}
                assert len(shared) >= CONTEXT - 1  # the last page may end with half a line
        scroll = after
    assert turns <= scroll.timesteps // max(2, scroll.shown - CONTEXT) + 1


@given(scrolls(), st.sampled_from([-1, 1]))
def test_turning_keeps_the_cursor_s_line_and_goes_to_the_end_where_no_page_is_further(
    scroll: Scroll, by: int
) -> None:
    after = turned(scroll, by)
    assert (after.first - scroll.first) * by >= 0
    if after.first == scroll.first:
        assert after.cursor == (0 if by < 0 else scroll.timesteps - 1)
    elif after.cursor < scroll.timesteps - 1:
        assert after.cursor - after.first == scroll.cursor - scroll.first


@given(scrolls(), st.sampled_from([-1, 1]))
def test_turning_on_shows_every_timestep_and_ends_at_the_end(scroll: Scroll, by: int) -> None:
    end = 0 if by < 0 else scroll.timesteps - 1
    scroll, seen = moved(scroll, scroll.timesteps - 1 - end), set[int]()
    while True:
        seen |= {*range(scroll.first, scroll.last)}
        if scroll.cursor == end:
            break
        scroll = turned(scroll, by)
    assert seen == {*range(scroll.timesteps)}


@pytest.mark.parametrize(
    ("scroll", "said"),
    [
        (Scroll(1000, 40, 0), "timesteps 1–40 of 1,000"),
        (Scroll(1000, 40, 999), "timesteps 961–1,000 of 1,000"),
        (Scroll(1000, 40, 40), "timesteps 37–76 of 1,000"),
        (Scroll(1000, 40, 99, 100), "timesteps 65–104 of 1,000"),
        (Scroll(29, 22, 28), "timesteps 9–29 of 29"),
        (Scroll(28, 28, 5), "timesteps 1–28 of 28"),
    ],
)
def test_it_says_which_timesteps_are_shown_counted_from_1(scroll: Scroll, said: str) -> None:
    assert scroll.said == said
