"""A fake engine: it lives in a thread, answers with made-up activations, and needs no torch.

To a viewer it looks real: it holds the run's lock, listens on its socket and writes its events.
"""

from __future__ import annotations

import os
import shutil
from array import array
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import chain
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from socket import SHUT_RDWR, socket
from threading import Thread

from kit import made_answers
from kit.facts import changed, stepped
from msgspec.structs import replace

from explorer.protocol.messages import (
    Continue,
    Done,
    FindSample,
    Pause,
    Progress,
    Refused,
    Reply,
    Request,
    SampleFound,
    ScaleLearningRate,
    Stop,
    pack,
    unpack_request,
)
from explorer.protocol.questions import (
    Answer,
    Answers,
    Array,
    Ask,
    Given,
    Question,
    Sample,
    Samples,
    Selection,
    Unanswerable,
)
from explorer.runs.events import ActivationInfo, Event, LearningRateChanged, State
from explorer.runs.folder import RunFolder
from explorer.runs.lock import EngineLock
from explorer.runs.shape import DIGITS
from explorer.runs.writer import EventWriter
from explorer.system.errors import GatescopeError
from explorer.system.path_text import text_path

GATES = {
    "lstm": [
        ActivationInfo("i", "input gate", "unit"),
        ActivationInfo("f", "forget gate", "unit"),
        ActivationInfo("g", "candidate", "signed"),
        ActivationInfo("o", "output gate", "unit"),
        ActivationInfo("c", "memory", "open"),
        ActivationInfo("h", "hidden state", "signed"),
    ],
    "gru": [
        ActivationInfo("r", "reset gate", "unit"),
        ActivationInfo("z", "update gate", "unit"),
        ActivationInfo("n", "candidate", "signed"),
        ActivationInfo("h", "hidden state", "signed"),
    ],
    "rnn": [ActivationInfo("h", "hidden state", "signed")],
}
HIDDEN = 40
COUNT = 10_000
MISREAD = 6_000
"""The sample that the fake finds when asked for a misread one."""


def activation(gate: int, row: int, unit: int) -> float:
    """Return the fake's activation, a different number for every gate, timestep and unit."""
    return ((7 * row + 3 * unit + 11 * gate) % 199 - 99) / 100


def probed(index: int, step: int = 0, cell: str = "lstm", hidden: int = HIDDEN) -> Answers:
    """Answer a probe as the fake does: a sample whose index ends in 9 is read as the class before its own."""
    label, read_as = index % 10, index % 10 - (index % 10 == 9)
    gates = GATES[cell]
    arrays = {
        info.name: Array(
            ("timestep", "unit"),
            (28, hidden),
            "float32",
            array(
                "f", [activation(gate, row, unit) for row in range(28) for unit in range(hidden)]
            ).tobytes(),
            info.label,
            info.span,
        )
        for gate, info in enumerate(gates)
    }
    pixels = bytes((5 * place + index) % 256 for place in range(28 * 28))
    scores = array("f", [0.91 if digit == read_as else 0.01 for digit in range(10)]).tobytes()
    classes = {"class": DIGITS.classes}
    arrays["input"] = Array(("timestep", "input"), (28, 28), "uint8", pixels)
    arrays["probabilities"] = Array(("class",), (10,), "float32", scores, coordinates=classes)
    answer = Answer(
        what="activations",
        asked=Selection(subject=Sample(index)),
        step=step,
        facts={"label": label, "predicted": read_as, "samples": COUNT},
        arrays=arrays,
    )
    return Answers((answer,))


def share(timestep: int, index: int, column: int) -> float:
    """Return how likely the fake finds a class after a timestep: it decides for the right one at 20."""
    believed = index % 10 if timestep >= 19 else 7
    return 0.91 if column == believed else 0.01


def _belief(question: Question, selection: Selection, step: int, cell: str) -> Answer:
    """Answer about the belief; where an activation is held, it decides for the class after the right one."""
    index, label = _read(selection)
    changed = selection.intervention
    timesteps = 28 + changed.append_blank
    believed = index + bool(changed.hold)
    shares = [share(t, believed, column) for t in range(timesteps) for column in range(10)]
    classes = {"class": DIGITS.classes}
    shape, numbers = (timesteps, 10), array("f", shares).tobytes()
    belief = Array(("timestep", "class"), shape, "float32", numbers, span="unit", coordinates=classes)
    decided = 1 if believed % 10 == 7 else 20
    facts = {"label": label, "predicted": believed % 10, "decided_at": decided, "samples": COUNT}
    return Answer(what="belief", asked=selection, step=step, facts=facts, arrays={"belief": belief})


def _activations(question: Question, selection: Selection, step: int, cell: str) -> Answer:
    """Answer about the activations: those that are held have their value, blank timesteps are appended."""
    index, label = _read(selection)
    (answer,) = probed(index, step, cell, HIDDEN).answers
    given = {"input": selection.subject.x} if isinstance(selection.subject, Given) else {}
    if label is None:
        answer = replace(answer, facts=answer.facts | {"label": None})
    changed, arrays = selection.intervention, {**answer.arrays, **given}
    for name, value in changed.hold.items():
        arrays[name] = replace(arrays[name], data=array("f", [value] * (28 * HIDDEN)).tobytes())
    if count := changed.append_blank:
        for name, part in arrays.items():
            if part.axes[0] == "timestep":
                more = part.data[-len(part.data) // 28 :] * count
                arrays[name] = replace(part, shape=(28 + count, part.shape[1]), data=part.data + more)
    if changed.hold:
        (other,) = probed((index + 1) % 9, step, cell, HIDDEN).answers
        arrays["probabilities"] = other.arrays["probabilities"]
        answer = replace(answer, facts=answer.facts | {"predicted": other.facts["predicted"]})
    return replace(answer, asked=selection, arrays=arrays)


def drawn(data: bytes) -> int:
    """Return the index of the sample that the fake takes an input of these bytes for."""
    return sum(data) % 8  # none that is misread


def _read(selection: Selection) -> tuple[int, int | None]:
    """The sample that is read, and its class; an input is taken for a sample, and has no class."""
    match selection.subject:
        case Sample(index=index):
            return index, index % 10
        case Given(x=x):
            return drawn(x.data), None
    raise AssertionError(f"no single sequence: {selection.subject}")


def saliency(timestep: int, place: int, number: int) -> float:
    """Return how much the fake says that an input speaks for a class, from -1 to 1."""
    return ((5 * timestep + 3 * place + 7 * number) % 41 - 20) / 20


def _saliency(question: Question, selection: Selection, step: int, cell: str) -> Answer:
    """Answer why a class, or why the one that the sample was read as."""
    read = _activations(question, selection, step, cell)
    wanted = question.options.get("class")
    number = read.facts["predicted"] if wanted is None else wanted
    assert isinstance(number, int)
    values = [saliency(timestep, place, number) for timestep in range(28) for place in range(28)]
    part = Array(("timestep", "input"), (28, 28), "float32", array("f", values).tobytes(), "made up")
    return replace(read, what="saliency", facts=read.facts | {"class": number}, arrays={"saliency": part})


def half_life(unit: int, step: int) -> float:
    """Return the half-life that the fake says a unit has: another order at every step."""
    return float((7 * unit + 5 * step) % 31)


def vote(unit: int, number: int) -> float:
    """Return the vote that the fake says a unit has for a class."""
    return float((11 * unit + 3 * number) % 37 - 18)


def _units(question: Question, selection: Selection, step: int, cell: str) -> Answer:
    """Answer about every unit."""
    read = _activations(question, selection, step, cell)
    votes = array("f", [vote(unit, number) for unit in range(HIDDEN) for number in range(10)]).tobytes()
    classes = {"class": DIGITS.classes}
    arrays = {"votes": Array(("unit", "class"), (HIDDEN, 10), "float32", votes, coordinates=classes)}
    if cell != "rnn":
        lasting = array("f", [half_life(unit, step) for unit in range(HIDDEN)]).tobytes()
        arrays["half_life"] = Array(("unit",), (HIDDEN,), "float32", lasting)
    return replace(read, what="units", arrays=arrays)


def counted(selection: Selection, classes: int = 10) -> list[list[int]]:
    """Return the fake's confusion matrix: a held activation, or an earlier moment, moves counts from the
    diagonal to the class after it.
    """
    moved = 100 * len(selection.intervention.hold) + (selection.moment or 0)
    rows = [[10 * row + column for column in range(classes)] for row in range(classes)]
    for row, counts in enumerate(rows):
        counts[row] = 900 + row - moved
        counts[(row + 1) % classes] += moved
    return rows


def evaluation(selection: Selection, step: int, counts: Sequence[Sequence[int]]) -> Answer:
    """Return the answer that counted this."""
    flat = [count for row in counts for count in row]
    axes, shape = ("label", "predicted"), (len(counts), len(counts))
    right = sum(counts[row][row] for row in range(len(counts))) / sum(flat)
    facts = {"loss": 0.5, "accuracy": right, "samples": COUNT}
    confusion = Array(axes, shape, "int64", array("q", flat).tobytes())
    return Answer(what="evaluation", asked=selection, step=step, facts=facts, arrays={"confusion": confusion})


def _evaluation(question: Question, selection: Selection, step: int, cell: str) -> Answer:
    """Answer about the whole test set."""
    assert selection.subject == Samples()
    at = step if selection.moment is None else selection.moment
    return evaluation(selection, at, counted(selection))


def _mistakes(question: Question, selection: Selection, step: int, cell: str) -> Answer:
    """Answer about a square: 23 samples, the index of the most wrong being 4901 for 4 read as 9."""
    label, read_as = question.options["label"], question.options["read_as"]
    assert isinstance(label, int) and isinstance(read_as, int)
    spans = {one.name: one.span for one in GATES[cell]}
    answer = made_answers.mistakes(28, 28, HIDDEN, 23, spans, (label, read_as))
    numbers = array("q", [1000 * label + 100 * read_as + rank for rank in range(1, 24)]).tobytes()
    samples = Array(("rank",), (23,), "int64", numbers)
    facts = answer.facts | {"samples": COUNT}
    return replace(
        answer, asked=selection, step=step, facts=facts, arrays=answer.arrays | {"samples": samples}
    )


def _sources(question: Question, selection: Selection, step: int, cell: str) -> Answer:
    """Answer when what is remembered was written."""
    return _as_read(made_answers.sources(28, 28), selection, step)


def _unit(question: Question, selection: Selection, step: int, cell: str) -> Answer:
    """Answer about one unit, as another one would be."""
    spans: dict[str, str] = {info.name: info.span for info in GATES[cell]}
    answer = _as_read(made_answers.unit(28, DIGITS.classes, spans), selection, step)
    return replace(answer, facts=answer.facts | {"unit": question.options["unit"]})


def _as_read(answer: Answer, selection: Selection, step: int) -> Answer:
    """A made-up answer of this step, which reads the sample as the activations do."""
    read = _activations(Question("activations"), selection, step, "rnn")
    return replace(answer, step=step, facts=answer.facts | read.facts)


ANSWERS: dict[str, Callable[[Question, Selection, int, str], Answer]] = {
    "activations": _activations,
    "belief": _belief,
    "saliency": _saliency,
    "units": _units,
    "evaluation": _evaluation,
    "mistakes": _mistakes,
    "sources": _sources,
    "unit": _unit,
}
"""What the fake answers to a probe, by a question, a selection, its step and the run's cell."""
SHARES: dict[str, Iterable[float]] = {}
"""What every fake says of its progress before it answers about a probe."""


def without_run(request: Request) -> Request:
    """Return a request as the screen made it, before the link named the run."""
    match request:
        case Ask():
            return request.about_run("")
        case FindSample():
            return replace(request, run="")
    return request


class FakeAnswerer:
    """Listens on a socket and answers like an engine; also stands in for its process."""

    def __init__(self, path: Path, cell: str = "lstm") -> None:
        """Start listening on a socket and answering."""
        self.requests: list[Request] = []
        """The requests, in order."""
        self.arguments: tuple[str, ...] = ()
        """The arguments of its process, besides the run."""
        self.cell = cell
        self.step = 0
        self.made: dict[str, Answer] = {}
        """The answers that it gives to some questions, whatever they are about."""
        self.refuse = ""
        """The refusal of every request, once it is set."""
        self.lacking: dict[str, str] = {}
        """The questions that have no answer, and why."""
        self.silent = False
        """Whether to hang up instead of answering."""
        self.ending = False
        """Whether the next answer is the last."""
        self.shares: Iterable[float] = ()
        """What it says of its progress before each answer."""
        self._connections: list[Connection] = []
        self.returncode: int | None = None
        self.words = ""
        """The last line that it printed."""
        self._path = path
        unready = path.with_suffix(".new")  # as a real one: the file exists only once it listens
        unready.unlink(missing_ok=True)
        self._listener = Listener(str(unready), family="AF_UNIX")
        unready.replace(path)
        Thread(target=self._accept, daemon=True).start()

    def poll(self) -> int | None:
        """As a process: None while it lives."""
        return self.returncode

    def last_words(self) -> str:
        """As a process: the last line that it printed."""
        return self.words

    def terminate(self, code: int = -15) -> None:
        """As a process: end."""
        if self.returncode is None:
            self.returncode = code
            with suppress(OSError):
                Client(str(self._path), family="AF_UNIX").close()  # wakes `accept`
            with suppress(FileNotFoundError):  # by now its file has another name
                self._listener.close()
            self._path.unlink(missing_ok=True)
            for connection in self._connections:  # as when a process ends
                with suppress(OSError), socket(fileno=os.dup(connection.fileno())) as end:
                    end.shutdown(SHUT_RDWR)

    end = terminate

    def asked(self, kind: type) -> list[Request]:
        """Return the requests of one kind."""
        return [request for request in self.requests if isinstance(request, kind)]

    def answer(self, request: Request) -> Reply:
        """Answer one request; about the run that it names, if it names one."""
        if self.refuse:
            return Refused(self.refuse)
        match request:
            case Ask(selection=Selection(run=run), questions=questions):
                try:
                    cell = RunFolder(text_path(run)).read().config.cell if run else self.cell
                except GatescopeError as error:
                    return Refused(str(error))
                found = [self._found(questions, one, cell) for one in request.selections]
                answers, missing = ([*chain(*parts)] for parts in zip(*found, strict=True))
                return Answers(tuple(answers), tuple(missing))
            case FindSample():
                return SampleFound(MISREAD)
        return Refused("this run isn't training")

    def _shares(self, request: Request) -> Iterable[float]:
        """What it says of its progress before it answers this."""
        asked = request.questions if isinstance(request, Ask) else ()
        return next((SHARES[one.what] for one in asked if one.what in SHARES), self.shares)

    def _found(
        self, questions: tuple[Question, ...], selection: Selection, cell: str
    ) -> tuple[Sequence[Answer], Sequence[Unanswerable]]:
        """Answer each question, but for those without an answer."""
        missing = {one.what: self.lacking.get(one.what, "unknown") for one in questions}
        answers = tuple(
            replace(
                self.made.get(one.what) or ANSWERS[one.what](one, selection, self.step, cell),
                asked=selection,
                options=one.options,
            )
            for one in questions
            if one.what in ANSWERS and one.what not in self.lacking
        )
        for answer in answers:
            del missing[answer.what]
        return answers, [Unanswerable(what, why) for what, why in missing.items()]

    def _accept(self) -> None:
        """Accept viewers."""
        while self.returncode is None:
            with suppress(OSError, EOFError):
                connection = self._listener.accept()
                self._connections.append(connection)
                Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: Connection) -> None:
        """Answer one viewer until it disconnects."""
        with suppress(OSError, EOFError), connection:
            while self.returncode is None:
                request = unpack_request(connection.recv_bytes())
                self.requests.append(without_run(request))
                answer = self.answer(request)
                if self.silent:
                    return
                for share in self._shares(request):
                    connection.send_bytes(pack(Progress(share)))
                connection.send_bytes(pack(answer))
                if self.ending:
                    self.end()


class FakeEngine(FakeAnswerer):
    """Trains nothing: holds the lock, and writes the events of a real engine for each request."""

    def __init__(self, folder: RunFolder, *events: Event) -> None:
        """Take the run's lock, and record these events."""
        self.folder = folder
        self.factor = 1.0
        self._lock = EngineLock(folder.lock)
        self._writer = EventWriter(folder.events)
        self.write(*events)
        socket = folder.socket
        super().__init__(socket, folder.read().config.cell)
        self._lock.say(socket=str(socket))

    def write(self, *events: Event) -> None:
        """Record these events."""
        for event in events:
            self._writer.write(event)

    def train(self, *steps: int) -> None:
        """Record these steps, with made-up values."""
        self.write(*(stepped(step, epoch=(step - 1) // 5 + 1) for step in steps))
        self.step = steps[-1]

    def _shares(self, request: Request) -> Iterable[float]:
        """A training never says how far an answer is: it answers at once, or not."""
        return ()

    def end(self, state: State | None = None, reason: str = "", code: int = -15) -> None:
        """Record how the run ended, if a state is given, and release it."""
        if self.returncode is None:
            if state is not None:
                self.write(changed(state, reason))
            self.terminate(code)
            self._lock.release()
            self._writer.close()

    def fail(self, reason: str) -> None:
        """End as an engine does that couldn't prepare a new run: say why, remove the run, and exit."""
        self.words = reason
        shutil.rmtree(self.folder.path)
        self.end(code=1)

    def answer(self, request: Request) -> Answer:
        """Record the events that a request leads to."""
        match request:
            case Pause():
                self.write(changed("paused"))
                return Done("paused")
            case Continue():
                self.write(changed("training"))
                return Done("training continues")
            case Stop():
                self.write(changed("stopped", ""))
                self.ending = True
                return Done("stopping")
            case ScaleLearningRate(by=by):
                self.factor *= by
                self.write(LearningRateChanged(time=6.0, step=self.step, factor=self.factor))
                return Done(f"learning rate ×{self.factor:.3g}")
        return super().answer(request)
