"""The gates of sequences of any shape: pages of timesteps, curves, inputs that share a column, no label."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from kit.asking import about_sequence
from kit.fake_engine import GATES, activation
from kit.screen import ROOMY, Visit, exploring, finished_run
from rich.style import Style
from textual.geometry import Region

from explorer.protocol.questions import Answer
from explorer.ui.live.asking import Asking
from explorer.ui.live.shelf import Shelf
from explorer.ui.screens.explore.screen import Explore
from explorer.ui.screens.page_tabs import LOW
from explorer.ui.views.activations import Activations
from explorer.ui.views.gates import Gates
from explorer.ui.views.heatmap import Readings
from explorer.ui.views.inputs import MOST
from explorer.ui.widgets import palette

SIZES = [ROOMY, (120, 40), (80, 24), (60, 20)]
PAGE = re.compile(r"timesteps ([\d,]+)–([\d,]+) of ([\d,]+) · ")


def image(timesteps: int, inputs: int = 28) -> bytes:
    """Return the bytes of a made-up image."""
    return bytes((7 * place) % 256 for place in range(timesteps * inputs))


def gates_of(visit: Visit) -> Gates:
    return visit.app.screen_stack[0].query_one(Gates)


def page(visit: Visit) -> tuple[int, int]:
    """Return the timesteps that the gates say they show, counted from 1."""
    said = PAGE.search(visit.text_in("#gates"))
    assert said is not None, visit.text_in("#gates")
    first, last, _ = (int(number.replace(",", "")) for number in said.groups())
    return first, last


def cells(visit: Visit, y: int) -> list[tuple[str, Style]]:
    """Return the characters of a line of the gates, each with its style."""
    strip = gates_of(visit).render_line(y)
    return [(text, segment.style or Style()) for segment in strip for text in segment.text]


async def laid_out(visit: Visit, size: tuple[int, int]) -> None:
    """Wait until the views have their places in a terminal of this size, below a line of tabs, if any."""
    await visit.until(lambda: visit.app.screen_stack[0].size == size)
    above = 3 if visit.views.small and size[1] >= LOW else 2
    await visit.until(lambda: visit.widget("ViewGrid").region.y == above)
    gates, seen = gates_of(visit), list[object]()

    def settled() -> bool:
        """Whether five turns of the event loop have changed neither its place nor what it shows."""
        seen.append((gates.region, gates.size, gates.rows))
        return len(seen) > 5 and all(one == seen[-1] for one in seen[-5:])

    await visit.until(settled)


def show(visit: Visit, answer: Answer) -> None:
    """Have the gates show an answer, and the engine give it from now on."""
    main = visit.app.screen_stack[0]
    assert isinstance(main, Explore)
    visit.engines[-1].made["activations"] = answer
    main.run.shelf = Shelf()  # which keeps none of the answers before
    main.run.asking = Asking(main.run.shelf, main.run.ask)
    gates_of(visit).take({"activations": answer}, learning=False, sparing=False)


@asynccontextmanager
async def showing(runs: Path, answer: Answer, size: tuple[int, int] = ROOMY) -> AsyncIterator[Visit]:
    """Show an answer in the explorer."""
    finished_run(runs)
    async with exploring(runs, size) as visit:
        await visit.turn_to("gates")
        await visit.sees("weights of step", "#gates")
        await laid_out(visit, size)
        show(visit, answer)
        yield visit


async def at_every_size(visit: Visit) -> AsyncIterator[None]:
    """Give the terminal one size after the other."""
    for size in SIZES:
        await visit.pilot.resize_terminal(*size)
        await laid_out(visit, size)
        await visit.pilot.pause()
        yield


class TestPages:
    @pytest.mark.parametrize("size", SIZES)
    async def test_keys_reach_every_timestep_and_the_page_is_said(
        self, size: tuple[int, int], tmp_path: Path
    ) -> None:
        async with showing(tmp_path, about_sequence(200, image(200), hidden=8), size) as visit:
            first, last = page(visit)
            assert last == 200
            await visit.press("home")
            await visit.sees("timestep 1 |t 1 ", "#gates")
            shown = last - first + 1
            assert page(visit) == (1, shown)
            await visit.press(*["down"] * shown)
            await visit.sees(rf"(timestep|t) {shown + 1} ", "#gates")
            first, last = page(visit)
            assert first <= shown < shown + 1 < last
            seen = {*range(1, last + 1)}
            while last < 200:
                await visit.press("ctrl+d" if last % 3 else "shift+down")
                assert page(visit) != (first, last)
                first, last = page(visit)
                seen |= {*range(first, last + 1)}
            assert seen == {*range(1, 201)}
            await visit.press("shift+down")
            await visit.sees("(timestep|t) 200 ", "#gates")
            await visit.press("shift+up", "ctrl+u")
            assert page(visit)[1] < 200
            await visit.press("end")
            assert page(visit)[1] == 200

    async def test_a_move_within_a_page_repaints_the_cursor_s_lines_and_the_values_alone(
        self, tmp_path: Path
    ) -> None:
        async with showing(tmp_path, about_sequence(1000, image(1000), hidden=8)) as visit:
            await visit.press("home", "down")
            gates, refreshed = gates_of(visit), list[Region]()
            gates.refresh = lambda *regions, **_: refreshed.extend(regions)  # type: ignore[method-assign]
            gates.action_move(1)
            assert gates.timestep == 2
            assert sorted(region.y for region in refreshed) == [1, 2, gates.size.height - 1]

    @pytest.mark.parametrize("place", [0, 30, 60])
    async def test_every_pixel_of_a_page_is_that_of_its_timestep(self, place: int, tmp_path: Path) -> None:
        pixels = image(61)
        async with showing(tmp_path, about_sequence(61, pixels)) as visit:
            gates_of(visit)._choice.change(timestep=place)
            await visit.pilot.pause()
            first, last = page(visit)
            assert first <= place + 1 <= last
            title = "".join(text for text, _ in cells(visit, 0))
            columns = int(re.search(r"units, 0–(\d+) shown", visit.text_in("#gates"))[1]) + 1  # type: ignore[index]
            ink = palette.ink(dark=True)
            for line, upper in enumerate(range(first - 1, last, 2)):
                pair = [upper, min(upper + 1, 60)]  # the last line has one timestep
                wanted = [[ink[pixels[28 * timestep + k] // 16] for timestep in pair] for k in range(28)]
                self.require(cells(visit, 1 + line)[2:30], wanted, half=upper == 60)
                for gate, info in enumerate(GATES["lstm"]):
                    left = title.index(f"{info.name} {info.label}")
                    wanted = [[self.colour(gate, step, unit) for step in pair] for unit in range(columns)]
                    self.require(cells(visit, 1 + line)[left : left + columns], wanted, half=upper == 60)

    @staticmethod
    def colour(gate: int, timestep: int, unit: int) -> palette.Rgb:
        """Return the colour of an activation; that of a memory is of its tanh."""
        scale, span = palette.scale(GATES["lstm"][gate].span, dark=True), GATES["lstm"][gate].span
        low, value = 0.0 if span == "unit" else -1.0, activation(gate, timestep, unit)
        value = math.tanh(value) if span == "open" else value
        place = math.floor((value - low) / (1 - low) * len(scale) + 1e-6)
        return scale[min(max(0, place), len(scale) - 1)]

    @staticmethod
    def require(found: list[tuple[str, Style]], wanted: list[list[palette.Rgb]], half: bool) -> None:
        """Require cells to have these two colours, or the upper one alone."""
        for (text, style), (upper, lower) in zip(found, wanted, strict=True):
            colours = [style.color if text == "▀" else style.bgcolor, style.bgcolor]
            assert text in "▀ "
            names = [colour.triplet.hex for colour in colours if colour and colour.triplet]
            assert names[0] == palette.hex_of(upper)
            assert names[1] == palette.hex_of(lower) or (half and text == "▀")

    @pytest.mark.parametrize("size", SIZES)
    async def test_a_click_means_the_timestep_that_is_painted_there_and_moves_nothing(
        self, size: tuple[int, int], tmp_path: Path
    ) -> None:
        async with showing(tmp_path, about_sequence(1000, image(1000), hidden=8), size) as visit:
            gates = gates_of(visit)
            for place in (0, 500, 999):
                gates._choice.change(timestep=place)
                first, last = page(visit)
                gates._choice.change(timestep=first + 1)
                for line in (0, (last - first) // 2):
                    gates._choice.change(unit=0)
                    for x, lower in ((5, 0), (5, 1), (32, 0)):  # on the sample, twice, and on a map
                        gates._choice.change(unit=gates.unit + (lower == 0))
                        await visit.click("#gates", x, 1 + line)
                        assert gates.timestep == first - 1 + 2 * line + lower
                        assert cells(visit, 1 + line)[1][0] == "▝▗"[lower]
                        assert page(visit) == (first, last)

    async def test_only_what_is_visible_is_read(self, tmp_path: Path) -> None:
        class Counted:
            """Numbers that count how many of them were read."""

            def __init__(self, numbers: memoryview) -> None:
                self.numbers, self.read = numbers, 0

            def __len__(self) -> int:
                return len(self.numbers)

            def __iter__(self) -> Iterator[float]:
                raise AssertionError("all numbers are read")

            def __getitem__(self, part: Any) -> Any:
                taken = self.numbers[part]
                self.read += len(taken) if isinstance(part, slice) else 1
                return taken

        answer = Activations(about_sequence(1000, [0.5] * 28_000, hidden=40))
        counted = [Counted(part) for part in (*answer.values, answer.pixels)]
        answer.values, answer.pixels = counted[:-1], counted[-1]  # type: ignore[assignment]
        async with showing(tmp_path, about_sequence(28, image(28))) as visit:
            gates_of(visit).readings = Readings(answer)
            gates_of(visit).repaint()
            lines = gates_of(visit).size.height
            memory = [info.name for info in answer.infos].index("c")
            for index, one in enumerate(counted):
                scale = MOST if index in (memory, len(counted) - 1) else 0
                assert 0 < one.read <= scale + 2 * lines * 40
            for key in ("shift+up", "pagedown", "u"):
                before = [one.read for one in counted]
                await visit.press(key)
                assert all(one.read - old <= 2 * lines * 40 for one, old in zip(counted, before, strict=True))


class TestSample:
    async def test_one_input_is_a_curve_whose_ends_are_said(self, tmp_path: Path) -> None:
        answer = about_sequence(50, [2.5 * timestep - 10 for timestep in range(50)], hidden=8)
        async with showing(tmp_path, answer) as visit:
            async for _ in at_every_size(visit):
                assert re.search(r"^ +-10 {20,}112\.5 ", visit.text_in("#gates"), re.M)
                await visit.press("home")
                lines = visit.text_in("#gates").splitlines()[1:11]
                places = [re.search("[⠁-⣿]+", line[2:30]) for line in lines]
                starts = [place.start() for place in places if place]
                assert starts == sorted(starts) and len(starts) == 10 and starts[0] == 0
                await visit.press("end")
                curve = [line for line in visit.text_in("#gates").splitlines() if re.search("[⠁-⣿]", line)]
                assert re.search("[⠁-⣿]", curve[-1][29])

    async def test_few_inputs_are_wide_and_each_has_its_own_scale(self, tmp_path: Path) -> None:
        values = [value for timestep in range(10) for value in (timestep, -1e6 * timestep)]
        async with showing(tmp_path, about_sequence(10, values, hidden=8)) as visit:
            await visit.sees(r"^ *min +max of each input ", "#gates")
            ink = [palette.hex_of(colour) for colour in palette.ink(dark=True)]
            row = cells(visit, 1)[2:30]
            assert row[:14] == [row[0]] * 14 and row[14:] == [row[14]] * 14
            left, right = (style.color if text == "▀" else style.bgcolor for text, style in (row[0], row[14]))
            assert left and right and left.triplet and right.triplet
            assert [left.triplet.hex, right.triplet.hex] == [ink[0], ink[-1]]

    async def test_many_inputs_share_columns_and_it_says_how_many(self, tmp_path: Path) -> None:
        async with showing(tmp_path, about_sequence(40, image(40, 512), hidden=8)) as visit:
            async for _ in at_every_size(visit):
                said = await visit.sees(r"^ +(\d+) inputs a column ", "#gates")
                columns = math.ceil(512 / int(said[1]))
                painted = [style.bgcolor for _, style in cells(visit, 1)[2 : 2 + columns]]
                ground = gates_of(visit).rich_style.bgcolor
                assert ground not in painted
                assert cells(visit, 1)[2 + columns][1].bgcolor == ground
            show(visit, about_sequence(40, [float(k) for k in range(20_480)], hidden=8))
            async for _ in at_every_size(visit):
                await visit.sees(r"^ +\d+ inputs a column, min–max ", "#gates")

    async def test_without_a_label_it_says_only_what_it_was_read_as(self, tmp_path: Path) -> None:
        async with showing(tmp_path, about_sequence(28, image(28), hidden=8, label=None)) as visit:
            async for _ in at_every_size(visit):
                text = visit.text_in("#gates")
                assert "read as 3" in text and "is " not in text and ", read" not in text
                gates = gates_of(visit)
                styles = [
                    segment.style.color
                    for y in range(gates.size.height)
                    for segment in gates.render_line(y)
                    if segment.style and "read as" in segment.text
                ]
                assert styles == [gates.rich_style.color]


async def test_every_value_is_shown_for_any_shape(tmp_path: Path) -> None:
    async with showing(tmp_path, about_sequence(28, image(28))) as visit:
        for key in ("z", "z"):
            await visit.press(key)
            async for _ in at_every_size(visit):
                for timesteps, inputs, hidden in ((1, 1, 1), (1, 28, 8), (2, 3, 128), (5, 2, 40), (29, 1, 1)):
                    numbers = [float(k) for k in range(timesteps * inputs)]
                    show(visit, about_sequence(timesteps, numbers, hidden))
                    text = visit.text_in("#gates")
                    assert re.search(rf"(timestep|t) {timesteps} ", text)
                    assert "weights of step" in text
                    for info in GATES["lstm"]:
                        assert re.search(rf" {info.name} +[+-]?\d\.\d{{1,3}}( |$)", text, re.M)
                    assert re.search(r"1 unit\b|all \d+ units|units, ", text)
