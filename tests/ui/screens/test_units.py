"""The keys of the units, on the screen: orders that stay, pages, the wheel, a unit by its number."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit.fake_engine import HIDDEN, activation, half_life, vote
from kit.screen import Visit, exploring, finished_run, live_run, seeing
from textual.events import MouseScrollDown, MouseScrollUp

from explorer.protocol.questions import Ask
from explorer.ui.screens.explore.screen import Explore
from explorer.ui.screens.keys import useful_in
from explorer.ui.views.difference import Difference
from explorer.ui.views.gates import Gates


def gates_of(visit: Visit) -> Gates:
    return visit.app.screen_stack[0].query_one(Gates)


def standing(visit: Visit) -> list[int]:
    """Return the units in their order."""
    return [gates_of(visit).order.unit(position) for position in range(HIDDEN)]


def subtitle(visit: Visit) -> str:
    return str(gates_of(visit).border_subtitle or "")


def lasting(step: int) -> list[int]:
    """Return the units, those with the longest half-life first."""
    return sorted(range(HIDDEN), key=lambda unit: (-half_life(unit, step), unit))


def voting(number: int) -> list[int]:
    """Return the units, those with the largest vote first."""
    return sorted(range(HIDDEN), key=lambda unit: (-vote(unit, number), unit))


def asks(visit: Visit) -> int:
    """Return how often the units were asked about."""
    requests = [request for engine in visit.engines for request in engine.requests]
    return sum(any(one.what == "units" for one in ask.questions) for ask in requests if isinstance(ask, Ask))


@pytest.mark.parametrize("size", [(160, 45), (120, 40), (110, 30), (80, 24)])
async def test_a_key_orders_the_units_and_arrows_pages_and_the_wheel_follow_it(
    size: tuple[int, int], tmp_path: Path
) -> None:
    async with seeing("gates", tmp_path, size) as visit:
        assert asks(visit) == 0
        await visit.press("o")
        await visit.until(lambda: subtitle(visit) == "by half-life at step 0, sample 0")
        assert standing(visit) == lasting(0) and asks(visit) == 1
        await visit.sees("by half-life at step 0, sample 0" if size[0] != 110 else "of 40 by half-life ")
        await visit.sees(rf"unit {lasting(0)[0]} ", "#gates")
        await visit.press("right", "right", "left")
        await visit.sees(rf"unit {lasting(0)[1]} ", "#gates")
        layout = gates_of(visit)._layout()
        assert layout is not None
        await visit.press("pagedown")
        await visit.sees(rf"unit {lasting(0)[1 + layout.columns]} ", "#gates")
        x, y = gates_of(visit).content_region.offset
        for event in (MouseScrollDown, MouseScrollUp, MouseScrollUp):
            visit.app.post_message(event(None, x + 40, y + 5, 0, 0, 0, False, False, False, x + 40, y + 5))
            await visit.pilot.pause()
        await visit.sees(rf"unit {lasting(0)[1]} ", "#gates")
        await visit.click("#gates", layout.left(0) + 3 * layout.cell, 3)
        await visit.sees(rf"unit {lasting(0)[3]} ", "#gates")
        await visit.press("o")
        await visit.until(lambda: subtitle(visit) == "by vote for 0 at step 0, sample 0")
        assert standing(visit) == voting(0)
        await visit.press("o")
        assert standing(visit) == [*range(HIDDEN)] and subtitle(visit) == ""
        assert gates_of(visit).unit == voting(0)[0]  # the unit stays, wherever it stands


async def test_an_order_stays_while_the_weights_move_until_it_is_asked_for_again(tmp_path: Path) -> None:
    with live_run(tmp_path) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees("weights of step", "#gates")
            engine.train(4)
            await visit.sees("weights of step 4", "#gates")
            await visit.press("o")
            await visit.until(lambda: subtitle(visit) == "by half-life at step 4, sample 0")
            for step in (5, 6):
                engine.train(step)
                await visit.sees(f"weights of step {step}", "#gates")
                assert standing(visit) == lasting(4)
            asked = sum(isinstance(one, Ask) and len(one.questions) > 2 for one in engine.requests)
            assert asked == 1  # the question was asked once
            await visit.press("right", "O")
            await visit.until(lambda: subtitle(visit) == "by half-life at step 6, sample 0")
            assert standing(visit) == lasting(6) != lasting(4)
            assert gates_of(visit).unit == lasting(4)[1]  # the same order: one stays where one is
            await visit.press("]")
            await visit.sees("sample 1 ", "#gates")
            assert standing(visit) == lasting(6)


@pytest.mark.parametrize(("size", "view"), [((160, 45), "curves"), ((80, 24), "unit"), ((80, 24), "belief")])
async def test_where_no_units_stand_side_by_side_the_key_is_not_offered_and_says_why(
    size: tuple[int, int], view: str, tmp_path: Path
) -> None:
    async with seeing("gates", tmp_path, size) as visit:
        await visit.turn_to(view)
        await visit.enlarge()
        main = visit.app.screen_stack[0]
        assert isinstance(main, Explore)
        assert "o" not in {key.shown for key in useful_in(visit.views.views[view], visit.views.shows_units)}
        for key in ("o", "O"):
            await visit.press(key)
            await visit.sees("no units stand side by side here; turn to the gates")
            assert main.choice.now.ordering is None
        assert asks(visit) == 0


async def test_a_cell_without_memory_says_so_in_one_line_and_has_the_votes(tmp_path: Path) -> None:
    finished_run(tmp_path, cell="rnn")
    async with exploring(tmp_path) as visit:
        await visit.sees("weights of step", "#gates")
        await visit.press("o")
        await visit.sees(
            "half-life: a plain RNN overwrites its memory at every timestep, so there are no parts to trace; "
            "ask a run of lstm or gru"
        )
        await visit.until(lambda: subtitle(visit).startswith("by vote for 0 "))
        await visit.press("o", "O")
        assert standing(visit) == [*range(HIDDEN)]
        await visit.sees("the units stand by number; o orders them")
        await visit.press("u")
        await visit.until(lambda: gates_of(visit).pooled == "mean")
        await visit.press("u")  # there is no gate whose share could be shown
        await visit.until(lambda: gates_of(visit).pooled == "")


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_the_comparison_stands_in_the_same_order_and_says_so(
    size: tuple[int, int], tmp_path: Path
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.turn_to("difference")
        await visit.sees("as trained", "#difference")
        await visit.press("F")
        await visit.sees("without .*with f = 1 .*difference", "#difference")
        await visit.press("o")
        await visit.sees("by half-life at step 0, sample 0" if size[0] > 80 else " · by half-life")
        view = visit.app.screen_stack[0].query_one(Difference)
        for way in ("right", "pagedown", "left"):
            before, layout = view.order.position(view.unit), view._layout()
            assert layout is not None
            await visit.press(way)
            moved = {"right": 1, "left": -1, "pagedown": layout.columns}[way]
            wanted = before if before + moved >= HIDDEN else before + moved
            assert view.unit == lasting(0)[wanted]
            await visit.sees(rf"unit {view.unit}\b", "#difference")
        layout = view._layout()
        assert layout is not None
        assert [layout.units(column) for column in range(len(layout.spans))] == [
            [unit] for unit in lasting(0)[layout.first : layout.first + layout.columns]
        ]
        comparison = view.comparison
        assert comparison is not None and comparison.both
        f = [one.name for one in comparison.answer.infos].index("f")
        row = comparison.both[0].readings.painted(f, 5, layout, 16)
        assert row == pytest.approx([activation(f, 5, layout.units(k)[0]) for k in range(len(row))])


async def test_the_lens_goes_to_the_next_unit_of_the_order(tmp_path: Path) -> None:
    async with seeing("gates", tmp_path) as visit:
        await visit.press("o")
        await visit.until(lambda: subtitle(visit).startswith("by half-life"))
        await visit.press("enter", "right")
        await visit.sees(rf"unit {lasting(0)[1]}\b", "#unit")


async def test_an_engine_without_the_question_leaves_the_units_where_they_are(tmp_path: Path) -> None:
    async with seeing("gates", tmp_path) as visit:
        for engine in visit.engines:
            engine.lacking["units"] = "this engine is older"
        await visit.press("o")
        await visit.sees("units unavailable: this engine is older", "#gates")
        assert standing(visit) == [*range(HIDDEN)]


async def test_the_votes_are_for_the_right_class_where_that_is_asked_about(tmp_path: Path) -> None:
    async with seeing("gates", tmp_path) as visit:
        main = visit.app.screen_stack[0]
        assert isinstance(main, Explore)
        main.choose_sample(9)  # read as 8
        await visit.sees("is 9, read as 8", "#gates")
        await visit.press("o", "o")
        await visit.until(lambda: subtitle(visit) == "by vote for 8 at step 0, sample 9")
        await visit.press("a", "a", "O")
        await visit.until(lambda: subtitle(visit) == "by vote for 9 at step 0, sample 9")
        assert standing(visit) == voting(9)


async def test_the_overview_pools_neighbours_of_the_order_and_says_what_it_shows(tmp_path: Path) -> None:
    async with seeing("gates", tmp_path) as visit:
        await visit.press("o")
        await visit.until(lambda: subtitle(visit).startswith("by half-life"))
        await visit.press("u")
        await visit.sees(r"\d units \(mean\) ", "#gates")
        await visit.sees("f forget gate", "#gates")
        for said, title in (("open", "f share > 0.9"), ("shut", "f share < 0.1")):
            await visit.press("u")
            await visit.sees(rf"\d units \({said}\) ", "#gates")
            await visit.sees(title, "#gates")
            await visit.sees("c memory", "#gates")
        layout = gates_of(visit)._layout()
        assert layout is not None
        assert [unit for column in range(layout.columns) for unit in layout.units(column)] == lasting(0)
        await visit.press("u")
        await visit.sees(rf"unit {lasting(0)[0]} ", "#gates")


async def test_a_unit_is_found_by_its_number_and_another_run_stands_by_number(tmp_path: Path) -> None:
    async with seeing("gates", tmp_path) as visit:
        await visit.press("o")
        await visit.until(lambda: subtitle(visit).startswith("by half-life"))
        await visit.press("f")
        await visit.sees(f"0 to {HIDDEN - 1}")
        await visit.press("2", "3", "enter")
        await visit.sees("unit 23 ", "#gates")
        assert standing(visit) == lasting(0)
        main = visit.app.screen_stack[0]
        assert isinstance(main, Explore)
        main.open_run(finished_run(tmp_path, "two", cell="gru"))
        await visit.sees("update gate", "#gates")
        assert standing(visit) == [*range(HIDDEN)] and subtitle(visit) == ""
