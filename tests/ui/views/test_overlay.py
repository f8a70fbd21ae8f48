"""Several runs over each other: their colours, whose curve is in front, and what the cursor reads of each."""

from __future__ import annotations

import math
import random
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.facts import changed, evaluated, started, stepped
from kit.plots import INK
from rich.cells import cell_len

from explorer.runs.against import Against, Row
from explorer.runs.folder import RunFolder
from explorer.runs.history import History, history_of
from explorer.runs.over import OVERS
from explorer.runs.summary import Unreadable
from explorer.ui.base.oklab import to_oklab
from explorer.ui.terminal.eight_bit import COLOURS, nearest
from explorer.ui.views.compared import MOST, Compared
from explorer.ui.views.look import Look
from explorer.ui.views.overlay_plots import draw, with_cursor
from explorer.ui.views.overlay_runs import Overlaid, OverlaidRun, OverlayCanvas
from explorer.ui.views.plots import Canvas, Drawing
from explorer.ui.views.versus_lines import fitted
from explorer.ui.widgets.palette import hex_of, run_colours

LENGTHS = (30, 45, 60)
"""Steps of the runs; of 5, 9 and 10 steps an epoch."""
PER_EPOCH = (5, 9, 10)


def loss(run: int, step: int) -> float:
    """The loss of a run's batch."""
    return round((run + 1) * (2 + math.sin(step)), 4)


def history(run: int) -> History:
    """A run that took `run` + 1 seconds for each step, and the second of which has a loss that is NaN."""
    found = history_of(["loss", "accuracy", "seconds"])
    epochs = LENGTHS[run] // PER_EPOCH[run]
    found.add(started(epochs=epochs, steps_per_epoch=PER_EPOCH[run], clock=0.0))
    found.add(changed("training", clock=0.0))
    for step in range(1, LENGTHS[run] + 1):
        value = None if (run, step) == (1, 20) else loss(run, step)
        found.add(stepped(step, loss=value, accuracy=step / 100, clock=float(step * (run + 1))))
    found.add(evaluated(LENGTHS[run], epoch=epochs, loss=0.5, accuracy=0.75, clock=1000.0))
    return found


RUNS = Overlaid(tuple(OverlaidRun(Path(f"/runs/run-{at}"), history(at)) for at in range(3)))
INKS = tuple(zip((run.path for run in RUNS.runs), run_colours(dark=True), strict=False))


def shown(front: int = 0, size: tuple[int, int] = (120, 40), **look: object) -> Drawing:
    """Draw the runs as a person would see who has chosen this."""
    canvas = OverlayCanvas(Canvas(*size, INK, Look(**look)), INKS, front)  # type: ignore[arg-type]
    return with_cursor(draw(RUNS, canvas), RUNS, canvas)


def coloured(drawing: Drawing, run: int) -> set[tuple[int, int, str]]:
    """Return the cells of the plots in a run's colour: where each is, and what it shows."""
    colour, found = hex_of(INKS[run][1]), set()
    for area in drawing.areas:
        for y in range(area.top, area.top + area.rows):
            x = 0
            for segment in drawing.lines[y]:
                mine = segment.style is not None and segment.style.color is not None
                if mine and segment.style.color.name == colour:
                    found |= {(x + at, y, text) for at, text in enumerate(segment.text)}
                x += segment.cell_length
    return found


def test_a_run_keeps_its_colour_and_no_two_share_one_whichever_are_marked() -> None:
    compared, chance = Compared(), random.Random(5)
    names = [Path(f"/runs/{name}") for name in "abcdefghijkl"]
    before: dict[Path, int] = {}
    for _ in range(200):
        paths = chance.sample(names, chance.randint(1, MOST))
        stay = [path for path in paths if path in before]
        compared.compare([RunFolder(path) for path in paths])
        now = dict(zip(paths, compared.colours, strict=True))
        assert len({*now.values()}) == len(paths) and all(0 <= at < MOST for at in now.values())
        assert {path: now[path] for path in stay} == {path: before[path] for path in stay}
        before = now


def test_up_to_eight_runs_keep_their_colours_also_while_they_are_not_compared() -> None:
    compared, names = Compared(), [Path(f"/runs/{name}") for name in "abcdefgh"]
    own = {}
    for size in (1, 2, 8):
        for paths in combinations(names, size):
            compared.compare([RunFolder(path) for path in paths])
            for path, colour in zip(paths, compared.colours, strict=True):
                assert own.setdefault(path, colour) == colour
    compared.moved(names[3], Path("/runs/renamed"))
    compared.compare([RunFolder(Path("/runs/renamed")), RunFolder(names[0])])
    assert compared.colours == (own[names[3]], own[names[0]])


def test_more_than_eight_marked_runs_are_counted_and_the_first_eight_compared() -> None:
    compared = Compared()
    compared.compare([RunFolder(Path(f"/runs/{at}")) for at in range(11)])
    assert [run.name for run in compared.runs] == [*"01234567"] and compared.left_out == 3


CONES = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no long": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "no medium": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.01182, 0.04294, 0.968881),
    ),
    "no short": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.3039),
    ),
}
"""Linear RGB as it is seen with these cones: Machado, Oliveira and Fernandes, 2009, severity 1."""


def seen(rgb: tuple[int, int, int], cones: str) -> tuple[int, int, int]:
    """Return the colour that looks to everybody as this one does with these cones."""
    light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (one / 255 for one in rgb)]
    mixed = [min(1, max(0, sum(map(math.prod, zip(row, light, strict=True))))) for row in CONES[cones]]
    red, green, blue = (
        round(255 * (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055)) for c in mixed
    )
    return red, green, blue


@pytest.mark.parametrize("dark", [True, False])
def test_the_colours_differ_from_each_other_and_from_the_background_however_they_are_seen(dark: bool) -> None:
    paper, colours = to_oklab((15, 18, 24) if dark else (251, 251, 249)), run_colours(dark)
    assert len(colours) == MOST
    views = [[seen(colour, cones) for colour in colours] for cones in CONES]
    views.append([COLOURS[nearest(colour) - 16] for colour in colours])  # of 256
    for places in ([*map(to_oklab, view)] for view in views):
        assert min(math.dist(one, other) for one, other in combinations(places, 2)) > 0.1
        assert min(abs(one[0] - paper[0]) for one in places) > 0.28


def test_the_run_in_front_is_whole_and_the_others_are_hidden_where_it_is() -> None:
    alone = []
    for run in range(3):
        front = coloured(shown(front=run), run)
        assert front
        alone.append(front)
    for front in range(3):
        drawing = shown(front=front)
        assert coloured(drawing, front) == alone[front]
        for other in {0, 1, 2} - {front}:
            there = {(x, y) for x, y, _ in coloured(drawing, other)}
            assert there <= {(x, y) for x, y, _ in alone[other]} - {(x, y) for x, y, _ in alone[front]}


def test_the_axis_reaches_as_far_as_the_run_that_goes_furthest_on_it() -> None:
    ends = {"steps": 60.0, "epochs": 6.0, "seconds": 180.0}
    assert ends["epochs"] == max(steps / epoch for steps, epoch in zip(LENGTHS, PER_EPOCH, strict=True))
    for over in OVERS:
        for area in shown(over=over).areas:
            assert area.window.first == 0 and math.isclose(area.window.last, ends[over])


def smoothed(run: int, step: int, factor: float) -> float:
    """The exponential mean up to a step, written out."""
    values = [loss(run, at) for at in range(1, step + 1) if (run, at) != (1, 20)]
    weights = [(1 - factor) * factor ** (len(values) - 1 - at) for at in range(len(values))]
    return sum(w * v for w, v in zip(weights, values, strict=True)) / (1 - factor ** len(values))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(0, 2), st.sampled_from(OVERS), st.sampled_from([0.0, 0.9]))
def test_the_cursor_reads_true_values_of_every_run_at_its_place(
    step: int, front: int, over: str, factor: float
) -> None:
    drawing = shown(front, over=over, cursor=step, factor=factor, lines=("loss",))
    lines = {line.text.split()[1]: line.text for line in drawing.lines[-3:]}
    assert [*lines] == [f"run-{at}" for at in (front, *({0, 1, 2} - {front}))]
    for run in range(3):
        # in seconds and in steps the last run goes furthest, in epochs the first
        reference = {"steps": 2, "epochs": 0, "seconds": 2}[over]
        if over == "steps":
            mine = min(step, LENGTHS[run])
        else:
            scale = [*PER_EPOCH] if over == "epochs" else [1 / (at + 1) for at in range(3)]
            at = min(step, LENGTHS[reference] if over == "seconds" else step) / scale[reference]
            mine = min(LENGTHS[run], math.floor(at * scale[run] + 1e-9))
        text = lines[f"run-{run}"]
        if mine == 0:
            assert "loss  –" in text
            continue
        raw = "NaN" if (run, mine) == (1, 20) else f"{loss(run, mine):.5g}"
        soft = "" if not factor else "NaN" if raw == "NaN" else f"{smoothed(run, mine, factor):.5g}"
        assert f"loss  {raw}" in text, (run, mine, text)
        assert not soft or f"~{soft}" in text
        if over == "steps" and mine < step:
            assert f"at {mine}" in text


def test_at_every_size_a_drawing_fits_and_names_the_run_in_front() -> None:
    for width in (20, 44, 78, 120):
        for height in (6, 10, 19, 40):
            for cursor in (None, 12):
                drawing = shown(1, (width, height), cursor=cursor)
                assert len(drawing.lines) <= height
                assert all(line.cell_length == width for line in drawing.lines)
                if drawing.lines and width >= 44:
                    assert "run-1" in "".join(line.text for line in drawing.lines[:2])


def test_a_table_takes_no_more_room_than_there_is_and_says_how_many_options_it_leaves_out() -> None:
    names = ("a-short-one", "長い名前のモデル-20261123-214500-and-on")
    rows = tuple(
        Row(Unreadable(RunFolder(Path(name)), "damaged"), 1.5, True, ("gru", "x" * 40, "0.004"))
        for name in names
    )
    against = Against(("cell", "hold", "lr"), rows)
    left_out = []
    for width in range(44, 160):
        table = fitted(against, width)
        assert {sum(map(cell_len, line)) + 2 * (len(line) - 1) for line in (table.head(), table.row(0))} == {
            sum(table.widths) + 2 * (len(table.widths) - 1)
        }
        assert sum(table.widths) + 2 * (len(table.widths) - 1) <= width
        assert len(table.columns) + table.left_out == 4 + 3
        left_out.append(table.left_out)
    assert left_out == sorted(left_out, reverse=True) and {*left_out} == {0, 1, 2, 3}
