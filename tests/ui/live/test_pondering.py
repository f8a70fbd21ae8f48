"""Heavy questions of the views: asked once, kept, given up; never by the clock while the weights learn."""

from __future__ import annotations

import dataclasses

from kit.fake_engine import probed
from msgspec.structs import replace

from explorer.protocol.messages import Refused
from explorer.protocol.questions import (
    Answer,
    Answers,
    Ask,
    Intervention,
    Question,
    Selection,
    Unanswerable,
)
from explorer.runs.snapshot import NO_RUN, Snapshot
from explorer.ui.live.pondering import Pondering
from explorer.ui.live.shelf import Shelf

HARD = (Question("activations"),)
HELD = Selection(intervention=Intervention(hold={"f": 1.0}))


def at(step: int, state: str = "training") -> Snapshot:
    """Return the snapshot of a run in this state."""
    return dataclasses.replace(NO_RUN, step=step, state=state)


def answer(selection: Selection, step: int) -> Answer:
    """Return an engine's answer."""
    (answer,) = probed(0, step).answers
    return replace(answer, asked=selection)


class Asked:
    """What asks, and what it has asked and given up."""

    def __init__(self) -> None:
        """Ask nothing yet."""
        self.requests: list[Ask] = []
        self.cancelled: list[Ask] = []
        self.shelf = Shelf()
        self.pondering = Pondering(self.shelf, self.requests.append, self.cancelled.append)

    def answer(self, step: int, snapshot: Snapshot) -> list[dict[str, Answer]]:
        """Answer the newest request."""
        request = self.requests[-1]
        reply = Answers(tuple(answer(one, step) for one in request.selections))
        return self.pondering.accept(request, reply, snapshot)[0]


def test_while_it_learns_a_question_is_asked_once_and_again_when_a_person_chooses() -> None:
    asked = Asked()
    assert asked.pondering.want(Ask(Selection(), HARD), at(1))
    for step in (1, 2, 3):
        assert not asked.pondering.want(Ask(Selection(), HARD), at(step))
    assert asked.pondering.pending == ("activations",)
    assert asked.answer(1, at(3)) == [{"activations": answer(Selection(), 1)}]
    assert not asked.pondering.want(Ask(Selection(), HARD), at(4)) and not asked.pondering.pending
    assert asked.pondering.want(Ask(HELD, HARD), at(4))
    assert asked.requests == [Ask(Selection(), HARD), Ask(HELD, HARD)]


def test_a_pause_and_an_end_bring_the_answer_up_to_date() -> None:
    for state in ("paused", "finished"):
        asked = Asked()
        asked.pondering.want(Ask(Selection(), HARD), at(1))
        asked.answer(1, at(3))
        assert asked.pondering.want(Ask(Selection(), HARD), at(5, state))
        asked.answer(5, at(5, state))
        assert not asked.pondering.want(Ask(Selection(), HARD), at(5, state))


def test_of_a_run_that_rests_going_back_asks_nothing() -> None:
    asked, rest = Asked(), at(9, "finished")
    for selection in (Selection(), HELD):
        asked.pondering.want(Ask(selection, HARD), rest)
        asked.answer(9, rest)
    assert not asked.pondering.want(Ask(Selection(), HARD), rest)
    assert asked.shelf.recall(Selection(), HARD) == {"activations": answer(Selection(), 9)}
    assert len(asked.requests) == 2


def test_what_is_no_longer_chosen_is_given_up_and_its_answer_dropped() -> None:
    asked = Asked()
    asked.pondering.want(Ask(Selection(), HARD), at(1))
    first = asked.requests[0]
    asked.pondering.want(Ask(HELD, HARD), at(1))
    assert asked.cancelled == [first]
    assert not asked.pondering.advance(first, 0.5) and asked.pondering.share == 0.0
    assert asked.pondering.accept(first, Answers((answer(Selection(), 1),)), at(1)) == ([], {})
    assert asked.pondering.advance(asked.requests[1], 0.25) and asked.pondering.share == 0.25
    asked.pondering.want(Ask(HELD, ()), at(1))
    assert asked.cancelled == asked.requests and not asked.pondering.pending


def test_with_and_without_are_one_request_and_come_apart() -> None:
    asked = Asked()
    asked.pondering.want(Ask(HELD, HARD, Selection()), at(1))
    assert asked.requests == [Ask(HELD, HARD, Selection())]
    assert [part["activations"].asked for part in asked.answer(1, at(1))] == [HELD, Selection()]


def test_without_an_answer_one_line_says_why_and_it_is_not_asked_again_by_the_clock() -> None:
    for reply, said in (
        (Refused("no room"), "no room"),
        (Answers((), (Unanswerable("activations", "no such unit"),)), "no such unit"),
    ):
        asked, rest = Asked(), at(9, "finished")
        asked.pondering.want(Ask(Selection(), HARD), rest)
        assert asked.pondering.accept(asked.requests[0], reply, rest)[1] == {"activations": said}
        assert not asked.pondering.want(Ask(Selection(), HARD), rest)
        assert asked.pondering.want(Ask(Selection(), HARD), at(10, "finished"))


def test_a_run_that_is_getting_ready_is_not_asked() -> None:
    asked = Asked()
    for state in ("none", "starting", "preparing"):
        assert not asked.pondering.want(Ask(Selection(), HARD), at(0, state))
    assert asked.pondering.want(Ask(Selection(), HARD), at(1))
