"""What a probe gets to answer a question with."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from msgspec.structs import replace
from torch import Tensor

from explorer.engine.data.dataset import Dataset
from explorer.engine.learning.batches import Scaling
from explorer.protocol.interventions import check
from explorer.protocol.questions import (
    NO_INTERVENTION,
    Array,
    Fact,
    Given,
    Intervention,
    Sample,
    Samples,
    Selection,
)
from explorer.runs.shape import Shape
from explorer.system.errors import GatescopeError, UsageError
from models.classifier import SequenceClassifier
from models.intervention import Intervention as CellIntervention
from models.intervention import Wipe as CellWipe

_TYPES = {torch.float32: "float32", torch.int64: "int64", torch.uint8: "uint8"}
_FROM = {name: dtype for dtype, name in _TYPES.items()}


class Context(NamedTuple):
    """The weights and what they read; a probe changes nothing of it."""

    model: SequenceClassifier
    """Its weights are those of `step`."""
    dataset: Dataset
    """On the model's device."""
    scaling: Scaling
    """Turns the data set's test samples into what the model reads."""
    step: int
    """Steps trained."""
    progress: Callable[[float], object] = lambda share: None
    """Called with the share done, 0..1, by a probe that takes long; raises `Cancelled` when nobody waits for
    the answer any more."""

    @property
    def shape(self) -> Shape:
        """T, I and the classes of the data set."""
        return self.dataset.shape

    def subject(self, selection: Selection) -> Subject:
        """The one sequence that the selection has read, its real timesteps alone, with its blank ones.

        Raises:
            UsageError: the intervention names timesteps or units that there aren't.
            GatescopeError: the input has another shape than the data set's.
        """
        test, subject = self.dataset.test, selection.subject
        facts: dict[str, Fact] = {"label": None, "samples": len(test.labels)}
        match subject:
            case Sample(index=index):
                subject = Sample(index % len(test.labels))
                facts["label"] = int(test.labels[subject.index])
                x = test.some(slice(subject.index, subject.index + 1)).trimmed().x
            case Given(x=given):
                x = self._given(given)
            case Samples():
                raise GatescopeError("this question is about one sample, not about a set")
        x = self._blanked(x, selection.intervention, self.scaling.blank_of(x))
        asked = replace(selection, subject=subject)
        return Subject(asked, x, self.scaling(x), self._for_cell(selection.intervention, x.shape[1]), facts)

    def _given(self, given: Array) -> Tensor:
        """An input that came with the question, (1, T, I): bytes, if it and the data set are, else floats.

        Raises:
            UsageError: it has another width, no timestep, or numbers that aren't finite.
        """
        wanted = f"(timesteps, {self.shape.inputs}) numbers"
        if given.axes != ("timestep", "input") or given.shape[1] != self.shape.inputs or not given.shape[0]:
            raise UsageError(f"this run reads inputs of {wanted}, not {given.shape}")
        x = torch.frombuffer(bytearray(given.data), dtype=_FROM[given.dtype]).view(1, *given.shape)
        if x.dtype != self.dataset.test.x.dtype:
            x = x.float()
        if not x.isfinite().all():
            raise UsageError(f"this run reads inputs of {wanted}; some of these are not finite")
        return x.to(self.dataset.test.x.device)

    def read(
        self, x: Tensor, lengths: Tensor | None = None, intervention: Intervention = NO_INTERVENTION
    ) -> Tensor:
        """The model's outputs (B, K) for sequences (B, T, I), scaled, with their blank timesteps.

        Args:
            x: the sequences, without the blank timesteps.
            lengths: (B,), how far each goes; what is blank or wiped after that concerns only longer ones.
            intervention: what is changed meanwhile.

        Raises:
            UsageError: the intervention names what there isn't.
        """
        x, lengths, changed = self._ready(x, lengths, intervention)
        outputs: Tensor = self.model(x, changed, lengths)
        return outputs

    def steps(
        self, x: Tensor, lengths: Tensor | None, intervention: Intervention
    ) -> tuple[list[tuple[Tensor, ...]], Tensor]:
        """The activations of each timestep, each (B, H), and how many timesteps each sequence has, (B,).

        Arguments and errors as those of `read`; the blank timesteps that are appended count.
        """
        x, lengths, changed = self._ready(x, lengths, intervention)
        if lengths is None:
            lengths = torch.full((len(x),), x.shape[1], device=x.device)
        return self.model.layer.steps(x, None, changed), lengths

    def _ready(
        self, x: Tensor, lengths: Tensor | None, intervention: Intervention
    ) -> tuple[Tensor, Tensor | None, CellIntervention]:
        """Sequences with their blank timesteps, how far each goes then, and what is changed in the cell."""
        x = self._blanked(x, intervention, self.blank, lengths)
        if lengths is not None:
            lengths = lengths + intervention.append_blank
        return x, lengths, self._for_cell(intervention, x.shape[1])

    @property
    def blank(self) -> Tensor:
        """A blank timestep as the model reads it, (I,)."""
        test = self.dataset.test.x
        return self.scaling(self.scaling.blank_of(test).view(1, 1, -1)).flatten()

    def _blanked(
        self, x: Tensor, intervention: Intervention, blank: Tensor, lengths: Tensor | None = None
    ) -> Tensor:
        """Sequences (B, T, I) with their blank timesteps, and those appended; `blank` is (I,)."""
        timesteps = x.shape[1] + intervention.append_blank
        if not (intervention.blank or intervention.append_blank):
            return x
        whole = x.new_empty(len(x), timesteps, x.shape[2]).copy_(blank)
        whole[:, : x.shape[1]] = x
        if lengths is not None:
            whole[torch.arange(timesteps, device=x.device) >= lengths[:, None]] = blank
        for span in intervention.blank:
            if span.last > timesteps:
                raise UsageError(f"--blank: there are {timesteps} timesteps, and no {span.last}")
            whole[:, span.first - 1 : span.last] = blank
        return whole

    def _for_cell(self, intervention: Intervention, timesteps: int) -> CellIntervention:
        """What is changed in the cell."""
        layer = self.model.layer
        check(intervention, [one.name for one in layer.activations], layer.state_fields)
        for unit in intervention.silence:
            if unit >= layer.hidden_size:
                raise UsageError(f"--silence: the units are 0 to {layer.hidden_size - 1}, not {unit}")
        for wipe in intervention.wipe:
            if wipe.before > timesteps:
                raise UsageError(f"--wipe: there are {timesteps} timesteps, and no {wipe.before}")
        wipes = tuple(CellWipe(one.before, one.state) for one in intervention.wipe)
        return CellIntervention(intervention.hold, intervention.silence, wipes)

    def probabilities(self, outputs: Tensor) -> Tensor:
        """The classes' shares by the head's outputs (…, K): the softmax of logits; sigmoids as they are."""
        return outputs if self.model.head_kind == "sigmoid" else outputs.softmax(-1)

    def per_class(self, shares: Tensor, *axes: str, label: str) -> Array:
        """Shares (…, K) as they travel, with the names of the classes; `axes` are those before the last."""
        classes = {"class": self.shape.classes}
        return array(shares, *axes, "class", label=label, span="unit", coordinates=classes)


class Subject(NamedTuple):
    """One sequence, ready to be read."""

    asked: Selection
    """What was asked about; a test sample by the index that it has."""
    x: Tensor
    """(1, T, I), in the data set's own units, with its blank timesteps."""
    scaled: Tensor
    """(1, T, I), as the network reads it."""
    changed: CellIntervention
    """What is changed in the cell while it reads."""
    facts: dict[str, Fact]
    """`label`, its class, None where it has none; and `samples`, the number of test samples."""


def array(
    values: Tensor,
    *axes: str,
    label: str = "",
    span: str = "open",
    coordinates: dict[str, tuple[str, ...]] | None = None,
) -> Array:
    """Numbers as they travel: int64 and uint8 as they are, all others as float32.

    Args:
        values: on any device, of any shape.
        axes: the name of each of its dimensions.
        label: as in `Array`.
        span: as in `Array`.
        coordinates: as in `Array`.
    """
    values = values.detach().cpu()
    if values.dtype not in _TYPES:
        values = values.float()
    return Array(
        axes,
        tuple(values.shape),
        _TYPES[values.dtype],  # type: ignore[arg-type]
        values.contiguous().numpy().tobytes(),
        label,
        span,  # type: ignore[arg-type]
        coordinates or {},
    )
