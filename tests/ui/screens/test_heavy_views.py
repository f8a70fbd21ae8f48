"""Heavy questions of the views beside a training: who answers, how far it is, and what is shown meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.fake_engine import SHARES, FakeAnswerer
from kit.held import Held
from kit.screen import Visit, exploring, live_run

from explorer.protocol import probes
from explorer.protocol.questions import Ask, Question, Sample
from explorer.ui.screens.explore.screen import Explore

BLANKED = Question("belief", {"blanked": True})
WHY = Question("saliency", {"class": None})


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Blanked beliefs and saliency are heavy, and under way until the test lets them go."""
    held = Held()
    for what in ("belief", "saliency"):
        monkeypatch.setitem(SHARES, what, held)
    monkeypatch.setattr(probes, "LIGHT", 1_000)
    yield held
    held.released.set()


def asked(engine: FakeAnswerer, question: Question) -> list[Ask]:
    """Return the requests with this question."""
    requests = engine.asked(Ask)
    return [one for one in requests if isinstance(one, Ask) and question in one.questions]


def learnt(visit: Visit) -> int:
    """Return the step of the gates on the screen."""
    main = visit.app.screen_stack[0]
    assert isinstance(main, Explore)
    gates = main.views.views["gates"]
    return gates.readings.answer.step  # type: ignore[attr-defined, no-any-return]


async def test_a_heavy_belief_is_computed_beside_the_training_while_the_gates_move(
    held: Held, tmp_path: Path
) -> None:
    held.released.set()
    with live_run(tmp_path, steps=5) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees("decided at", "#belief")
            held.released.clear()
            await visit.press("b")
            await visit.sees("belief: 34%", "#belief")
            assert not asked(engine, BLANKED) and len(asked(visit.engines[0], BLANKED)) == 1
            engine.train(6)
            await visit.until(lambda: learnt(visit) == 6)
            await visit.sees("belief: 34%", "#belief")
            held.released.set()
            await visit.sees("decided at", "#belief")
            assert visit.widget("#belief").border_subtitle == "step 0, blanked"  # of the answer's weights
            engine.train(7)
            await visit.until(lambda: learnt(visit) == 7)
            assert len(asked(visit.engines[0], BLANKED)) == 1  # the clock asks nothing that takes long
            await visit.press("p")
            await visit.until(lambda: len(asked(visit.engines[0], BLANKED)) == 2)
            await visit.press("up")
            await visit.sees("timestep 27 of 28", "#gates")
            for _ in range(9):  # as often as it takes to be asked again: what came is as new as there is
                await visit.pilot.pause(0.1)
            assert len(asked(visit.engines[0], BLANKED)) == 2


async def test_another_sample_hides_the_old_answer_gives_the_old_question_up_and_asks_anew(
    held: Held, tmp_path: Path
) -> None:
    held.released.set()
    with live_run(tmp_path, steps=5):
        async with exploring(tmp_path) as visit:
            await visit.sees("decided at", "#belief")
            await visit.press("b")
            await visit.until(lambda: visit.engines and asked(visit.engines[0], BLANKED))
            await visit.sees("decided at", "#belief")
            held.released.clear()
            await visit.press("right_square_bracket")
            await visit.sees("belief: 34%", "#belief")
            assert "decided at" not in visit.text_in("#belief")
            held.hung_up.clear()
            await visit.press("right_square_bracket")
            await visit.until(held.hung_up.is_set)
            held.released.set()
            await visit.sees("decided at", "#belief")
            subjects = [one.selection.subject for one in asked(visit.engines[0], BLANKED)]
            assert subjects == [Sample(0), Sample(1), Sample(2)]
            held.released.clear()
            await visit.press("b")
            await visit.until(lambda: visit.widget("#belief").border_subtitle == "step 5")


async def test_a_heavy_saliency_is_painted_with_its_step_over_gates_that_move(
    held: Held, tmp_path: Path
) -> None:
    with live_run(tmp_path, steps=5) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees("weights of step 5", "#gates")
            await visit.press("a")
            await visit.sees("saliency: 34%", "#gates")
            engine.train(6)
            await visit.until(lambda: learnt(visit) == 6)
            await visit.sees("weights of step 6 · saliency: 34%", "#gates")
            held.released.set()
            await visit.sees("why 0", "#gates")
            await visit.sees("weights of step 6 · saliency of step 0", "#gates")
            engine.train(7)
            await visit.sees("weights of step 7 · saliency of step 0", "#gates")
            assert not asked(engine, WHY) and len(asked(visit.engines[0], WHY)) == 1
            await visit.press("a")
            await visit.sees_no("saliency")


async def test_an_engine_that_dies_meanwhile_is_one_line_in_the_view(
    held: Held, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from explorer.ui.live import read_only

    with live_run(tmp_path, steps=5):
        async with exploring(tmp_path) as visit:
            await visit.sees("decided at", "#belief")
            await visit.press("b")
            await visit.sees("belief: 34%", "#belief")

            def fail(socket: Path) -> FakeAnswerer:
                raise OSError("no more processes")

            monkeypatch.setattr(read_only, "start_read_only", fail)
            visit.engines[0].end()
            await visit.sees("processes", "#belief")
