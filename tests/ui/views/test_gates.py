"""The gates as a widget: the step of the weights, its age, pages of units, clicks."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from kit.fake_engine import probed
from kit.screen import ROOMY, Visit, exploring, finished_run
from msgspec.structs import replace
from rich.segment import Segment
from rich.style import Style
from textual.events import MouseScrollDown, MouseScrollUp
from textual.geometry import Region

from explorer.runs.snapshot import NO_RUN, Snapshot
from explorer.ui.screens.explore.screen import Explore
from explorer.ui.views.choice import Choice
from explorer.ui.views.gates import Gates

WEIGHTS = r"weights of step ([\d,]+)"


def gates_of(visit: Visit) -> Gates:
    return visit.app.screen_stack[0].query_one(Gates)


def choice_of(visit: Visit) -> Choice:
    main = visit.app.screen_stack[0]
    assert isinstance(main, Explore)
    return main.choice


def look(visit: Visit, text: str) -> Style:
    """Return how a text of the gates is drawn."""
    for y in range(gates_of(visit).size.height):
        for segment in gates_of(visit).render_line(y):
            if text in segment.text:
                return segment.style or Style()
    raise AssertionError(f"the gates don't show {text!r}")


def style_at(line: Iterable[Segment], x: int) -> Style:
    """Return how a column of a line is drawn."""
    return [segment.style or Style() for segment in line for _ in segment.text][x]


def is_dim(visit: Visit) -> bool:
    """Whether the step of the weights is dim."""
    dim = gates_of(visit).get_component_rich_style("gates--dim").color
    plain = gates_of(visit).rich_style.color
    assert dim != plain
    shown = look(visit, "weights of step").color
    assert shown in (dim, plain)
    return shown == dim


def at(step: int, live: bool) -> Snapshot:
    """Return the snapshot of a run that is so far."""
    return dataclasses.replace(NO_RUN, step=step, state="training" if live else "finished")


async def scroll(visit: Visit, kind: type[MouseScrollDown | MouseScrollUp]) -> None:
    """Turn the mouse's wheel over the gates."""
    x, y = gates_of(visit).content_region.offset
    visit.app.post_message(kind(None, x + 40, y + 5, 0, 0, 0, False, False, False, x + 40, y + 5))
    await visit.pilot.pause()


class TestWeights:
    @pytest.mark.parametrize("size", [(160, 45), (120, 40), (80, 24), (60, 20)])
    @pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
    async def test_their_step_and_every_value_are_shown_at_every_size(
        self, size: tuple[int, int], cell: str, tmp_path: Path
    ) -> None:
        finished_run(tmp_path, cell=cell)
        async with exploring(tmp_path, size) as visit:
            await visit.sees(WEIGHTS, "#gates")
            visit.engines[0].step = 1234
            await visit.press("]")
            assert (await visit.sees(r"weights of step 1,2", "#gates")).string.count("weights of step") == 1
            assert re.search(WEIGHTS, visit.text)[1] == "1,234"  # type: ignore[index]
            for overview in (False, True):
                if overview:
                    await visit.press("u")
                    await visit.until(lambda: gates_of(visit).pooled)
                for gate in gates_of(visit).readings.answer.infos:  # type: ignore[union-attr]
                    await visit.sees(rf" {gate.name} +[+-]?\d\.\d{{1,3}}( |$)", "#gates")

    async def test_it_is_dim_once_nothing_trains_and_the_run_got_further(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("weights of step 0", "#gates")
            gates = gates_of(visit)
            for step, live, dim in ((10, True, False), (10, False, True), (0, False, False)):
                gates.note(at(step, live))
                assert is_dim(visit) == dim

    async def test_a_step_that_changes_nothing_repaints_nothing(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("weights of step 0", "#gates")
            gates, painted = gates_of(visit), []
            gates.note(at(0, live=True))
            gates.repaint = lambda: painted.append(1)  # type: ignore[method-assign]
            for step in range(10):
                gates.note(at(step, live=True))
            assert painted == []

    async def test_a_new_step_with_the_same_values_repaints_one_line(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("weights of step 0", "#gates")
            gates, refreshed = gates_of(visit), []
            gates.refresh = lambda *regions, **_: refreshed.extend(regions)  # type: ignore[method-assign]
            gates.take({"activations": probed(0, step=5).answers[0]}, learning=True, sparing=False)
            width, height = gates.size
            assert refreshed == [Region(0, height - 1, width, 1)]

    @pytest.mark.parametrize("size", [(160, 45), (120, 40), (80, 24), (60, 20)])
    async def test_when_no_newer_ones_are_to_be_had_the_old_picture_stays_with_the_reason(
        self, size: tuple[int, int], tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, size) as visit:
            await visit.sees("weights of step 0", "#gates")
            gates = gates_of(visit)
            gates.note(at(0, live=False))
            assert not is_dim(visit)
            maps = visit.text_in("#gates").splitlines()[1:15]
            for reason in ("gates unavailable: no engine", "gates unavailable: " + "a long reason " * 20):
                gates.miss(reason)
                await visit.sees("gates unavailable: ", "#gates")
                assert "weights of step 0" in visit.text_in("#gates")
                assert is_dim(visit)
                assert visit.text_in("#gates").splitlines()[1:15] == maps
            await visit.press("]")
            await visit.sees("sample 1 ", "#gates")
            assert "unavailable" not in visit.text_in("#gates")
            assert not is_dim(visit)

    async def test_beside_two_bands_a_long_reason_takes_several_lines(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("weights of step 0", "#gates")
            await visit.press("z")
            await visit.sees(r"^ +weights of step 0 +[▀ ]", "#gates")
            gates_of(visit).miss("gates unavailable: the engine ended without a message")
            await visit.sees(r"  gates unavailable: the .*\n  engine ended without a ", "#gates")

    async def test_of_another_run_nothing_is_shown_until_its_own_are_there(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("weights of step 0", "#gates")
            gates_of(visit).clear("waiting for the engine")
            await visit.sees(r"^ waiting for the engine *$", "#gates")
            assert "sample" not in visit.text_in("#gates")


class TestPages:
    async def test_keys_and_wheel_turn_the_pages_of_units(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            page = int((await visit.sees(r"40 units, 0–(\d+) shown", "#gates"))[1]) + 1
            assert 13 < page < 20
            await visit.press("right", "pagedown")
            await visit.sees(f"40 units, {page}–{2 * page - 1} shown", "#gates")
            await visit.sees(f"· unit {page + 1} ", "#gates")
            await scroll(visit, MouseScrollDown)
            await visit.sees(f"40 units, {2 * page}–39 shown", "#gates")
            await visit.press("pagedown")  # there is no further page
            await visit.sees(f"· unit {2 * page + 1} ", "#gates")
            await scroll(visit, MouseScrollUp)
            await visit.press("pageup")
            await visit.sees(f"40 units, 0–{page - 1} shown", "#gates")
            await visit.press("pageup")
            await visit.sees("· unit 1 ", "#gates")

    async def test_in_the_overview_there_is_one_page(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            page = int((await visit.sees(r"40 units, 0–(\d+) shown", "#gates"))[1]) + 1
            await visit.press("u", "pagedown")
            await visit.sees(rf"units 0–{40 // page - 1} \(mean\)", "#gates")


class TestClicks:
    async def test_a_second_click_on_the_same_spot_means_the_lower_timestep(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("timestep 28 of 28", "#gates")
            for x, y, upper in ((32 + 3, 5, 9), (5, 6, 11)):  # on the first map, and on the sample
                for timestep in (upper, upper + 1, upper):
                    await visit.click("#gates", x, y)
                    await visit.sees(rf"timestep {timestep} of 28 · unit 3 ", "#gates")
            await visit.click("#gates", 32 + 4, 6)  # another unit: the upper timestep again
            await visit.sees("timestep 11 of 28 · unit 4 ", "#gates")

    async def test_where_a_timestep_takes_a_line_a_click_means_that_one(self, tmp_path: Path) -> None:
        finished_run(tmp_path, cell="rnn")
        async with exploring(tmp_path) as visit:
            await visit.sees("timestep 28 of 28", "#gates")
            await visit.press("z")
            await visit.until(lambda: gates_of(visit).size.height > 30)
            for _ in range(2):
                await visit.click("#gates", 60 + 5, 6)  # a unit is two columns wide
                await visit.sees("timestep 6 of 28 · unit 2 ", "#gates")


class TestTurns:
    @pytest.mark.parametrize(
        ("cell", "groups"),
        [("lstm", ["ifg", "och"]), ("gru", ["rz", "nh"]), ("rnn", ["h"])],
    )
    async def test_at_eighty_columns_a_key_turns_to_the_maps_that_do_not_fit_beside_the_belief(
        self, cell: str, groups: list[str], tmp_path: Path
    ) -> None:
        finished_run(tmp_path, cell=cell)
        async with exploring(tmp_path, (80, 24)) as visit:
            await visit.sees(WEIGHTS, "#gates")
            await visit.press("2")
            await visit.sees("decided at", "#belief")
            if cell != "rnn":
                await visit.sees(" from ", "#gates")
            if len(groups) > 1:
                await visit.sees("v Maps", "KeyLine")
            assert ("v Maps" in visit.text_in("KeyLine")) == (len(groups) > 1)
            for shown in [*groups, groups[0]]:
                titles = visit.text_in("#gates").splitlines()[0].partition("sample 0")[2]
                named = [word for word in titles.replace(" from ", " ").split() if len(word) == 1]
                assert "".join(named[cell != "rnn" :]) == shown  # before them, where the bar's memory is from
                layout, gates = gates_of(visit)._layout(), gates_of(visit)
                assert layout is not None and gates.readings is not None
                infos = gates.readings.answer.infos
                assert "".join(infos[index].name for index in layout.shown) == shown
                for index in layout.shown:  # the values, painted in their own colours, in their places
                    pairs = gates._pixels_of[[*gates._pixels_of][-1]].pairs(index)
                    upper, lower = (gates.readings.levels(index, t, layout, len(pairs)) for t in (8, 9))
                    wanted = pairs[upper[0]][lower[0]].style
                    x = layout.left(index)
                    assert style_at(gates.render_line(5), x) == wanted
                for info in infos:  # the numbers of all of them stay in sight
                    assert re.search(rf" {info.name} [+-]?\d\.\d", visit.text_in("#gates"))
                await visit.press("v")
            if len(groups) == 1:
                await visit.sees("every map is shown")

    async def test_where_all_maps_fit_the_key_is_not_offered_and_says_so(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees(WEIGHTS, "#gates")
            await visit.press("v")
            await visit.sees("every map is shown")
            await visit.press("2")
            await visit.sees("c from +i input", "#gates")
            assert "Maps" not in visit.text.splitlines()[-1]
            await visit.pilot.resize_terminal(80, 24)
            await visit.sees("v Maps", "KeyLine")


@pytest.mark.parametrize(
    ("size", "wanted"),
    [(ROOMY, "ankle boot → pullover  91%"), ((60, 20), "sample 19 ankle… → pullov… ")],
)
async def test_long_names_of_classes_stay_within_the_sample(
    size: tuple[int, int], wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.sees(WEIGHTS, "#gates")
        reply = probed(19)
        (answer,) = reply.answers
        names = (*("any" for _ in range(8)), "pullover", "ankle boot")
        scores = replace(answer.arrays["probabilities"], coordinates={"class": names})
        gates = gates_of(visit)
        named = replace(answer, arrays=answer.arrays | {"probabilities": scores})
        gates.take({"activations": named}, learning=False, sparing=False)
        await visit.sees(re.escape(wanted), "#gates")
        line = next(line for line in visit.text_in("#gates").splitlines() if "→" in line)
        assert line.index("→") < 30


class TestReach:
    @pytest.mark.parametrize("view", ["belief", "sources", "unit", "cell"])
    async def test_a_key_of_the_gates_acts_on_them_from_the_other_views_of_the_page(
        self, tmp_path: Path, view: str
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, (160, 45)) as visit:
            await visit.sees("weights of step 0", "#gates")
            await visit.turn_to(view)
            choice = choice_of(visit)
            await visit.press("a")
            await visit.until(lambda: choice.now.why == "read")
            await visit.press("a")
            await visit.until(lambda: not choice.now.why)
            gates = visit.widget("#gates")
            assert isinstance(gates, Gates)
            await visit.press("u")
            assert bool(gates.pooled) == (view != "cell")  # which has such a key of its own
            assert visit.app.focused is visit.widget(f"#{view}")

    async def test_where_no_gates_are_shown_it_says_how_to_get_there(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, (80, 24)) as visit:
            await visit.sees("weights of step 0", "#gates")
            choice = choice_of(visit)
            await visit.turn_to("cell")
            await visit.press("a")
            await visit.sees("a is a key of gates; tab leads there")
            await visit.turn_to("mistakes")
            await visit.press("a")
            await visit.sees(r"a does nothing here; turn to Train \(1\), Read \(2\) or Draw \(5\)")
            assert not choice.now.why
