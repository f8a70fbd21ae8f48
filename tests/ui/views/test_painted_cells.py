"""Every painted cell of the heatmaps, compared with its activation by these tests' own arithmetic."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from kit import fake_engine
from kit.asking import read
from kit.fake_engine import GATES, HIDDEN, activation
from kit.screen import Visit, exploring, finished_run
from rich.color import Color
from rich.style import Style

from explorer.ui.views.gates import Gates
from explorer.ui.widgets import palette

TIMESTEPS = 28
CELLS = [*GATES]
LIMITS = {"unit": (0, 1), "signed": (-1, 1), "open": (-1, 1)}
"""The ends of the scales; that of a cell state is of its tanh."""

Grid = list[list[tuple[str, Style]]]
"""The characters of the screen, each with its style."""
Picture = list[list[str]]
"""Colours of pixels as seen on the screen: one row per timestep."""


def made_up(cell: str) -> Callable[[int, int, int], float]:
    """Return the fake's activations, but four times as large for a cell state: it has no bounds."""
    reach = [4 if gate.span == "open" else 1 for gate in GATES[cell]]
    return lambda gate, timestep, unit: reach[gate] * activation(gate, timestep, unit)


def gates_of(visit: Visit) -> Gates:
    return visit.app.screen_stack[0].query_one(Gates)


def hex_of(color: Color | None) -> str:
    assert color is not None and color.triplet is not None
    return color.triplet.hex


def grid_of(visit: Visit) -> Grid:
    """Return the painting inside the gates' border; each character takes one cell."""
    area = gates_of(visit).content_region
    strips = visit.app.screen._compositor.render_strips()[area.y : area.bottom]
    lines = [
        [(text, segment.style or Style()) for segment in strip for text in segment.text] for strip in strips
    ]
    assert {len(line) for line in lines} == {visit.app.size.width}
    return [line[area.x : area.right] for line in lines]


def pixels(
    grid: Grid, x: int, y: int, columns: int, wide: int = 1, tall: bool = False, written: bool = False
) -> Picture:
    """Return the pixels at a position: each cell holds two, one above the other, unless a timestep is as tall
    as a line; a pixel is so many cells wide. With `written`, what is written in them doesn't count.
    """
    rows: Picture = []
    for line in grid[y : y + (TIMESTEPS if tall else TIMESTEPS // 2)]:
        cells = line[x : x + columns * wide]
        if written:
            cells = [(" ", Style(bgcolor=style.bgcolor)) for _, style in cells]
        assert all(cells[k] == cells[k - k % wide] for k in range(len(cells)))
        cells = cells[::wide]
        assert {text for text, _ in cells} <= ({" "} if tall else {"▀", " "})
        uppers = [hex_of(style.color if text == "▀" else style.bgcolor) for text, style in cells]
        rows.extend([uppers] if tall else [uppers, [hex_of(style.bgcolor) for _, style in cells]])
    return rows


def place_of(grid: Grid, title: str) -> tuple[int, int]:
    """Return the position of the first pixel below a title."""
    for y, line in enumerate(grid):
        x = "".join(text for text, _ in line).find(title)
        if x >= 0:
            return x, y + 1
    raise AssertionError(f"there is no {title!r}")


def colour_of(value: float | Fraction, span: str, dark: bool) -> str:
    """Return the colour that a value must have, computed with fractions instead of floats."""
    colours = palette.scale(span, dark)  # type: ignore[arg-type]
    low, high = LIMITS[span]
    value = math.tanh(value) if span == "open" else value
    level = math.floor((Fraction(value) - low) / (high - low) * len(colours))
    red, green, blue = colours[min(max(level, 0), len(colours) - 1)]
    return f"#{red:02x}{green:02x}{blue:02x}"


def wanted(cell: str, gate: int, columns: list[range], dark: bool) -> Picture:
    """Return the expected map: each of its columns shows the mean of these units, sent as float32."""
    at = made_up(cell)

    def mean(timestep: int, units: range) -> Fraction:
        sent = array("f", [at(gate, timestep, unit) for unit in units])
        return sum(map(Fraction, sent), Fraction()) / len(units)

    span = GATES[cell][gate].span
    return [
        [colour_of(mean(timestep, units), span, dark) for units in columns] for timestep in range(TIMESTEPS)
    ]


def singles(units: range) -> list[range]:
    """Return columns of one unit each."""
    return [range(unit, unit + 1) for unit in units]


def wide_in(grid: Grid, cell: str, columns: int) -> int:
    """Return how many cells wide a pixel is: as wide as fits before the map to the right, or the edge, on a
    page that is full.
    """
    places = [place_of(grid, f"{gate.name} {gate.label}") for gate in GATES[cell]]
    first, *others = [x for x, y in places if y == places[0][1]]
    room = others[0] - first - 2 if others else len(grid[0]) - first - 1
    return max(1, room // max(columns, min(room, fake_engine.HIDDEN)))


def require_painted(
    visit: Visit,
    cell: str,
    columns: list[range],
    dark: bool,
    tall: bool = False,
    least: int = 1,
    written: bool = False,
) -> None:
    """Require every map to show these units, from the first timestep to the last, and nothing beside them; a
    pixel is at least so many cells wide.
    """
    grid = grid_of(visit)
    wide = wide_in(grid, cell, len(columns))
    assert wide >= least
    ground = hex_of(gates_of(visit).rich_style.bgcolor)
    for number, gate in enumerate(GATES[cell]):
        x, y = place_of(grid, f"{gate.name} {gate.label}")
        found = pixels(grid, x, y, len(columns), wide, tall, written)
        for timestep, colours in enumerate(wanted(cell, number, columns, dark)):
            assert found[timestep] == colours, f"{gate.name} at timestep {timestep} of units {columns}"
        text, style = grid[y][x + len(columns) * wide]
        assert (text, hex_of(style.bgcolor)) == (" ", ground)


async def choose_theme(visit: Visit, dark: bool) -> None:
    """Wait until the gates are shown, in the theme that is requested."""
    await visit.sees("is 0, read as 0", "#gates")
    if not dark:
        await visit.press("t")
    await visit.until(lambda: gates_of(visit).dark is dark)


def units_shown(visit: Visit) -> range:
    """Return the units that the maps' titles name, one a column."""
    said = re.search(rf"{HIDDEN} units, (\d+)–(\d+) shown", visit.text_in("#gates"))
    if said:
        return range(int(said[1]), int(said[2]) + 1)
    assert f"all {HIDDEN} units" in visit.text_in("#gates")
    return range(HIDDEN)


@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
@pytest.mark.parametrize("cell", CELLS)
async def test_every_pixel_of_every_map_has_the_colour_of_its_activation(
    cell: str, dark: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake_engine, "activation", made_up(cell))
    finished_run(tmp_path, cell=cell)
    async with exploring(tmp_path) as visit:
        await choose_theme(visit, dark)
        assert 0 in units_shown(visit)
        least = 2 if cell == "rnn" else 1  # it has one map
        require_painted(visit, cell, singles(units_shown(visit)), dark, least=least)
        await visit.press(*["right"] * (HIDDEN - 1))
        await visit.sees(rf"timestep 28 of 28 · unit {HIDDEN - 1} ", "#gates")
        assert HIDDEN - 1 in units_shown(visit)
        require_painted(visit, cell, singles(units_shown(visit)), dark, least=least)
        small = gates_of(visit).size.area
        await visit.press("z")  # enlarged, an LSTM and a GRU show their maps in two bands
        await visit.until(lambda: gates_of(visit).size.area > small)
        require_painted(visit, cell, singles(units_shown(visit)), dark, tall=cell == "rnn", least=least)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
async def test_a_pixel_of_several_units_has_the_colour_of_their_mean(
    cell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake_engine, "activation", made_up(cell))
    finished_run(tmp_path, cell=cell)
    async with exploring(tmp_path) as visit:
        await choose_theme(visit, dark=True)
        columns = len(units_shown(visit))
        await visit.press("u")
        await visit.sees(rf"{HIDDEN} units, {HIDDEN // columns}–{HIDDEN // columns + 1} a column", "#gates")
        ends = [column * HIDDEN // columns for column in range(columns + 1)]
        require_painted(visit, cell, [range(*pair) for pair in pairwise(ends)], dark=True)


async def test_changing_the_theme_and_changing_it_back_repaint_every_pixel(tmp_path: Path) -> None:
    finished_run(tmp_path, cell="rnn")
    async with exploring(tmp_path) as visit:
        await choose_theme(visit, dark=False)
        require_painted(visit, "rnn", singles(range(HIDDEN)), dark=False, least=2)
        await visit.press("t")
        await visit.until(lambda: gates_of(visit).dark)
        require_painted(visit, "rnn", singles(range(HIDDEN)), dark=True, least=2)


async def test_few_units_are_several_columns_wide_beside_their_whole_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake_engine, "activation", made_up("lstm"))
    monkeypatch.setattr(fake_engine, "HIDDEN", 8)
    finished_run(tmp_path)
    async with exploring(tmp_path, (200, 45)) as visit:
        await visit.sees("all 8 units", "#gates")
        require_painted(visit, "lstm", singles(range(8)), dark=True, least=2)
        small = gates_of(visit).size.area
        await visit.press("z")
        await visit.until(lambda: gates_of(visit).size.area > small)
        require_painted(visit, "lstm", singles(range(8)), dark=True, tall=True, least=3, written=True)


@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
async def test_every_pixel_of_the_sample_has_the_colour_of_its_ink(dark: bool, tmp_path: Path) -> None:
    finished_run(tmp_path, cell="rnn")
    async with exploring(tmp_path) as visit:
        await choose_theme(visit, dark)
        ink = read(fake_engine.probed(0)).pixels
        scale = [palette.hex_of(rgb) for rgb in palette.ink(dark)]
        wanted = [
            [
                scale[pixel * len(scale) // 256]
                for pixel in ink[timestep * TIMESTEPS : (timestep + 1) * TIMESTEPS]
            ]
            for timestep in range(TIMESTEPS)
        ]
        grid = grid_of(visit)
        assert pixels(grid, *place_of(grid, "sample 0"), TIMESTEPS) == wanted
        small = gates_of(visit).size.area
        await visit.press("z")  # enlarged, a timestep is as tall as a line, and a pixel two columns wide
        await visit.until(lambda: gates_of(visit).size.area > small)
        grid = grid_of(visit)
        assert pixels(grid, *place_of(grid, "sample 0"), TIMESTEPS, wide=2, tall=True) == wanted


async def test_the_legend_of_a_map_names_the_ends_of_its_scale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake_engine, "activation", made_up("lstm"))
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await choose_theme(visit, dark=True)
        grid = grid_of(visit)
        for gate in GATES["lstm"]:
            x, y = place_of(grid, f"{gate.name} {gate.label}")
            legend = grid[y + TIMESTEPS // 2 + 1][x:]
            text = "".join(text for text, _ in legend)
            low, high = map(str, LIMITS[gate.span])
            low = f"tanh {low}" if gate.span == "open" else low
            assert re.match(rf"{low} {{2,}}{high}(?!\d)", text), f"{gate.name} says {text}"
            bar = legend[len(low) : text.index(high, len(low))]
            scale = [palette.hex_of(rgb) for rgb in palette.scale(gate.span, dark=True)]
            ends = [hex_of(style.bgcolor) for _, style in (bar[0], bar[-1])]
            assert ends == [scale[0], scale[-1]], gate.name
