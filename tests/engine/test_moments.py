"""Questions about an earlier step, to the engine that trains and to the read-only one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from kit.digits import tiny_config, write_tiny_mnist
from kit.probing import prober
from kit.trainings import Trained, first_digits, one_thread, require_same, train
from kit.viewers import running, until

from explorer.engine import lifecycle
from explorer.engine.data.dataset import Dataset
from explorer.engine.read_only import Library
from explorer.engine.record import moments
from explorer.engine.record.moments import model_at
from explorer.protocol.client import EngineClient
from explorer.protocol.messages import Done, FindSample, Refused, Reply, Request, Stop
from explorer.protocol.probes import PROBES, lacking
from explorer.protocol.questions import Answer, Answers, Ask, Intervention, Question, Sample, Selection, Span
from explorer.runs.catalogue import create_run
from explorer.runs.events import Event, MomentKept
from explorer.runs.folder import RunFolder
from explorer.runs.shape import DIGITS

SMALL = {"hidden": 8, "batch_size": 16, "epochs": 2, "seed": 5}
"""A training of 2 epochs of 8 steps over 128 samples."""


def about(moment: int | None, index: int = 3, run: str = "", cell: str = "lstm") -> Ask:
    """Every question that speaks of one sample and that the cell can be asked, at a moment, with a change."""
    names = [name for name, row in PROBES.items() if row.about == "one" and not lacking(name, cell)]
    questions = tuple(map(Question, names))
    changed = Intervention(blank=(Span(1, 1),))  # that row is blank anyway; one question needs some change
    return Ask(Selection(run=run, moment=moment, subject=Sample(index), intervention=changed), questions)


def answers(reply: object) -> dict[str, Answer]:
    """The answers of a reply, by question."""
    assert isinstance(reply, Answers) and not reply.unanswerable, reply
    return {answer.what: answer for answer in reply.answers}


def require_alike(one: dict[str, Answer], other: dict[str, Answer]) -> None:
    """Require the same numbers, to the bit, from the same step; what was asked may differ in the moment."""
    assert one.keys() == other.keys()
    for what, answer in one.items():
        assert (answer.step, answer.facts) == (other[what].step, other[what].facts)
        assert answer.arrays == other[what].arrays


@pytest.fixture(scope="module")
def few() -> Dataset:
    """128 training samples and 50 test samples."""
    return first_digits(128, 50)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The steps whose weights were read from the disk, or made from the seed, one after the other."""
    reads: list[int] = []

    def reading(folder: RunFolder, config: object, shape: object, step: int) -> object:
        reads.append(step)
        return model_at(folder, config, shape, step)

    monkeypatch.setattr(moments, "model_at", reading)
    return reads


class TestTraining:
    @pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
    def test_what_is_asked_later_about_a_moment_is_what_was_answered_then(
        self, tmp_path: Path, few: Dataset, cell: str
    ) -> None:
        moments = (0, 1, 2, 4, 8)

        def ask(trained: Trained) -> list[Request]:
            done, asked = len(trained.steps), len(trained.answers)
            if asked < len(moments):
                return [about(None, cell=cell)] if done == moments[asked] else []
            later = [about(moment, cell=cell) for moment in moments]
            return later if done == 12 and asked == len(moments) else []

        trained = train(tmp_path, few, ask, cell=cell, **SMALL)
        then, later = (list(map(answers, part)) for part in (trained.answers[:5], trained.answers[5:]))
        for moment, one, other in zip(moments, then, later, strict=True):
            require_alike(one, other)
            assert {(answer.step, answer.asked.moment) for answer in one.values()} == {(moment, None)}
            assert {(answer.step, answer.asked.moment) for answer in other.values()} == {(moment, moment)}
        assert then[0]["activations"].arrays["h"] != then[1]["activations"].arrays["h"]

    def test_the_weights_that_are_trained_stay_as_they_are(self, tmp_path: Path, few: Dataset) -> None:
        def ask(trained: Trained) -> list[Request]:
            return [about(moment, len(trained.steps)) for moment in (0, 1, 2, 4)]

        asked, alone = train(tmp_path, few, ask, **SMALL), train(tmp_path, few, **SMALL)
        assert sum(isinstance(answer, Answers) for answer in asked.answers) > 4 * 12
        require_same(asked.weights, alone.weights)
        assert asked.facts == alone.facts

    def test_the_moment_asked_about_last_is_read_once_and_the_present_one_never(
        self, tmp_path: Path, few: Dataset, reads: list[int]
    ) -> None:
        def ask(trained: Trained) -> list[Request]:
            if len(trained.steps) != 7 or trained.answers:
                return []
            samples = [about(4, index) for index in range(5)]
            return [*samples, about(7), about(None), *samples, about(2), about(4)]

        trained = train(tmp_path, few, ask, **SMALL)
        assert reads == [4, 2, 4]
        steps = [{answer.step for answer in answers(reply).values()} for reply in trained.answers]
        assert steps == [{4}] * 5 + [{7}] * 2 + [{4}] * 5 + [{2}, {4}]

    def test_a_step_that_was_not_kept_is_refused_in_one_line_and_the_training_goes_on(
        self, tmp_path: Path, few: Dataset
    ) -> None:
        def ask(trained: Trained) -> list[Request]:
            if len(trained.steps) != 6 or trained.answers:
                return []
            trained.folder.moment_at(2).write_bytes(b"nonsense")
            return [about(3), about(2), about(700), about(None)]

        trained = train(tmp_path, few, ask, **SMALL)
        unkept, damaged, future, now = trained.answers
        assert unkept == Refused("no weights were kept at step 3; the nearest are 2 and 4", mistake=True)
        assert future == Refused("no weights were kept at step 700; the nearest is 4", mistake=True)
        assert isinstance(damaged, Refused)
        assert damaged.message.endswith("; the nearest are 1 and 4") and "is damaged: " in damaged.message
        assert isinstance(now, Answers) and trained.ended is None and len(trained.steps) == 16

    def test_a_search_is_about_now_whatever_was_asked_before(self, tmp_path: Path, few: Dataset) -> None:
        def ask(*moments: int) -> Callable[[Trained], list[Request]]:
            return lambda trained: [
                *([about(moment) for moment in moments] if len(trained.steps) == 5 else []),
                FindSample(0),
            ]

        one, other = train(tmp_path, few, ask(0, 1), **SMALL), train(tmp_path, few, ask(), **SMALL)
        found = [answer for answer in one.answers if not isinstance(answer, Answers)]
        assert found == other.answers


def test_without_other_weights_only_now_can_be_asked() -> None:
    refused = prober("lstm", 5, 3, 2).answer(about(4), 7, None)
    assert refused == Refused("no weights of step 4 can be asked here, only those of now")


class TestReadOnly:
    @pytest.fixture
    def run(self, tmp_path: Path) -> RunFolder:
        """A run of 2 epochs of 5 steps, trained to its end."""
        write_tiny_mnist(tmp_path)
        run = create_run(tmp_path / "runs", tiny_config(tmp_path, epochs=2), "one")
        with one_thread():
            lifecycle.train(run)
        return run

    def test_every_kept_step_of_a_run_can_be_asked(self, run: RunFolder, reads: list[int]) -> None:
        library = Library()
        assert run.kept_steps() == [0, 1, 2, 4, 5, 10]
        for step in run.kept_steps():
            for index in range(2):
                found = answers(library.answer(about(step, index, str(run.path))))
                assert {(answer.step, answer.asked.moment) for answer in found.values()} == {(step, step)}
        assert reads == [0, 1, 2, 4, 5]  # the newest ones are in memory
        newest = answers(library.answer(about(None, 1, str(run.path))))
        require_alike(newest, found)

    def test_a_moment_s_probabilities_are_those_of_its_weights(self, run: RunFolder) -> None:
        reply = Library().answer(about(4, 1, str(run.path)))
        answer = answers(reply)["activations"]
        model = model_at(run, run.read().config, DIGITS, 4)
        x = torch.frombuffer(bytearray(answer.arrays["input"].data), dtype=torch.uint8).view(1, 28, 28)
        pixels = (x.float() / 255 - 0.1307) / 0.3081
        with torch.no_grad():
            lstm = torch.nn.LSTM(28, 8, batch_first=True)
            lstm.load_state_dict(model.layer.state_dict())
            h, _ = lstm(pixels)
            wanted = model.head(h[0, -1]).softmax(0)
        found = torch.frombuffer(bytearray(answer.arrays["probabilities"].data), dtype=torch.float32)
        torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)

    def test_a_step_that_was_not_kept_names_the_nearest(self, run: RunFolder) -> None:
        refused = Library().answer(about(7, 0, str(run.path)))
        assert refused == Refused("no weights were kept at step 7; the nearest are 5 and 10", mistake=True)

    def test_a_moment_that_is_trained_again_is_read_again(self, run: RunFolder, reads: list[int]) -> None:
        library = Library()
        before = answers(library.answer(about(4, 0, str(run.path))))
        moments.save_moment(run, 4, run.read().config, model_at(run, run.read().config, DIGITS, 1))
        after = answers(library.answer(about(4, 0, str(run.path))))
        assert reads == [4, 4]
        assert before["activations"].arrays["h"] != after["activations"].arrays["h"]


def test_a_viewer_asks_over_the_socket_while_an_engine_trains_and_after_it_has_ended(tmp_path: Path) -> None:
    write_tiny_mnist(tmp_path)
    run = create_run(tmp_path / "runs", tiny_config(tmp_path, epochs=10_000), "one")
    clients: list[EngineClient] = []
    replies: list[Reply] = []

    def sink(event: Event) -> None:
        if isinstance(event, MomentKept) and event.step == 4:
            clients.append(EngineClient(run.socket))
            clients[0].open()

    def watch() -> None:
        until(lambda: clients)
        replies.extend(clients[0].ask(about(moment)) for moment in (0, 1, 2, 4))
        assert isinstance(clients[0].ask(Stop()), Done)
        until(lambda: run.engine_pid() is None)
        replies.extend(clients[0].ask(about(moment)) for moment in (0, 1, 2, 4))
        clients[0].close()

    with running(watch), one_thread():
        assert lifecycle.train(run, sink, lingers=True) == "stopped"
    assert [reply.state in ("training", None) for reply in replies] == [True] * 8
    for one, other in zip(map(answers, replies[:4]), map(answers, replies[4:]), strict=True):
        require_alike(one, other)
