"""Asking for the activations of a test sample, and reading the reply."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from kit.fake_engine import GATES, HIDDEN, activation, probed
from msgspec.structs import replace

from explorer.protocol.messages import Reply
from explorer.protocol.questions import Answer, Answers, Array, Ask, Question, Sample, Selection
from explorer.ui.screens.pages import standing_on
from explorer.ui.views.activations import Activations
from explorer.ui.views.choice import Choice
from explorer.ui.views.table import view_class


def activations_of(index: int = 0, run: str = "") -> Ask:
    """Return the request for the activations of a test sample."""
    return Ask(Selection(run=run, subject=Sample(index)), (Question("activations"),))


def asked_by_all(index: int = 0) -> Ask:
    """Return the request about a test sample that the screen makes while the whole first page is shown."""
    needs = (view_class(name)(Choice(), id=name).needs() for name in standing_on("train"))
    return Ask(Selection(subject=Sample(index)), tuple(question for each in needs for question in each))


def answer_in(reply: Reply) -> Answer:
    """Return the one answer of a reply."""
    assert isinstance(reply, Answers), reply
    assert not reply.unanswerable, reply.unanswerable
    (answer,) = reply.answers
    return answer


def read(reply: Reply) -> Activations:
    """Return the activations of a reply, taken apart as the gates' view does."""
    return Activations(answer_in(reply))


def made(index: int, values: Sequence[float], span: str, hidden: int, name: str = "x") -> Activations:
    """Return what the view gets for a sample of a cell with one activation, timestep by timestep."""
    reply = probed(index, hidden=hidden)
    (answer,) = reply.answers
    others = {key: part for key, part in answer.arrays.items() if "unit" not in part.axes}
    part = Array(("timestep", "unit"), (28, hidden), "float32", array("f", values).tobytes(), "made up", span)
    return Activations(replace(answer, arrays={name: part} | others))


def sequence(
    timesteps: int,
    inputs: Sequence[float] | bytes,
    hidden: int = HIDDEN,
    cell: str = "lstm",
    label: int | None = 3,
) -> Activations:
    """Return the answer about a sequence of any shape, taken apart."""
    return Activations(about_sequence(timesteps, inputs, hidden, cell, label))


def about_sequence(
    timesteps: int,
    inputs: Sequence[float] | bytes,
    hidden: int = HIDDEN,
    cell: str = "lstm",
    label: int | None = 3,
) -> Answer:
    """Return the answer about a sequence of any shape, with the fake's activations.

    `inputs` are all its numbers, timestep by timestep: bytes are an image's.
    """
    (answer,) = probed(3).answers
    kind, data = ("uint8", inputs) if isinstance(inputs, bytes) else ("float32", array("f", inputs).tobytes())
    arrays = {
        info.name: Array(
            ("timestep", "unit"),
            (timesteps, hidden),
            "float32",
            array(
                "f",
                [activation(gate, timestep, unit) for timestep in range(timesteps) for unit in range(hidden)],
            ).tobytes(),
            info.label,
            info.span,
        )
        for gate, info in enumerate(GATES[cell])
    }
    shape = (timesteps, len(inputs) // timesteps)
    others = {
        "input": Array(("timestep", "input"), shape, kind, data),
        "probabilities": answer.arrays["probabilities"],
    }
    return replace(answer, arrays=arrays | others, facts=answer.facts | {"label": label})
