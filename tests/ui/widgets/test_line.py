"""One line of the screen: how text is broken into lines."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from explorer.ui.widgets.line import cut_evenly, wrapped


@given(st.text(st.sampled_from("ab 漢字e\u0301"), max_size=60), st.integers(2, 20))
@example("漢字の名前 is damaged", 9)
@example("字 \u0301", 2)
def test_text_is_broken_by_cells_not_by_characters_and_nothing_is_lost(text: str, room: int) -> None:
    lines = wrapped(text, room)
    assert all(cell_len(line) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(st.lists(st.text(st.sampled_from("ab漢字"), max_size=20), min_size=1, max_size=3), st.integers(3, 60))
def test_texts_are_cut_no_further_than_need_be_the_longest_first(texts: list[str], room: int) -> None:
    found = cut_evenly(texts, room)
    lost = [one for one, text in zip(found, texts, strict=True) if one != text]
    used = sum(map(cell_len, found))
    assert used <= room and all(one.endswith("…") for one in lost)
    if sum(map(cell_len, texts)) <= room:
        assert not lost
    else:
        assert used >= room - len(lost)  # half of a wide character isn't shown
    kept = [cell_len(one) for one, text in zip(found, texts, strict=True) if one == text]
    assert all(length <= cell_len(one) + 1 for length in kept for one in lost)


def test_a_word_that_is_too_long_begins_a_line_and_is_broken() -> None:
    assert wrapped("see abcdefgh now", 5) == ["see", "abcde", "fgh", "now"]
