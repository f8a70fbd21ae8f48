"""When the engine is asked, and what is kept of its answers."""

from __future__ import annotations

import dataclasses

from kit.fake_engine import probed
from msgspec.structs import replace

from explorer.protocol.messages import Request
from explorer.protocol.questions import Answers, Ask, Intervention, Question, Sample, Selection, Unanswerable
from explorer.runs.snapshot import NO_RUN, Snapshot
from explorer.ui.live.asking import Asking
from explorer.ui.live.shelf import Kept, Shelf

GATES = (Question("activations"),)


def at(step: int, state: str = "training") -> Snapshot:
    """Return the snapshot of a run in this state."""
    return dataclasses.replace(NO_RUN, step=step, state=state)


def about(index: int, moment: int | None = None) -> Selection:
    """Return the selection of a sample."""
    return Selection(subject=Sample(index), moment=moment)


def answered(index: int, step: int, moment: int | None = None) -> Answers:
    """Return an engine's answer about a sample."""
    (answer,) = probed(index, step).answers
    return Answers((replace(answer, asked=about(index, moment)),))


def asking() -> tuple[Asking, list[Request]]:
    """Return what asks, and what it has asked."""
    asked: list[Request] = []
    return Asking(Shelf(), asked.append), asked


def test_a_run_that_is_getting_ready_is_not_asked() -> None:
    one, asked = asking()
    for state in ("none", "starting", "preparing"):
        one.want(Ask(about(0), GATES), at(0, state))
    one.want(Ask(about(0), ()), at(1))
    assert asked == []
    one.want(Ask(about(0), GATES), at(1))
    assert asked == [Ask(about(0), GATES)]


def test_it_asks_again_once_the_weights_have_changed_but_never_twice_at_a_time() -> None:
    one, asked = asking()
    for step in (1, 1, 2):
        one.want(Ask(about(0), GATES), at(step))
    assert len(asked) == 1
    assert [[*about] for about in one.accept(answered(0, 2), at(2))] == [["activations"]]
    one.want(Ask(about(0), GATES), at(2))
    assert len(asked) == 1
    one.want(Ask(about(0), GATES), at(3))
    assert len(asked) == 2


def test_another_sample_is_asked_about_at_once_and_late_answers_are_kept_but_not_shown() -> None:
    asked: list[Request] = []
    shelf = Shelf()
    one = Asking(shelf, asked.append)
    one.want(Ask(about(0), GATES), at(1))
    one.want(Ask(about(1), GATES), at(1))
    assert asked == [Ask(about(0), GATES), Ask(about(1), GATES)]
    assert one.accept(answered(0, 1), at(1)) == [{}]
    assert any(one.accept(answered(1, 1), at(1))) and one.chosen
    assert shelf.recall(about(0), GATES)["activations"].asked == about(0)


def test_what_a_person_asked_for_is_told_from_what_the_clock_did() -> None:
    one, _ = asking()
    one.want(Ask(about(0), GATES), at(1))
    assert any(one.accept(answered(0, 1), at(1))) and not one.chosen
    one.want(Ask(about(0), GATES), at(2))
    assert any(one.accept(answered(0, 2), at(2))) and not one.chosen
    one.want(Ask(about(1), GATES), at(2))
    assert any(one.accept(answered(1, 2), at(2))) and one.chosen


def test_going_back_asks_nothing_while_the_weights_are_the_same() -> None:
    one, asked = asking()
    for index in (0, 1):
        one.want(Ask(about(index), GATES), at(9, "finished"))
        one.accept(answered(index, 9), at(9, "finished"))
    one.want(Ask(about(0), GATES), at(9, "finished"))
    assert len(asked) == 2
    one.want(Ask(about(1), GATES), at(12, "finished"))  # another training has been there meanwhile
    assert len(asked) == 3


def test_kept_weights_never_change() -> None:
    one, asked = asking()
    one.want(Ask(about(0, moment=4), GATES), at(9))
    one.accept(answered(0, 4, moment=4), at(9))
    for step in (10, 11):
        one.want(Ask(about(0, moment=4), GATES), at(step))
    assert len(asked) == 1


def test_where_there_is_no_answer_it_asks_again_once_the_run_has_changed() -> None:
    one, asked = asking()
    one.want(Ask(about(0), GATES), at(1))
    assert one.accept(Answers((), (Unanswerable("activations", "no memory"),)), at(1)) == [{}]
    one.give_up(at(1))
    one.want(Ask(about(0), GATES), at(1))
    assert len(asked) == 1
    one.want(Ask(about(0), GATES), at(2))
    assert len(asked) == 2


def test_what_is_compared_is_asked_in_the_same_request_and_answered_apart() -> None:
    one, asked = asking()
    held = replace(about(0), intervention=Intervention(hold={"f": 1.0}))
    one.want(Ask(held, GATES, about(0)), at(1))
    assert asked == [Ask(held, GATES, about(0))]
    (plain,) = answered(0, 1).answers
    found = one.accept(Answers((replace(plain, asked=held), plain)), at(1))
    assert [part["activations"].asked for part in found] == [held, about(0)]
    one.want(Ask(held, GATES, about(0)), at(1))
    assert len(asked) == 1
    one.want(Ask(held, GATES, about(0)), at(2))
    assert len(asked) == 2


def test_a_sample_beyond_the_last_is_known_by_the_number_that_it_has() -> None:
    one, asked = asking()
    one.want(Ask(about(37), GATES), at(1))
    assert one.within(30) == Sample(7)
    one.want(Ask(about(7), GATES), at(1))
    assert len(asked) == 1
    assert any(one.accept(answered(7, 1), at(1)))
    assert one.within(30) is None


def test_of_too_many_bytes_the_answers_used_longest_ago_go() -> None:
    (answer,) = probed(0).answers
    size = sum(len(array.data) for array in answer.arrays.values())
    shelf = Shelf(3 * size)
    for index in range(3):
        shelf.put(about(index), GATES[0], Kept(answer, index))
    assert shelf.get(about(0), GATES[0]) == Kept(answer, 0)
    shelf.put(about(3), GATES[0], Kept(answer, 3))
    assert shelf.get(about(1), GATES[0]) is None
    assert [shelf.get(about(index), GATES[0]) is not None for index in (0, 2, 3)] == [True] * 3
    shelf.put(about(3), GATES[0], Kept(answer, "newer"))
    assert shelf.get(about(0), GATES[0]) and shelf.get(about(3), GATES[0]) == Kept(answer, "newer")


def test_an_answer_is_kept_by_what_was_asked_and_not_by_the_run() -> None:
    (answer,) = probed(0).answers
    shelf = Shelf()
    shelf.put(replace(about(0), run="/x"), GATES[0], Kept(answer, 1))
    assert shelf.get(about(0), GATES[0])
    assert not shelf.get(about(0, moment=1), GATES[0])
    assert not shelf.get(about(0), Question("activations", {"class": 1}))
