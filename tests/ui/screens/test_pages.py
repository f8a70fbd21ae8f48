"""The pages: what stands on them, and where, in terminals of every size."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.screen import ROOMY, Visit, exploring, finished_run, live_run
from textual.geometry import Region
from textual.widget import Widget

from explorer.ui.base.size import SMALLEST
from explorer.ui.screens.pages import PAGES, REST, Page, regions, shared, standing_on
from explorer.ui.views.table import VIEWS
from explorer.ui.widgets.status import Status

PLACED = {
    name: sorted(
        {view for one in page.arrangements for row in one.rows for slot in row.slots for view in slot.views}
    )
    for name, page in PAGES.items()
}
"""The views that have a place on each page, whether or not they exist yet."""
columns, lines = st.integers(SMALLEST[0], 250), st.integers(SMALLEST[1], 80)


@st.composite
def arranged(draw: st.DrawFn) -> tuple[dict[str, Region], list[str], int, int]:
    """Return where some of a page's views are in a terminal of some size, those views, and the page's size.

    A message of several lines takes up to an eighth of the terminal from the page, less one line.
    """
    name = draw(st.sampled_from([*PAGES]))
    width, height = draw(columns), draw(lines)
    recent = draw(st.permutations(PLACED[name]))
    recent = recent[: draw(st.integers(1, len(recent)))]
    body = height - 4 - draw(st.integers(0, height // 8 - 1))
    arrangement = PAGES[name].fit(width, height)
    bordered = arrangement is not None and not arrangement.bare
    found = regions(arrangement.rows, recent, width, body) if arrangement and bordered else {}
    return found, recent, width, body


class TestRegions:
    @given(arranged())
    def test_they_fill_the_page_and_none_overlaps_another(
        self, case: tuple[dict[str, Region], list[str], int, int]
    ) -> None:
        found, _, width, body = case
        if found:
            assert sum(region.area for region in found.values()) == width * body
            assert all(region in Region(0, 0, width, body) for region in found.values())
            assert not any(one.overlaps(other) for one, other in combinations(found.values(), 2))

    @given(arranged())
    def test_each_has_room_for_a_border_and_something_inside(
        self, case: tuple[dict[str, Region], list[str], int, int]
    ) -> None:
        assert all(region.width >= 14 + 4 and region.height >= 8 + 2 for region in case[0].values())

    @given(arranged())
    def test_the_view_that_was_active_last_is_shown(
        self, case: tuple[dict[str, Region], list[str], int, int]
    ) -> None:
        found, recent, _, _ = case
        assert not found or recent[0] in found

    @given(st.lists(st.integers(1, 90), min_size=1, max_size=5), st.integers(0, 4), st.integers(0, 400))
    def test_what_was_counted_stays_and_one_place_takes_the_rest(
        self, sizes: list[int], place: int, more: int
    ) -> None:
        taking = place % len(sizes)
        counted = [REST if one == taking else size for one, size in enumerate(sizes)]
        whole = sum(counted) + more
        taken = shared(counted, whole)
        assert sum(taken) == whole
        assert [size for one, size in enumerate(taken) if one != taking] == [size for size in counted if size]
        assert shared(sizes, sum(sizes) + more) == [*sizes[:-1], sizes[-1] + more]

    def test_the_counted_sizes_are_these(self) -> None:
        def at(page: Page, size: tuple[int, int], *recent: str) -> dict[str, tuple[int, int]]:
            arrangement = page.fit(*size)
            assert arrangement is not None
            found = regions(arrangement.rows, recent, size[0], size[1] - 4)
            return {name: tuple(region.size) for name, region in found.items()}

        dashboard = ("gates", "belief", "curves", "confusion")
        assert at(PAGES["train"], (160, 45), *dashboard) == {
            **{"curves": (87, 21), "confusion": (73, 21)},
            **{"gates": (133, 20), "belief": (27, 20)},
        }
        assert at(PAGES["train"], (120, 40), *dashboard) == {
            **{"curves": (57, 16), "confusion": (63, 16)},
            **{"gates": (101, 20), "belief": (19, 20)},
        }
        assert at(PAGES["train"], (200, 60), *dashboard)["gates"] == (173, 36)
        reading = ("gates", "belief", "sources", "cell", "unit")
        above = {"gates": (133, 20), "belief": (27, 20)}
        below = {"sources": (34, 21), "unit": (60, 21), "cell": (66, 21)}
        assert at(PAGES["read"], (160, 45), *reading) == above | below
        assert at(PAGES["read"], (160, 45), *reading[:2]) == {"gates": (133, 41), "belief": (27, 41)}
        assert at(PAGES["read"], (160, 45), *reading[:3]) == above | {"sources": (160, 21)}
        above = {"gates": (101, 20), "belief": (19, 20)}
        below = {"sources": (33, 16), "cell": (87, 16)}
        assert at(PAGES["read"], (120, 40), *reading) == above | below
        above = {"gates": (173, 20), "belief": (27, 20)}
        below = {"sources": (62, 36), "unit": (66, 36), "cell": (72, 36)}
        assert at(PAGES["read"], (200, 60), *reading) == above | below
        assert at(PAGES["read"], (80, 24), *reading) == {"gates": (66, 20), "belief": (14, 20)}


class TestTables:
    def test_each_view_stands_on_a_page_and_on_each_page_stands_a_view(self) -> None:
        assert {page for row in VIEWS.values() for page in row.pages} == set(PAGES)
        assert all(row.pages for row in VIEWS.values())

    @given(st.sampled_from([*PAGES.values()]), columns, lines)
    def test_the_first_arrangement_that_fits_counts_and_none_hides_another(
        self, page: Page, width: int, height: int
    ) -> None:
        sizes = [one.terminal for one in page.arrangements]
        for one, other in combinations(sizes, 2):
            assert one[0] > other[0] or one[1] > other[1]
        fits = [one for one in page.arrangements if one.terminal[0] <= width and one.terminal[1] <= height]
        assert page.fit(width, height) == (fits[0] if fits else None)


def displayed(visit: Visit) -> list[str]:
    """Return the views that are on the screen, in the order of the table."""
    seen = {widget.id for widget in visit.app.screen._compositor.visible_widgets}
    return [name for name in VIEWS if name in seen]


class TestOnTheScreen:
    async def test_numbers_choose_pages_which_keep_their_active_view_and_tab_reaches_each_view(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("is 0, read as 0")
            for size in (ROOMY, (120, 40), (200, 60), (80, 24), SMALLEST):
                await visit.pilot.resize_terminal(*size)
                last = {}
                for number, page in enumerate(PAGES, start=1):
                    await visit.press(f"{number}")
                    await visit.until(lambda page=page: visit.views.page == page)
                    for _ in standing_on(page):
                        await visit.press("tab")
                        name = visit.views.active
                        await visit.until(lambda name=name: visit.app.focused is visit.widget(f"#{name}"))
                        await visit.until(lambda name=name: name in displayed(visit))
                        wanted = [view.id for view in visit.views.shown]
                        await visit.until(lambda wanted=wanted: displayed(visit) == wanted)
                    await visit.press("tab")
                    last[page] = visit.views.active
                for number, page in enumerate(PAGES, start=1):
                    await visit.press(f"{number}")
                    await visit.until(lambda page=page: visit.views.page == page)
                    assert visit.views.active == last[page]

    async def test_what_is_chosen_stays_from_page_to_page_and_each_is_shown_whole(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("is 0, read as 0")
            await visit.press("]", "up", "up", "right", "a", "z")
            await visit.sees(r"timestep 26 of 28\b(?s:.)*unit 1\b", "#gates")
            await visit.sees("sample 1 ", "#gates")
            chosen = visit.views.views["gates"].chosen
            for number in (2, 1, 2, 2):
                await visit.press(f"{number}")
                await visit.until(lambda: len(displayed(visit)) > 1)
                await visit.sees(r"timestep 26 of 28\b(?s:.)*unit 1\b", "#gates")
                assert visit.views.views["gates"].chosen == chosen
                await visit.press("z")
                await visit.until(lambda: displayed(visit) == ["gates"])

    async def test_only_the_views_that_are_displayed_are_asked_for_and_painted(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("is 0, read as 0")
                await visit.press("2", "tab", "z")
                await visit.until(lambda: displayed(visit) == ["belief"])
                await visit.until(lambda: not visit.app.screen_stack[0].run.asking._pending)  # of before
                asked = len(engine.requests)
                painted = {name: view._lines for name, view in visit.views.views.items()}
                engine.train(4)
                await visit.until(lambda: len(engine.requests) > asked)
                await visit.until(lambda: visit.views.views["belief"]._lines != painted["belief"])
                questions = [one.what for request in engine.requests[asked:] for one in request.questions]
                assert set(questions) == {"belief"}
                for name in set(VIEWS) - {"belief"}:
                    assert visit.views.views[name]._lines is painted[name]

    async def test_a_message_of_several_lines_hides_no_view(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        for size, page in product(((120, 40), (118, 40)), (1, 2)):
            async with exploring(tmp_path, size) as visit:
                await visit.sees("is 0, read as 0")
                await visit.press(f"{page}")
                before = [name for name in standing_on(visit.views.page) if name != "cell"]  # the unit's turn
                await visit.until(lambda visit=visit, before=before: displayed(visit) == before)
                visit.app.notify("word " * 100, severity="error")
                await visit.until(lambda visit=visit: visit.widget("MessageLine").size.height > 1)
                assert displayed(visit) == before and len(before) > 1

    async def test_a_view_chosen_by_name_is_shown_on_this_page_or_on_its_own(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("is 0, read as 0")
            for name, page in (("belief", "train"), ("curves", "train")):
                await visit.app.run_action(f"screen.view('{name}')")
                await visit.until(lambda name=name: visit.app.focused is visit.widget(f"#{name}"))
                assert visit.views.page == page
            await visit.press("2")
            for name, page in (("gates", "read"), ("belief", "read"), ("confusion", "train")):
                await visit.app.run_action(f"screen.view('{name}')")
                await visit.until(lambda name=name: visit.app.focused is visit.widget(f"#{name}"))
                assert visit.views.page == page


async def test_the_tabs_stand_where_they_stay_from_the_first_layout_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[Region] = []
    place = Status._places

    def note(status: Status, width: int, height: int) -> Mapping[Widget, Region]:
        """Place the lines as ever, and note where the tabs are."""
        regions = place(status, width, height)
        places.append(regions[status.tabs])
        return regions

    monkeypatch.setattr(Status, "_places", note)
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        await visit.sees("1 Train")
    assert len(set(places)) == 1
