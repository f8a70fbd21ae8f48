"""One sample through two runs: every number by the weights of each, one cursor, what can't be compared."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from unittest.mock import patch

import numpy as np
import pytest
import torch
from kit import loops, sequences
from kit.fake_engine import GATES, HIDDEN, FakeAnswerer, FakeEngine
from kit.screen import Visit, exploring, finished_run, live_run
from torch import Tensor

from explorer.engine.read_only import Library
from explorer.engine.record.checkpoints import newest_model
from explorer.protocol.messages import Refused, Reply, Request
from explorer.protocol.questions import (
    NO_INTERVENTION,
    Array,
    Ask,
    Given,
    Intervention,
    Sample,
    Selection,
    Wipe,
)
from explorer.runs.config import configure
from explorer.runs.folder import RunFolder
from explorer.runs.reader import read_start
from explorer.runs.shape import DIGITS, Shape
from explorer.runs.snapshot import Snapshot
from explorer.ui.views import pair
from explorer.ui.views.comparison import Comparison
from explorer.ui.views.pair import Pair
from explorer.ui.views.pair_sides import unlike
from explorer.ui.widgets.palette import LEVELS, level
from models.intervention import Intervention as CellIntervention
from models.intervention import Wipe as CellWipe

SIZES = [(160, 45), (120, 40), (80, 24), (60, 20)]
T, I, K = 5, 3, 3


def view_of(visit: Visit) -> Pair:
    return visit.app.screen_stack[0].query_one(Pair)


def showing(visit: Visit) -> Comparison:
    """Return what is shown."""
    found = view_of(visit).comparison
    assert found is not None
    return found


def both_read(visit: Visit) -> bool:
    """Return whether both sides show something."""
    found = view_of(visit).comparison
    return found is not None and found.both is not None


def read_by(visit: Visit) -> set[object]:
    """Return what the sides that are shown have read."""
    return {way.answer.asked.subject for way in showing(visit).ways}


async def marked(visit: Visit, other: str) -> None:
    """Mark a run as a person does, and turn to the view, alone on its page."""
    await visit.press("r")
    await visit.sees("space: mark")
    await visit.press("/", *other)
    await visit.sees("1 of 2 runs")
    await visit.press("enter", "space", "escape")
    await visit.back()
    await visit.press("6")
    visit.main.views.activate("pair")
    visit.main.views.enlarged = True
    await visit.until(lambda: visit.app.focused is view_of(visit))


def refusing(engine: FakeAnswerer, run: str) -> None:
    """Have an engine refuse to answer about a run."""
    answer = FakeAnswerer.answer

    def refuse(request: Request) -> Reply:
        about = request.selection.run if isinstance(request, Ask) else ""
        return Refused("its checkpoint is damaged") if about.endswith(run) else answer(engine, request)

    engine.answer = refuse  # type: ignore[method-assign]


def held_back(engine: FakeAnswerer, run: str, gate: Event) -> None:
    """Have an engine answer about a run only while a gate is open, and about others at once."""
    answer = FakeAnswerer.answer

    def wait(request: Request) -> Reply:
        if isinstance(request, Ask) and request.selection.run.endswith(run):
            gate.wait(30)
        return answer(engine, request)

    engine.answer = wait  # type: ignore[method-assign]


@asynccontextmanager
async def compared(
    runs: Path, cells: tuple[str, str] = ("lstm", "lstm"), size: tuple[int, int] = SIZES[0]
) -> AsyncIterator[Visit]:
    """Two finished runs, `right` and, made later and so opened, `left`, side by side."""
    for name, cell in zip(("right", "left"), cells[::-1], strict=True):
        finished_run(runs, name, cell)
    async with exploring(runs, size) as visit:
        await marked(visit, "right")
        await visit.until(lambda: both_read(visit))
        yield visit


def by_hand(run: RunFolder, x: Tensor, changed: Intervention) -> dict[str, Tensor]:
    """Every activation (T, H) and the belief (T, K) by a run's weights, in float64, written out."""
    started = read_start(run.events)
    assert started and started.file
    config = run.read().config
    model = newest_model(run, config, started.shape)[0].double().requires_grad_(False)
    wipes = tuple(CellWipe(one.before, one.state) for one in changed.wipe)
    inside = CellIntervention(changed.hold, changed.silence, wipes)
    scaled = (x - torch.tensor(started.file.mean)) / torch.tensor(started.file.deviation)
    read = loops.read_by_hand(config.cell, model.layer, scaled[None], inside)
    found = {name: part[0] for name, part in read.items()}
    logits = found["h"] @ model.head.weight.T + model.head.bias
    return {**found, "belief": logits.exp() / logits.exp().sum(1, keepdim=True)}


def coloured(found: list[list[int]], differences: Tensor, far: float) -> bool:
    """Whether colours are those of differences on a scale of ±far; a rounding may move one to the next."""
    wanted = [[level(value, -far, far, LEVELS) for value in row] for row in differences.tolist()]
    pairs = (
        (a, b) for row, other in zip(found, wanted, strict=True) for a, b in zip(row, other, strict=True)
    )
    return all(abs(a - b) <= 1 for a, b in pairs)


@asynccontextmanager
async def really(
    folder: Path, cells: tuple[str, str], changed: Intervention = NO_INTERVENTION, **options: object
) -> AsyncIterator[tuple[Visit, list[dict[str, Tensor]]]]:
    """Two runs with real weights, and what each does with 5 timesteps of 3 inputs, by hand."""
    tests = sequences.some(6, T, I, K, seed=1)
    held_out = {"x_test": tests["x"], "y_test": tests["y"]}
    file = sequences.write(
        folder / "some.npz", **sequences.some(timesteps=T, inputs=I, classes=K), **held_out
    )
    right = sequences.trained(folder / "runs", file, "right", cell=cells[1], seed=1, **options)
    left = sequences.trained(folder / "runs", file, "left", cell=cells[0], seed=2, epochs=2)
    library = Library(report=lambda line: None)
    async with exploring(folder / "runs") as visit:
        await visit.until(lambda: visit.engines)
        visit.engines[-1].answer = library.answer  # type: ignore[method-assign, assignment]
        visit.main.choice.select(subject=Sample(4))
        visit.main.what_if.change(changed)
        await marked(visit, "right")
        await visit.until(lambda: both_read(visit))
        await visit.until(lambda: showing(visit).answer.asked.intervention == changed)
        x = torch.from_numpy(tests["x"][4].astype(np.float32)).double()
        yield visit, [by_hand(run, x, changed) for run in (left, right)]


@pytest.mark.parametrize(
    ("cells", "changed"),
    [
        (("lstm", "lstm"), NO_INTERVENTION),
        (("lstm", "lstm"), Intervention(hold={"f": 0.9}, silence=(1,), wipe=(Wipe(3),))),
        (("gru", "gru"), Intervention(hold={"z": 0.3})),
        (("lstm", "rnn"), Intervention(silence=(2,))),
        (("gru", "lstm"), Intervention(wipe=(Wipe(2, "h"),))),
    ],
)
async def test_every_number_is_that_of_each_run_s_own_weights(
    tmp_path: Path, cells: tuple[str, str], changed: Intervention
) -> None:
    async with really(tmp_path, cells, changed) as (visit, hand):
        comparison = showing(visit)
        assert comparison.both
        for way, wanted in zip(comparison.both, hand, strict=True):
            for letter, values in zip(way.letters, way.answer.values, strict=True):
                assert values.tolist() == pytest.approx(wanted[letter].flatten().tolist(), abs=1e-5)
            shares = [share for timestep in range(T) for share in way.beliefs.row(timestep)]
            assert shares == pytest.approx(wanted["belief"].flatten().tolist(), abs=1e-5)
        ends = [wanted["belief"][-1] for wanted in hand]
        read = [rf"read as {int(end.argmax())} +{float(end.max()):.0%}" for end in ends]
        await visit.sees(" +".join(read), "#pair")
        (shown, _), apart = comparison.columns(K, None), hand[1]["belief"] - hand[0]["belief"]
        assert shown == [0, 1, 2]
        assert coloured([comparison.belief_levels(t, shown, LEVELS) for t in range(T)], apart, 1.0)
        best = [wanted["belief"].argmax(1).tolist() for wanted in hand]
        parts = next((t + 1 for t in range(T) if best[0][t] != best[1][t]), None)
        await visit.sees(f"beliefs part at timestep {parts}" if parts else "beliefs never part", "#pair")


@pytest.mark.parametrize("cells", [("lstm", "lstm"), ("lstm", "rnn"), ("gru", "lstm")])
async def test_the_cursor_reads_both_and_v_shows_every_activation_of_either_cell(
    tmp_path: Path, cells: tuple[str, str]
) -> None:
    async with really(tmp_path, cells) as (visit, hand):
        await visit.press("up", "right")
        comparison, seen = showing(visit), set()
        layout = view_of(visit)._layout()
        assert comparison.both and layout
        for _ in comparison.letters:
            await visit.press("v")
            letter, number = view_of(visit).letter, r"([+-]?\d\.\d\d)"
            seen.add(letter)
            names = [letter if letter in found else "ch"["c" not in found] for found in hand]
            wanted = [float(found[name][T - 2, 1]) for found, name in zip(hand, names, strict=True)]
            if names[0] == names[1]:
                text = rf"{letter} {number} \| {number} \({number}\)"
                wanted.append(wanted[1] - wanted[0])
            else:
                text = rf"{names[0]} {number} \| {names[1]} {number}"
            found = await visit.sees(rf"timestep 4 of 5 · unit 1 · {text} ", "#pair")
            assert [*map(float, found.groups())] == pytest.approx(wanted, abs=0.0051)
            if names[0] == names[1]:
                squashed = [one["c"].tanh() if letter == "c" else one[letter] for one in hand]
                colours = [comparison.levels(letter, t, layout, LEVELS) for t in range(T)]
                assert coloured(colours, squashed[1] - squashed[0], comparison.reach(letter))
        assert seen == {name for found in hand for name in found} - {"belief"}


async def test_runs_of_other_sizes_have_one_cursor_and_no_difference_of_their_units(tmp_path: Path) -> None:
    async with really(tmp_path, ("lstm", "lstm"), hidden=6) as (visit, hand):
        await visit.sees("4 and 6 units", "#pair")  # both in the difference and below the sample
        await visit.press(*["right"] * 5)
        value = f"{float(hand[1]['c'][T - 1, 5]):+.2f}"
        await visit.sees(rf"unit 5 · c – \| {re.escape(value)} ", "#pair")
        marks = next(line for line in visit.text_in("#pair").splitlines() if "▴" in line)
        assert marks.count("▴") == 1  # the left run has no such unit


@asynccontextmanager
async def learning_left(runs: Path) -> AsyncIterator[tuple[Visit, FakeEngine]]:
    """A run that is being trained, open, and a finished one beside it."""
    finished_run(runs, "right")
    with live_run(runs, "left") as engine:
        async with exploring(runs) as visit:
            visit.main.open_run(RunFolder(runs / "left"))
            await visit.sees("● training")
            await marked(visit, "right")
            await visit.until(lambda: both_read(visit))
            yield visit, engine


class TestWhatDoesNotFit:
    @pytest.mark.parametrize("size", SIZES)
    async def test_a_cell_without_that_activation_shows_its_memory_and_a_line_says_why(
        self, tmp_path: Path, size: tuple[int, int]
    ) -> None:
        async with compared(tmp_path, ("lstm", "rnn"), size) as visit:
            await visit.sees(r"left · LSTM 40 +c.*right · RNN 40 +h", "#pair")
            await visit.sees("the RNN", "#pair")
            assert showing(visit).gap("") == "the RNN has no c"
            await visit.press("v")  # h, which both have
            await visit.sees(r"h hidden|RNN 40 +h", "#pair")
            await visit.until(lambda: not showing(visit).gap(view_of(visit).letter))

    def test_another_data_set_or_shape_says_so_and_a_drawing_needs_only_as_many_inputs(self) -> None:
        digits = Snapshot("one", configure({}), "finished")
        fashion = replace(digits, config=configure({"dataset": "fashion-mnist"}))
        tall = replace(digits, shape=Shape(40, 28, DIGITS.classes))
        wide = replace(digits, shape=Shape(28, 2, DIGITS.classes))
        sample, drawn = (
            Selection(subject=Sample(3)),
            Selection(subject=Given(Array(("timestep", "input"), (1, 1), "uint8", b"1"))),
        )
        assert unlike(digits, digits, sample) == ""
        assert "of fashion-mnist, not of mnist" in unlike(digits, fashion, sample)
        assert unlike(digits, tall, sample) == "its samples have 40 timesteps, not 28"
        assert unlike(digits, wide, sample) == "it reads 2 inputs a timestep, not 28"
        assert [bool(unlike(digits, one, drawn)) for one in (fashion, tall, wide)] == [False, False, True]

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            (Intervention(hold={"h": 0.0, "f": 1.0}), "the GRU has no f to hold"),
            (Intervention(wipe=(Wipe(3, "h"), Wipe(5, "c"))), "the GRU has no c to wipe"),
            (Intervention(silence=(39, 40)), "it has 40 units, so none of number 40 to silence"),
            (Intervention(hold={"z": 1.0}, silence=(39,), wipe=(Wipe(3, "h"), Wipe(4))), ""),
        ],
    )
    def test_a_change_that_the_other_cell_can_t_make_says_so(self, changed: Intervention, why: str) -> None:
        made = {"cell": "gru", "hidden": HIDDEN}
        gru = Snapshot("one", configure(made), "finished", activations=tuple(GATES["gru"]))
        said = unlike(gru, gru, Selection(intervention=changed))
        assert said == (f"{why}; w shows both without the change" if why else "")

    async def test_samples_of_one_number_that_differ_are_not_compared(self, tmp_path: Path) -> None:
        file = sequences.write(tmp_path / "some.npz", **sequences.some(40, T, I, K))
        for seed, name in enumerate(("right", "left")):  # which decides what is held out for testing
            sequences.trained(tmp_path / "runs", file, name, cell="gru", seed=seed)
        library = Library(report=lambda line: None)
        async with exploring(tmp_path / "runs") as visit:
            await visit.until(lambda: visit.engines)
            visit.engines[-1].answer = library.answer  # type: ignore[method-assign, assignment]
            await marked(visit, "right")
            await visit.sees("its sample 0 is another one: the test samples differ", "#pair")
            assert showing(visit).first and not showing(visit).both


class TestSides:
    async def test_without_another_run_one_line_says_how_to_choose_one_and_marks_are_followed(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path, "right")
        finished_run(tmp_path, "left")
        async with exploring(tmp_path) as visit:
            await visit.press("6")
            await visit.sees("no other run is chosen: r lists the runs, space marks one there", "#pair")
            await visit.sees("left · LSTM 40", "#pair")
            await marked(visit, "right")
            await visit.sees("left · LSTM 40.*right · LSTM 40.*difference", "#pair")
            other = visit.main.pairing._other
            assert other is not None
            await visit.press("1")
            await visit.until(lambda: other.closed)
            assert visit.main.pairing._other is None
            await visit.press("6")
            await visit.until(lambda: visit.main.pairing._other)
            visit.main.open_run(RunFolder(tmp_path / "right"))  # which can't be beside itself
            await visit.sees("no other run is chosen", "#pair")
            assert visit.main.pairing._other is None

    async def test_both_read_what_is_chosen_and_under_the_same_change(self, tmp_path: Path) -> None:
        async with compared(tmp_path) as visit:
            await visit.press("]", "]")
            await visit.sees("sample 2 is 2 +left", "#pair")
            visit.main.what_if.change(Intervention(hold={"f": 1.0}))
            await visit.until(lambda: showing(visit).answer.asked.intervention.hold)
            assert both_read(visit) and read_by(visit) == {Sample(2)}
            await visit.sees(r"c -\d\.\d\d \| ", "#pair")

    @pytest.mark.parametrize("broken", ["left", "right"])
    async def test_a_side_whose_engine_fails_says_why_and_the_other_goes_on(
        self, tmp_path: Path, broken: str
    ) -> None:
        async with compared(tmp_path) as visit:
            refusing(visit.engines[-1], broken)
            await visit.press("]")
            await visit.sees("its checkpoint is", "#pair")
            await visit.until(lambda: not showing(visit).both)
            shown = showing(visit).second if broken == "left" else showing(visit).first
            assert shown and shown.answer.asked.subject == Sample(1)
            refusing(visit.engines[-1], "neither")
            await visit.press("]")
            await visit.until(lambda: both_read(visit))
            await visit.sees_no("is damaged")

    async def test_a_side_without_an_engine_says_why_and_the_other_goes_on(self, tmp_path: Path) -> None:
        def fail(socket: Path) -> None:
            raise OSError(11, "no more processes")

        async with learning_left(tmp_path) as (visit, _):
            with patch("explorer.ui.live.read_only.start_read_only", fail):
                visit.engines[-1].end()
                await visit.press("]")
                await visit.sees("no more processes", "#pair")
                await visit.until(lambda: read_by(visit) == {Sample(1)})
                assert showing(visit).first and not showing(visit).second

    async def test_both_sides_change_in_one_go_unless_one_keeps_the_other_waiting(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pair, "PATIENCE", 60.0)
        async with learning_left(tmp_path) as (visit, _):
            gate, view = Event(), view_of(visit)
            held_back(visit.engines[-1], "right", gate)
            await visit.press("]")
            await visit.until(lambda: view.own.about(visit.main.choice.now.selection))
            assert read_by(visit) == {Sample(0)}
            gate.set()
            await visit.until(lambda: read_by(visit) == {Sample(1)} and both_read(visit))
            gate.clear()
            monkeypatch.setattr(pair, "PATIENCE", 0.0)
            await visit.press("]")
            await visit.sees("waiting for the engine", "#pair")
            assert showing(visit).first and not showing(visit).second
            gate.set()
            await visit.until(lambda: read_by(visit) == {Sample(2)} and both_read(visit))

    async def test_a_reason_is_about_what_was_chosen_then_and_not_about_what_is_chosen_next(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pair, "PATIENCE", 60.0)
        async with learning_left(tmp_path) as (visit, _):
            gate, view = Event(), view_of(visit)
            refusing(visit.engines[-1], "right")
            await visit.press("]")
            await visit.sees("its checkpoint is", "#pair")
            held_back(visit.engines[-1], "right", gate)
            await visit.press("]")
            await visit.until(lambda: view.own.about(visit.main.choice.now.selection))
            assert read_by(visit) == {Sample(1)}  # what was shown stays until both have read the next one
            gate.set()
            await visit.until(lambda: read_by(visit) == {Sample(2)} and both_read(visit))
            await visit.sees_no("its checkpoint is")

    async def test_a_side_that_learns_moves_and_the_steps_of_both_are_said(self, tmp_path: Path) -> None:
        async with learning_left(tmp_path) as (visit, engine):
            for step in (4, 5):
                engine.train(step)
                await visit.sees(rf"steps {step} \| 0\b", "#pair")
            visit.main.choice.select(moment=1)  # of the open run alone
            await visit.until(lambda: any(one.selection.moment == 1 for one in engine.asked(Ask)))  # type: ignore[union-attr]
            await visit.press("]")
            await visit.until(lambda: read_by(visit) == {Sample(1)} and both_read(visit))
            assert {one.selection.moment for one in visit.engines[-1].asked(Ask)} == {None}  # type: ignore[union-attr]
            visit.main.open_run(RunFolder(tmp_path / "right"))
            await visit.sees("no other run is chosen", "#pair")  # it isn't beside itself
            visit.main.listing.mark(tmp_path / "left")
            visit.main.compare_marked()
            for step in (6, 7):
                engine.train(step)
                await visit.sees(rf"steps 0 \| {step}\b", "#pair")
            engine.end(state="stopped")
            await visit.until(lambda: visit.main.pairing._other.snapshot.state == "stopped")  # type: ignore[union-attr]
            await visit.press("]")
            await visit.until(lambda: read_by(visit) == {Sample(2)} and both_read(visit))
