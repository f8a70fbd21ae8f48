"""Evaluations on demand: with, then without by the same weights; kept, and given up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kit.facts import evaluated
from kit.fake_engine import counted, evaluation
from msgspec.structs import replace as changed

from explorer.protocol.messages import Refused
from explorer.protocol.questions import Answers, Ask, Intervention, Question, Sample, Selection, Unanswerable
from explorer.runs.snapshot import NO_RUN, Snapshot
from explorer.ui.live import evaluating as module
from explorer.ui.live.evaluating import Evaluating
from explorer.ui.views.evaluations import Evaluation, Evaluations, whole

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

    def begin(self, selection: Selection) -> None:
        """Have the test set evaluated under a selection."""
        self.evaluating.begin(selection, self.snapshot)

    def cancel(self, request: Ask) -> None:
        """Count."""
        assert request is self.requests[-1]
        self.cancelled += 1

    def answer(self, step: int) -> str:
        """Answer the newest request as the fake does, by the weights of a step."""
        request = self.requests[-1]
        answers = tuple(evaluation(one, step, counted(one)) for one in request.selections)
        return self.evaluating.accept(request, Answers(answers))


def found(selection: Selection, step: int) -> Evaluation:
    """Return what the fake finds."""
    return Evaluation.answered(evaluation(selection, step, counted(selection)))


def test_with_and_without_are_one_request_and_so_by_the_same_weights() -> None:
    asked = Asked()
    asked.begin(HELD)
    (request,) = asked.requests
    assert request.selections == (whole(HELD), whole(Selection()))
    asked.evaluating.advance(request, 0.25)
    assert asked.evaluating.known(HELD).progress == 0.25
    assert not asked.answer(7)
    assert asked.evaluating.known(HELD) == Evaluations(whole(HELD), found(HELD, 7), found(Selection(), 7))
    assert not asked.evaluating.busy and len(asked.requests) == 1


def test_without_is_taken_from_the_run_s_record_where_that_is_of_the_same_step() -> None:
    record = evaluated(7, accuracy=0.5, confusion=PLAIN)
    asked = Asked(replace(NO_RUN, state="finished", step=7, evaluated_whole=record))
    asked.begin(HELD)
    assert asked.requests[0].against is None and not asked.answer(7)
    asked.snapshot = replace(NO_RUN, evaluated_whole=evaluated(9, confusion=PLAIN))
    assert asked.evaluating.known(HELD).plain == Evaluation(7, 10_000, 0.5, PLAIN)
    asked.snapshot = replace(NO_RUN, state="finished", step=8, evaluated_whole=record)
    asked.begin(HELD)
    assert asked.requests[1].against == whole(Selection())


def test_without_is_not_taken_from_the_record_of_a_step_that_the_weights_turn_out_not_to_be_of() -> None:
    record = evaluated(7, accuracy=0.5, confusion=PLAIN)
    asked = Asked(replace(NO_RUN, state="finished", step=7, evaluated_whole=record))
    asked.begin(HELD)
    assert not asked.answer(6)
    known = asked.evaluating.known(HELD)
    assert known.chosen == found(HELD, 6) and known.plain is None


def test_a_live_training_s_record_is_not_taken_because_the_weights_go_on() -> None:
    live = replace(NO_RUN, state="training", step=7, evaluated_whole=evaluated(7, confusion=PLAIN))
    asked = Asked(live)
    asked.begin(HELD)
    assert asked.requests[0].against == whole(Selection())


def test_without_is_taken_from_another_intervention_at_the_same_step() -> None:
    asked = Asked()
    for hold in ({"f": 1.0}, {"i": 1.0}):
        asked.begin(Selection(moment=4, intervention=Intervention(hold=hold)))
        assert not asked.answer(4)
    assert [one.against is not None for one in asked.requests] == [True, False]
    assert asked.evaluating.known(Selection(moment=4, intervention=Intervention(hold={"i": 1.0}))).plain


def test_a_moment_alone_is_compared_with_nothing_and_then_settled() -> None:
    asked = Asked()
    asked.begin(Selection(moment=4))
    assert asked.requests == [Ask(whole(Selection(moment=4)), (Question("evaluation"),))]
    assert not asked.answer(4)
    assert asked.evaluating.known(Selection(moment=4)).settled


def test_now_is_evaluated_again_and_for_whichever_sample() -> None:
    asked = Asked()
    for step in (5, 6):
        asked.begin(HELD)
        assert not asked.answer(step)
        chosen = asked.evaluating.known(changed(HELD, subject=Sample(8))).chosen
        assert chosen is not None and chosen.step == step


def test_another_sample_changes_nothing_and_another_selection_gives_up() -> None:
    asked = Asked()
    asked.begin(HELD)
    asked.evaluating.follow(changed(HELD, subject=Sample(4)))
    assert asked.evaluating.busy and not asked.cancelled
    asked.evaluating.follow(changed(HELD, moment=3))
    assert not asked.evaluating.busy and asked.cancelled == 1
    assert not asked.answer(7)  # it was on its way already
    asked.evaluating.advance(asked.requests[0], 0.5)
    assert asked.evaluating.known(HELD).chosen is None and not asked.evaluating.fail(asked.requests[0])


def test_without_an_answer_one_line_says_why_and_what_was_found_stays() -> None:
    asked = Asked()
    asked.begin(HELD)
    answer = evaluation(HELD, 7, counted(HELD))
    wrong = Answers((changed(answer, arrays={}), answer))
    for reply, said in (
        (Refused("no room"), "no room"),
        (Answers((), (Unanswerable("evaluation", "no such unit"),)), "no such unit"),
        (wrong, "can't be read"),
        (Answers((answer, changed(answer, facts={}))), "can't be read"),
        (Answers((answer,)), "no answer"),
    ):
        asked.begin(HELD)
        assert said in asked.evaluating.accept(asked.requests[-1], reply)
        assert not asked.evaluating.busy
    asked.begin(HELD)
    assert not asked.answer(7)
    asked.begin(HELD)
    assert asked.evaluating.fail(asked.requests[-1])
    known = asked.evaluating.known(HELD)
    assert known.chosen == found(HELD, 7) and known.progress is None


def test_what_was_found_longest_ago_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    asked = Asked()
    for moment in (1, 2, 3):
        asked.begin(Selection(moment=moment))
        assert not asked.answer(moment)
    kept = [asked.evaluating.known(Selection(moment=moment)).chosen is not None for moment in (1, 2, 3)]
    assert kept == [False, True, True]


def test_several_are_evaluated_in_turn_and_what_is_asked_meanwhile_comes_first() -> None:
    asked = Asked(replace(NO_RUN, state="finished", step=7))
    some = [Selection(intervention=Intervention(hold={name: 1.0})) for name in "ifo"]
    asked.evaluating.begin_all(some, asked.snapshot)
    assert [asked.evaluating.known(one).progress for one in some] == [0.0, 0.0, 0.0]
    assert len(asked.requests) == 1 and asked.evaluating.evaluates(some[0])
    assert not asked.answer(7)
    asked.evaluating.go_on(asked.snapshot)
    asked.evaluating.follow(HELD)  # another change is chosen: those that wait are wanted all the same
    assert asked.evaluating.evaluates(some[1])
    asked.begin(changed(HELD, moment=3))
    assert not asked.answer(3)
    asked.evaluating.go_on(asked.snapshot)
    for _ in range(2):
        assert not asked.answer(7)
        asked.evaluating.go_on(asked.snapshot)
    assert not asked.evaluating.busy and len(asked.requests) == 5
    assert all(asked.evaluating.known(one).chosen == found(one, 7) for one in some)
    asked.evaluating.begin_all(some, asked.snapshot)
    assert not asked.evaluating.busy  # nothing is computed twice for the same weights
    asked.snapshot = replace(asked.snapshot, step=8)
    asked.evaluating.begin_all(some, asked.snapshot)
    assert asked.evaluating.evaluates(some[0])


def test_one_without_an_answer_ends_all_that_wait_and_so_does_giving_up() -> None:
    asked = Asked()
    some = [Selection(intervention=Intervention(hold={name: 1.0})) for name in "if"]
    for end in (
        lambda: asked.evaluating.accept(asked.requests[-1], Refused("no room")),
        lambda: asked.evaluating.fail(asked.requests[-1]),
        asked.evaluating.give_up,
    ):
        asked.evaluating.begin_all(some, asked.snapshot)
        end()
        asked.evaluating.go_on(asked.snapshot)
        assert not asked.evaluating.busy
        assert [asked.evaluating.known(one).progress for one in some] == [None, None]
