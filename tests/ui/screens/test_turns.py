"""Where bytes are few, the gates have their turn: curves and matrix come only behind a picture of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from kit.facts import evaluated
from kit.fake_engine import FakeEngine
from kit.screen import CONFUSION, Visit, exploring, live_run

from explorer.ui.terminal.pace import Pace


class Line:
    """A line to the terminal that is free when a test says so."""

    def __init__(self, visit: Visit, monkeypatch: pytest.MonkeyPatch, lean: bool) -> None:
        """Have it busy from now on, with no key's effect under way."""
        self.free = False
        monkeypatch.setattr(Pace, "ready", property(lambda pace: self.free))
        monkeypatch.setattr(Pace, "answering", property(lambda pace: False))
        pace: Any = visit.app.pace  # type: ignore[attr-defined]
        pace.lean = lean


def shown(visit: Visit) -> tuple[str, str, str]:
    """Return what the curves, the matrix and the gates show."""
    step = re.search(r"weights of step [\d,]+", visit.text_in("#gates"))
    assert step
    return visit.text_in("#curves"), visit.text_in("#confusion"), step[0]


async def trained(visit: Visit, engine: FakeEngine, epoch: int) -> None:
    """Train an epoch of five steps, and wait until the status line shows it."""
    for step in range(5 * epoch - 1, 5 * epoch + 1):
        engine.train(step)
    matrix = [[count + epoch for count in row] for row in CONFUSION]
    look = evaluated(5 * epoch, epoch=epoch, loss=2.0 - epoch / 4, accuracy=0.5 + epoch / 9, confusion=matrix)
    engine.write(look)
    await visit.sees(rf"step {5 * epoch}/")


async def test_with_lean_curves_and_matrix_wait_for_the_gates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with live_run(tmp_path) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees("weights of step 3", "#gates")
            await visit.sees("900", "#confusion")
            await visit.sees("test", "#curves")  # the first drawing, which waits for nothing
            line = Line(visit, monkeypatch, lean=True)
            before = shown(visit)
            drawn = visit.widget("#curves")
            await trained(visit, engine, 1)
            await visit.until(lambda: drawn._offered is not None)  # type: ignore[attr-defined]
            assert shown(visit) == before
            line.free = True
            await visit.sees("weights of step 5", "#gates")
            await visit.until(
                lambda: all(now != then for now, then in zip(shown(visit), before, strict=True))
            )


async def test_without_it_the_curves_wait_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with live_run(tmp_path) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees("weights of step 3", "#gates")
            Line(visit, monkeypatch, lean=False)
            before = shown(visit)
            await trained(visit, engine, 1)
            await visit.until(lambda: shown(visit)[0] != before[0])
            assert shown(visit)[2] == before[2]


async def test_with_lean_curves_wait_for_no_gates_that_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with live_run(tmp_path) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees("weights of step 3", "#gates")
            await visit.turn_to("curves")
            await visit.press("z")
            await visit.until(lambda: not visit.widget("#gates").display)
            Line(visit, monkeypatch, lean=True)
            before = visit.text_in("#curves")
            await trained(visit, engine, 1)
            await visit.until(lambda: visit.text_in("#curves") != before)


async def test_the_first_picture_of_the_gates_belongs_to_the_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr(Pace, "unasked", lambda pace: counted.append("picture"))
    with live_run(tmp_path) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees("weights of step 3", "#gates")
            assert counted == []
            engine.train(4)
            await visit.sees("weights of step 4", "#gates")
            assert counted == ["picture"]
