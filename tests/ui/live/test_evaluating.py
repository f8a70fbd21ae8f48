"""Evaluations on demand: with, then without by the same weights; kept, and given up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kit.facts import evaluated
from kit.fake_engine import counted, evaluation
from msgspec.structs import replace as changed

from explorer.protocol.messages import Refused
from explorer.protocol.questions import Answers, Ask, Intervention, Sample, Selection, Unanswerable
from explorer.runs.snapshot import NO_RUN, Snapshot
from explorer.ui.live import evaluating as module
from explorer.ui.live.evaluating import Evaluating
from explorer.ui.views.evaluations import Evaluation, Progress, whole

HELD = Selection(subject=Sample(3), intervention=Intervention(hold={"f": 1.0}))
PLAIN = counted(Selection())


class Asked:
    """Evaluations, and what was asked for them."""

    def __init__(self, snapshot: Snapshot = NO_RUN) -> None:
        """Ask nothing yet."""
        self.requests: list[Ask] = []
        self.cancelled = 0
        self.snapshot = snapshot
        self.evaluating = Evaluating(self.requests.append, self.cancel)

    def cancel(self) -> None:
        """Count."""
        self.cancelled += 1

    def answer(self, step: int) -> str:
        """Answer the newest request as the fake does, by the weights of a step."""
        request = self.requests[-1]
        answer = evaluation(request.selection, step, counted(request.selection))
        return self.evaluating.accept(request, Answers((answer,)), self.snapshot)


def found(selection: Selection, step: int) -> Evaluation:
    """Return what the fake finds."""
    return Evaluation.answered(evaluation(selection, step, counted(selection)))


@pytest.mark.parametrize(("moments", "moment"), [((0, 7), 7), ((0,), None)])
def test_without_is_asked_by_the_same_weights_where_those_are_kept(
    moments: tuple[int, ...], moment: int | None
) -> None:
    asked = Asked(replace(NO_RUN, moments=moments))
    asked.evaluating.begin(HELD)
    assert [one.selection for one in asked.requests] == [whole(HELD)]
    asked.evaluating.advance(asked.requests[0], 0.25)
    assert asked.evaluating.known(HELD).progress == Progress(False, 0.25)
    assert not asked.answer(7)
    assert asked.requests[1].selection == whole(Selection(moment=moment))
    known = asked.evaluating.known(HELD)
    assert (known.chosen, known.plain, known.progress) == (found(HELD, 7), None, Progress(True, 0.0))
    assert not asked.answer(8 if moment is None else 7)
    known = asked.evaluating.known(HELD)
    assert known.plain is not None and known.plain.step == (8 if moment is None else 7)
    assert not known.progress and not asked.evaluating.busy and len(asked.requests) == 2


def test_without_is_taken_from_the_run_s_record_and_kept_when_that_goes_on() -> None:
    asked = Asked(replace(NO_RUN, evaluated_whole=evaluated(7, accuracy=0.5, confusion=PLAIN)))
    asked.evaluating.begin(HELD)
    assert not asked.answer(7)
    asked.snapshot = replace(NO_RUN, evaluated_whole=evaluated(9, confusion=PLAIN))
    known = asked.evaluating.known(HELD)
    assert known.plain == Evaluation(7, 10_000, 0.5, PLAIN)
    assert len(asked.requests) == 1


def test_without_is_taken_from_another_intervention_at_the_same_step() -> None:
    asked = Asked()
    for hold in ({"f": 1.0}, {"i": 1.0}):
        asked.evaluating.begin(Selection(moment=4, intervention=Intervention(hold=hold)))
        while asked.evaluating.busy:
            assert not asked.answer(4)
    assert [bool(one.selection.intervention) for one in asked.requests] == [True, False, True]
    assert asked.evaluating.known(Selection(moment=4, intervention=Intervention(hold={"i": 1.0}))).plain


def test_a_moment_alone_is_one_request_and_is_not_asked_twice_but_now_is() -> None:
    asked = Asked()
    for _ in range(2):
        asked.evaluating.begin(Selection(moment=4))
        if asked.evaluating.busy:
            assert not asked.answer(4)
    assert len(asked.requests) == 1
    for step in (5, 6):
        asked.evaluating.begin(HELD)
        while asked.evaluating.busy:
            assert not asked.answer(step)
        chosen = asked.evaluating.known(changed(HELD, subject=Sample(8))).chosen
        assert chosen is not None and chosen.step == step
    assert len(asked.requests) == 5


def test_another_sample_changes_nothing_and_another_selection_gives_up() -> None:
    asked = Asked()
    asked.evaluating.begin(HELD)
    asked.evaluating.follow(changed(HELD, subject=Sample(4)))
    assert asked.evaluating.busy and not asked.cancelled
    asked.evaluating.follow(changed(HELD, moment=3))
    assert not asked.evaluating.busy and asked.cancelled == 1
    assert not asked.answer(7)  # it was on its way already
    asked.evaluating.advance(asked.requests[0], 0.5)
    assert asked.evaluating.known(HELD).chosen is None and not asked.evaluating.fail(asked.requests[0])


def test_without_an_answer_one_line_says_why_and_what_was_found_stays() -> None:
    asked = Asked()
    asked.evaluating.begin(HELD)
    answer = evaluation(HELD, 7, counted(HELD))
    wrong = Answers((changed(answer, arrays={}),))
    for reply, said in (
        (Refused("no room"), "no room"),
        (Answers((), (Unanswerable("evaluation", "no such unit"),)), "no such unit"),
        (wrong, "can't be read"),
        (Answers((changed(answer, facts={}),)), "can't be read"),
    ):
        asked.evaluating.begin(HELD)
        assert said in asked.evaluating.accept(asked.requests[-1], reply, NO_RUN)
        assert not asked.evaluating.busy
    asked.evaluating.begin(HELD)
    assert not asked.answer(7)
    assert asked.evaluating.fail(asked.requests[-1])
    known = asked.evaluating.known(HELD)
    assert known.chosen is not None and known.plain is None and known.progress is None


def test_what_was_found_longest_ago_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    asked = Asked()
    for moment in (1, 2, 3):
        asked.evaluating.begin(Selection(moment=moment))
        assert not asked.answer(moment)
    kept = [asked.evaluating.known(Selection(moment=moment)).chosen is not None for moment in (1, 2, 3)]
    assert kept == [False, True, True]
