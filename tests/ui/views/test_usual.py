"""The usual changes on the test set: asked for by one key, one after the other, kept, of the same weights."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from kit.fake_engine import GATES, SHARES, counted
from kit.held import Held
from kit.screen import Visit, exploring, finished_run, live_run

from explorer.protocol.questions import Ask, Intervention, Samples, Selection, Wipe
from explorer.runs.events import MomentKept
from explorer.runs.shape import Shape
from explorer.runs.snapshot import NO_RUN
from explorer.ui.views.usual import SETTLED
from explorer.ui.views.usual_rows import usual_of

HELD = {"f": 1.0}


def asked(visit: Visit) -> list[Ask]:
    """Return the requests for evaluations."""
    found = [one for engine in visit.engines for one in engine.asked(Ask) if isinstance(one, Ask)]
    return [one for one in found if one.questions[0].what == "evaluation"]


def accuracy(selection: Selection) -> str:
    """Return what the fake reads correctly under a selection, as the table says it."""
    counts = counted(selection)
    return f"{sum(counts[k][k] for k in range(10)) / sum(map(sum, counts)):.2%}"


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_they_are_each_gate_at_1_and_0_and_wipes_at_each_quarter(cell: str) -> None:
    snapshot = replace(NO_RUN, activations=tuple(GATES[cell]), shape=Shape(7, 3, ("a", "b")))
    gates = {"lstm": "ifo", "gru": "rz", "rnn": ""}[cell]
    wanted = [Intervention()] + [Intervention(hold={g: float(v)}) for g in gates for v in (1, 0)]
    wanted += [Intervention(wipe=(Wipe(before),)) for before in (2, 4, 6)]
    assert [row.intervention for row in usual_of(snapshot)] == wanted
    short = usual_of(replace(snapshot, shape=Shape(1, 3, ("a", "b"))))
    assert not any(row.intervention.wipe for row in short)
    words = {row.name: row.means for row in usual_of(snapshot)}
    if cell == "lstm":
        assert words["f = 1"] == "nothing is forgotten" and words["i = 0"] == "nothing is written"
    if cell == "gru":
        assert words["z = 1"] == "nothing is written" and words["z = 0"] == "nothing is kept"


@pytest.mark.parametrize("size", [(160, 45), (120, 40), (80, 24), (60, 20)])
async def test_one_key_evaluates_all_of_them_and_nothing_twice(tmp_path: Path, size: tuple[int, int]) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.until(lambda: visit.engines)
        visit.engines[0].step = 10
        await visit.turn_to("usual")
        await visit.sees(r"as trained .*95\.00%", "#usual")
        assert not asked(visit)
        await visit.press("E")
        held = accuracy(Selection(intervention=Intervention(hold=HELD)))
        await visit.sees(rf"f = 1  nothing is forgotten .*{re.escape(held)}", "#usual")
        await visit.sees("enter: read the sample so", "#usual")
        await visit.sees("all 10,000 test samples · weights of step 10", "#usual")
        rows = [one.selection.intervention for one in asked(visit)]
        wanted = [row.intervention for row in usual_of(visit.main.run.snapshot)]
        assert rows == wanted[1:]  # as trained is on record
        assert {one.against for one in asked(visit)} == {None}
        await visit.press("E")
        await visit.sees(SETTLED[:30])
        assert len(asked(visit)) == 9
        visit.main.choice.select(intervention=Intervention(hold=HELD))
        await visit.turn_to("confusion")
        await visit.sees(f"f = 1: {held}", "#confusion")  # the same is known there


async def test_enter_and_a_second_click_read_the_sample_under_the_change(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.turn_to("usual")
        await visit.sees("as trained", "#usual")
        await visit.press("down", "down", "down", "enter")
        await visit.until(lambda: visit.main.choice.now.selection.intervention.hold == HELD)
        await visit.click("#usual", 5, 8)
        await visit.click("#usual", 5, 8)
        wiped = Intervention(wipe=(Wipe(8),))
        await visit.until(lambda: visit.main.choice.now.selection.intervention == wiped)
        await visit.press("delete")
        await visit.until(lambda: visit.main.choice.now.selection.intervention.hold == HELD)
        await visit.press("home", *["up"] * 9, "enter")
        await visit.until(lambda: not visit.main.choice.now.selection.intervention)


def kept_at(step: int) -> MomentKept:
    """Return what an engine writes when it keeps the weights of a step."""
    return MomentKept(time=5.0, step=step, path=f"moments/step-{step:08d}.safetensors")


async def test_progress_is_said_another_change_does_not_end_it_and_escape_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held()
    monkeypatch.setitem(SHARES, "evaluation", held)
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.until(lambda: visit.engines)
        visit.engines[0].step = 10
        await visit.turn_to("usual")
        await visit.sees("as trained .*95", "#usual")
        await visit.press("E")
        await visit.sees("i = 1 .*evaluating: 34%", "#usual")
        await visit.sees("f = 0 .*…", "#usual")
        await visit.sees("evaluating: 2 of 10   esc: don't", "#usual")
        await visit.press("down", "down", "down", "enter")  # f = 1: chosen, and still waiting
        await visit.until(lambda: visit.main.choice.now.selection.intervention.hold == HELD)
        await visit.sees("i = 1 .*evaluating: 34%", "#usual")
        await visit.turn_to("gates")
        await visit.press("right_square_bracket")  # what is light doesn't wait
        await visit.sees("sample 1 ", "#gates")
        await visit.turn_to("usual")
        await visit.press("escape")
        await visit.until(held.hung_up.is_set)
        await visit.sees("E: evaluate all of these", "#usual")
        await visit.sees("i = 1 .*–", "#usual")
        held.released.set()
        assert len(asked(visit)) == 1


async def test_beside_a_training_all_are_of_the_weights_that_were_kept_last(tmp_path: Path) -> None:
    with live_run(tmp_path, steps=6) as engine:
        kept = [
            MomentKept(time=5.0, step=step, path=f"moments/step-{step:08d}.safetensors") for step in (1, 4)
        ]
        engine.write(*kept)
        async with exploring(tmp_path) as visit:
            await visit.turn_to("usual")
            await visit.sees(r"as trained .*95\.00%", "#usual")
            await visit.sees("by the weights kept last", "#usual")
            await visit.press("E")
            await visit.sees("weights of step 4", "#usual")
            await visit.sees(f"as trained .*{accuracy(Selection(moment=4))}", "#usual")
            await visit.sees("enter: read the sample so", "#usual")
            assert all(request in visit.engines[0].requests for request in asked(visit))
            assert {one.selection.moment for one in asked(visit)} == {4}
            assert {one.selection.subject for one in asked(visit)} == {Samples()}
            assert len(asked(visit)) == 10
            engine.write(kept_at(5))
            engine.train(7)
            await visit.sees("step 7", "Status")
            await visit.sees("weights of step 4", "#usual")  # they stay until they are asked for again
            await visit.press("E")
            await visit.sees("weights of step 5", "#usual")
