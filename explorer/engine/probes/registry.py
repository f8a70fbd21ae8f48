"""Looking inside: every activation of one digit, and which digits to look at."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.engine.data.dataset import Samples
from explorer.engine.learning.batches import Scaling
from explorer.engine.learning.evaluation import evaluate
from explorer.protocol.messages import FindSample, Probe, Probed, Refused, SampleFound
from explorer.runs.events import ActivationInfo, State
from models.classifier import RowClassifier
from models.layer import RecurrentLayer


def describe(layer: RecurrentLayer[tuple[Tensor, ...]]) -> list[ActivationInfo]:
    """The layer's activations, for a viewer."""
    return [ActivationInfo(gate.name, gate.label, gate.span) for gate in layer.activations]


class Prober:
    """Answers questions about single test digits from the weights as they are."""

    def __init__(self, model: RowClassifier, test: Samples, scaling: Scaling) -> None:
        """Look at `model` through the digits of `test`, both on one device."""
        self._model = model
        self._test = test
        self._scaling = scaling
        self.predictions: Tensor | None = None
        """What the first N test digits were read as when somebody last looked, (N,) int64."""

    @torch.no_grad()
    def probe(self, request: Probe, step: int, state: State | None) -> Probed:
        """Read one digit and return every activation."""
        count = len(self._test.labels)
        index = request.index % count
        pixels = self._test.images[index : index + 1]  # (1, 28, 28)
        trace = self._model.layer.trace(self._scaling(pixels))  # each (1, 28, H)
        output: Tensor = getattr(trace, self._model.layer.state_fields[0])  # (1, 28, H)
        outputs = self._model.read_out(output[:, -1])[0]  # (10,)
        scores = outputs if self._model.head_kind == "sigmoid" else outputs.softmax(0)
        return Probed(
            index=index,
            count=count,
            step=step,
            label=int(self._test.labels[index]),
            scores=scores.tolist(),
            pixels=pixels.cpu().numpy().tobytes(),
            activations=describe(self._model.layer),
            hidden=self._model.layer.hidden_size,
            arrays=[part[0].float().cpu().contiguous().numpy().tobytes() for part in trace],
            state=state,
        )

    def find(self, request: FindSample) -> SampleFound | Refused:
        """The next digit of a kind, going round the end of the test set."""
        if self.predictions is None:
            self.predictions = evaluate(self._model, self._test, self._scaling).predictions
        read_as = self.predictions
        labels = self._test.labels[: len(read_as)].cpu()
        if request.label is None and request.predicted is None:
            wanted = read_as != labels
        else:
            wanted = torch.ones(len(read_as), dtype=torch.bool)
            if request.label is not None:
                wanted &= labels == request.label
            if request.predicted is not None:
                wanted &= read_as == request.predicted
        indices = wanted.nonzero().flatten()
        if not len(indices):
            return Refused(f"none of the {len(read_as):,} test digits that were read is of that kind")
        later = indices[indices > request.after]
        return SampleFound(int(later[0] if len(later) else indices[0]))
