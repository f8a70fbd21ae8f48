"""Heavy questions: refused by a training, answered beside it from its weights as they are now."""

from __future__ import annotations

import os
from threading import Event, get_native_id

import pytest
import torch
from kit.asking import activations_of, answer_in
from kit.digits import tiny_config, write_tiny_mnist
from kit.probing import prober
from kit.trainings import one_thread
from kit.viewers import DEADLINE, running, until
from msgspec.structs import replace

from explorer.engine import heavy, lifecycle
from explorer.engine.probes import sets
from explorer.engine.read_only import Library
from explorer.protocol import probes
from explorer.protocol.client import EngineClient, EngineGone
from explorer.protocol.messages import FetchWeights, Pause, Refused, Reply, Stop, Weights
from explorer.protocol.questions import Answers, Ask, Intervention, Question, Samples, Selection
from explorer.runs.catalogue import create_run
from explorer.runs.events import Evaluated, StepTrained
from explorer.runs.folder import RunFolder
from explorer.runs.reader import read_events
from explorer.system.errors import Cancelled


@pytest.fixture
def run(tmp_path):
    """A new run of 2 epochs of 5 steps."""
    write_tiny_mnist(tmp_path)
    return create_run(tmp_path / "runs", tiny_config(tmp_path, epochs=2), "one")


@pytest.fixture(autouse=True)
def everything_is_heavy(monkeypatch):
    """The test sets here are small."""
    monkeypatch.setattr(probes, "LIGHT", 0)


def evaluation_of(run: RunFolder | None = None, **wanted: object) -> Ask:
    """Return the request to evaluate a set of samples."""
    return Ask(
        Selection(run=str(run.path) if run else "", subject=Samples(**wanted)), (Question("evaluation"),)
    )


def carry(library: Library, request: Ask, tell=lambda share: None) -> Reply:
    """Have a heavy question answered on a thread of its own, as a viewer's is."""
    later, replies = library.answer(request), []
    assert callable(later)
    with running(lambda: replies.append(later(tell))):
        pass
    return replies[0]


def whole_evaluations(run: RunFolder) -> list[Evaluated]:
    """Return the run's own evaluations of all test samples, the newest last."""
    return [event for event in read_events(run.events) if isinstance(event, Evaluated) and event.whole]


def require_equal(reply: Reply, own: Evaluated) -> None:
    """Require an answer to say what the training itself has found."""
    answer = answer_in(reply)
    assert (answer.step, answer.facts["samples"]) == (own.step, own.samples)
    assert answer.arrays["confusion"].numbers.tolist() == [n for row in own.confusion for n in row]
    assert answer.facts["accuracy"] == pytest.approx(own.accuracy)
    assert answer.facts["loss"] == pytest.approx(own.loss, rel=1e-5)


@pytest.mark.parametrize("options", [{}, {"cell": "gru", "preset": "notebook"}], ids=str)
def test_without_an_intervention_it_is_the_run_s_own_evaluation(tmp_path, run, options):
    run = create_run(tmp_path / "runs", tiny_config(tmp_path, epochs=2, **options), "two")
    with one_thread():
        lifecycle.train(run)
        require_equal(carry(Library(), evaluation_of(run)), whole_evaluations(run)[-1])


def test_at_a_kept_moment_it_is_what_the_run_found_then_and_no_training_is_asked(run, monkeypatch):
    with one_thread():
        lifecycle.train(run)
    monkeypatch.setattr(heavy, "ask_training", None)  # it would fail
    library, now = Library(), evaluation_of(run)
    kept = [own for own in whole_evaluations(run) if own.step in (0, 1, 2, 4, 5, 10)]
    assert len(kept) > 3
    for own in kept:
        then = replace(now, selection=replace(now.selection, moment=own.step))
        require_equal(carry(library, then), own)
    missing = replace(now, selection=replace(now.selection, moment=7))
    reply = carry(library, missing)
    assert isinstance(reply, Refused) and "step 7" in reply.message and "\n" not in reply.message


def test_the_weights_are_those_of_now_and_only_else_those_of_the_newest_checkpoint(
    tmp_path, run, monkeypatch
):
    """The training is paused: first its checkpoint can't be read, then it can't be reached."""
    run = create_run(tmp_path / "runs", tiny_config(tmp_path, epochs=10_000), "long")
    library, replies, refused, fetched = Library(), [], [], []
    newest_model = heavy.newest_model

    def sink(event):
        if isinstance(event, StepTrained) and event.step == 3:
            training.set()

    def watch():
        assert training.wait(DEADLINE)
        client = EngineClient(run.socket)
        client.ask(Pause(), DEADLINE)
        refused.append(client.ask(evaluation_of(), DEADLINE))
        fetched.append(client.ask(FetchWeights(), DEADLINE))
        monkeypatch.setattr(heavy, "newest_model", None)  # it would fail
        replies.append(carry(library, evaluation_of(run)))
        monkeypatch.setattr(heavy, "newest_model", newest_model)
        monkeypatch.setattr(heavy, "ask_training", unreachable)
        replies.append(carry(library, evaluation_of(run)))
        client.ask(Stop(), DEADLINE)
        client.close()

    def unreachable(*_, **__):
        raise EngineGone

    training = Event()
    with running(watch), one_thread():
        lifecycle.train(run, sink)
    (reply,) = refused
    assert isinstance(reply, Answers) and not reply.answers
    (missing,) = reply.unanswerable
    assert missing.heavy
    assert missing.reason == "evaluation is a heavy question: ask the read-only engine"
    now, kept = map(answer_in, replies)
    assert isinstance(fetched[0], Weights) and now.step == fetched[0].step >= 3
    assert kept.step == now.step and kept.facts == now.facts  # a pause saves a checkpoint


def test_of_several_questions_a_training_answers_the_light_ones(monkeypatch):
    asked = prober("lstm", 4, 2, 3)
    monkeypatch.setattr(probes, "LIGHT", 4 * 16)
    questions = (Question("saliency"), Question("activations"))
    reply = asked.answer(Ask(Selection(), questions), 7, "training")
    assert isinstance(reply, Answers) and [answer.what for answer in reply.answers] == ["activations"]
    assert [(one.what, one.heavy) for one in reply.unanswerable] == [("saliency", True)]


def test_beside_a_training_several_questions_are_answered_with_one_progress(monkeypatch):
    monkeypatch.setattr(sets, "PART_NUMBERS", 2 * 4 * (12 * 6 + 2))
    asked, told = prober("gru", 4, 2, 3), []
    questions = (Question("evaluation"), Question("evaluation"))
    reply = asked.answer(Ask(Selection(subject=Samples()), questions), 7, None, told.append)
    assert isinstance(reply, Answers) and len(reply.answers) == 2
    assert told == pytest.approx([0.2, 0.4, 0.5, 0.7, 0.9, 1.0])


def test_two_selections_are_answered_by_the_same_weights_as_each_alone(monkeypatch):
    monkeypatch.setattr(sets, "PART_NUMBERS", 2 * 4 * (12 * 6 + 2))
    asked, told = prober("gru", 4, 2, 3), []
    held = Selection(subject=Samples(), intervention=Intervention(hold={"z": 1.0}))
    questions = (Question("evaluation"),)
    both = asked.answer(Ask(held, questions, Selection(subject=Samples())), 7, None, told.append)
    alone = [
        asked.answer(Ask(one, questions), 7, None, told.append)
        for one in (held, replace(held, intervention=Intervention()))
    ]
    assert isinstance(both, Answers) and [*both.answers] == [answer_in(one) for one in alone]
    assert both.answers[0].facts != both.answers[1].facts
    assert told[:5] == pytest.approx([0.2, 0.4, 0.5, 0.7, 0.9])


@pytest.mark.parametrize("moments", [(5, None), (None, 5), (5, 2)], ids=str)
def test_two_moments_are_each_answered_by_their_own_weights(run, moments):
    with one_thread():
        lifecycle.train(run)
    one, other = (replace(evaluation_of(run).selection, moment=moment) for moment in moments)
    reply = carry(Library(), Ask(one, (Question("evaluation"),), other))
    assert isinstance(reply, Answers)
    for answer, moment in zip(reply.answers, moments, strict=True):
        step = 10 if moment is None else moment
        (own,) = [own for own in whole_evaluations(run) if own.step == step]
        require_equal(Answers((answer,)), own)


def test_it_stops_computing_when_nobody_waits_any_more(monkeypatch):
    monkeypatch.setattr(sets, "PART_NUMBERS", 1)
    asked, told = prober("gru", 4, 2, 3), []

    def tell(share):
        told.append(share)
        if len(told) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        asked.answer(evaluation_of(), 7, None, tell)
    assert told == pytest.approx([0.2, 0.4])


def test_they_are_computed_one_at_a_time_and_those_that_wait_say_so(run, monkeypatch):
    with one_thread():
        lifecycle.train(run)
    library, going, go_on, told, replies = Library(), Event(), Event(), [], []
    monkeypatch.setattr(heavy, "TURN_SECONDS", 0.01)

    def hold_up(share):
        going.set()
        assert go_on.wait(DEADLINE)

    def wait_and_go(share):
        if len(told) == 3:
            raise Cancelled
        told.append(share)

    first, second = library.answer(evaluation_of(run)), library.answer(evaluation_of(run, first=3))

    def give_up():
        with pytest.raises(Cancelled):
            second(wait_and_go)

    with running(lambda: replies.append(first(hold_up))):
        assert going.wait(DEADLINE)
        with running(give_up):
            pass
        assert told == [0.0] * 3 and not replies
        go_on.set()
    assert [answer_in(reply).facts["samples"] for reply in replies] == [whole_evaluations(run)[-1].samples]
    assert answer_in(carry(library, evaluation_of(run, first=3))).facts["samples"] == 3


def test_only_the_thread_that_computes_has_a_low_priority_and_one_core(monkeypatch, tmp_path):
    monkeypatch.setattr(heavy, "SESSION", tmp_path / "none" / "such")  # as where Linux doesn't weigh sessions
    before, seen = os.getpriority(os.PRIO_PROCESS, 0), []

    def work():
        with heavy.giving_way():
            seen.extend([os.getpriority(os.PRIO_PROCESS, get_native_id()), torch.get_num_threads()])

    with running(work):
        pass
    assert seen == [19, 1] and os.getpriority(os.PRIO_PROCESS, 0) == before


@pytest.mark.parametrize(("own", "weights"), [(True, ["10", "0"]), (False, ["3", "3"])])
def test_an_engine_with_a_session_to_itself_lowers_that_meanwhile_and_leaves_one_that_it_shares(
    monkeypatch, tmp_path, own, weights
):
    session, seen = tmp_path / "autogroup", []
    session.write_text("3")
    monkeypatch.setattr(heavy, "SESSION", session)
    monkeypatch.setattr(os, "getsid", lambda pid: os.getpid() if own else 1)

    def work():
        with heavy.giving_way():
            seen.append(session.read_text())
        seen.append(session.read_text())

    with running(work):
        pass
    assert seen == weights


@pytest.mark.parametrize("trouble", ["damaged", "other weights"])
def test_what_cannot_be_loaded_is_refused_in_one_line(run, monkeypatch, trouble):
    with one_thread():
        lifecycle.train(run)
    library = Library()
    if trouble == "damaged":
        for path in run.checkpoint_files():
            path.write_bytes(b"x")
    else:
        monkeypatch.setattr(heavy, "_fetch", lambda *_: 3)
    reply = carry(library, evaluation_of(run))
    said = {"damaged": "is damaged", "other weights": "weights of another model"}
    assert isinstance(reply, Refused) and said[trouble] in reply.message and "\n" not in reply.message
    again = library.answer(evaluation_of(run))  # the next one has its turn
    assert callable(again)


def test_light_questions_are_answered_by_the_same_engine_meanwhile(run, monkeypatch):
    with one_thread():
        lifecycle.train(run)
    library = Library()
    monkeypatch.setattr(probes, "LIGHT", 28 * 16)
    later = library.answer(evaluation_of(run))
    assert callable(later) and not callable(library.answer(activations_of(3, str(run.path))))
    going, go_on, replies = Event(), Event(), []

    def hold_up(share):
        going.set()
        assert go_on.wait(DEADLINE)

    with running(lambda: replies.append(later(hold_up))):
        assert going.wait(DEADLINE)
        with one_thread():
            assert answer_in(library.answer(activations_of(4, str(run.path)))).step == 10
        assert not replies
        go_on.set()
    until(lambda: replies)
