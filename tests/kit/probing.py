"""What answers questions in the tests: a new model of any shape."""

from __future__ import annotations

import torch
from kit import loops
from torch import Tensor

from explorer.engine.data.dataset import Dataset, Samples
from explorer.engine.learning.batches import Scaling
from explorer.engine.probes.registry import Prober
from explorer.protocol.questions import (
    NO_INTERVENTION,
    Answers,
    Ask,
    Fact,
    Intervention,
    Question,
    Sample,
    Selection,
    Span,
    Wipe,
)
from explorer.runs.shape import Shape
from models.classifier import Head, SequenceClassifier
from models.intervention import Intervention as CellIntervention
from models.intervention import Wipe as CellWipe
from models.registry import CELLS

SCALING = Scaling(0.2, 0.4)


def prober(
    cell: str, timesteps: int, inputs: int, classes: int, head: Head = "logits", count: int = 5
) -> Prober:
    """Return what answers about a new model, whose data set has a few test samples of random bytes."""
    torch.manual_seed(3)
    x = torch.randint(0, 256, (count, timesteps, inputs), dtype=torch.uint8)
    samples = Samples(x, torch.arange(count) % classes)
    shape = Shape(timesteps, inputs, tuple(f"class {number}" for number in range(classes)))
    model = SequenceClassifier(cell, 6, inputs, classes, head)
    return Prober(model, Dataset(samples, samples, shape), SCALING)


def ask(asked: Prober, what: str, changed: Intervention = NO_INTERVENTION, **options: Fact) -> Answers:
    """Ask one question about test sample 3, with its options."""
    selection = Selection(subject=Sample(3), intervention=changed)
    reply = asked.answer(Ask(selection, (Question(what, options),)), 42, None)
    assert isinstance(reply, Answers)
    return reply


def read_by(asked: Prober) -> tuple[Tensor, Tensor]:
    """Return what is read of test sample 3, (T, I), and a blank timestep, (I,), both scaled."""
    x = asked._dataset.test.x[3]
    return asked._scaling(x), asked._scaling(torch.zeros(1, x.shape[1], dtype=torch.uint8))[0]


def exactly(asked: Prober) -> SequenceClassifier:
    """Return its model in float64."""
    own = asked._model
    exact = SequenceClassifier(
        cell_of(own), own.layer.hidden_size, own.layer.input_size, own.head.out_features
    )
    exact.double().load_state_dict(own.state_dict())
    return exact


def cell_of(model: SequenceClassifier) -> str:
    """Return the name of a model's cell."""
    names = tuple(one.name for one in model.layer.activations)
    return next(name for name, cell in CELLS.items() if cell.activations == names)


def interventions(model: SequenceClassifier, timesteps: int) -> dict[str, Intervention]:
    """Return interventions for a cell of 6 units, each by a name for the test, and all of them together."""
    activations = [one.name for one in model.layer.activations]
    last = model.layer.state_fields[-1]
    single = {
        "held": Intervention(hold={activations[0]: 0.4}),
        "silenced": Intervention(silence=(0, 5)),
        "wiped": Intervention(wipe=(Wipe(1 + timesteps // 2), Wipe(timesteps, last))),
        "blanked": Intervention(blank=(Span(1, 1), Span(timesteps, timesteps))),
        "appended": Intervention(append_blank=3),
    }
    every = Intervention(
        hold=single["held"].hold,
        silence=single["silenced"].silence,
        wipe=(*single["wiped"].wipe, Wipe(timesteps + 2)),
        blank=(*single["blanked"].blank, Span(timesteps + 1, timesteps + 1)),
        append_blank=3,
    )
    return single | {"all": every, "none": Intervention()}


def read_by_hand(model: SequenceClassifier, x: Tensor, changed: Intervention, blank: Tensor) -> Tensor:
    """Read one sequence with the cell's equations written out, and return h after every timestep, (T, H).

    Args:
        model: its layer's parameters are read; none of its code runs.
        x: (T, I), scaled.
        changed: the whole of it: also what is read blank, and what is appended.
        blank: (I,), a blank timestep, scaled.
    """
    x = torch.cat([x, blank.expand(changed.append_blank, -1)])
    for span in changed.blank:
        x[span.first - 1 : span.last] = blank
    wipes = tuple(CellWipe(one.before, one.state) for one in changed.wipe)
    in_the_cell = CellIntervention(changed.hold, changed.silence, wipes)
    return loops.read_by_hand(cell_of(model), model.layer, x[None], in_the_cell)["h"][0]
