"""One square of the confusion matrix: its samples, the most wrong first, and what the gates did in them.

The means over the samples of a class that were read as another stand beside those over the samples of the
same class that were read right: where they differ, the network went another way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

import torch
from torch import Tensor

from explorer.engine.data.dataset import Samples
from explorer.engine.probes.context import Context, array
from explorer.engine.probes.sets import find, parts
from explorer.protocol.probes import subject_of
from explorer.protocol.questions import Answer, Array, Fact, Intervention, Question, Selection
from explorer.protocol.questions import Samples as Wanted
from explorer.system.errors import GatescopeError

MOST: Final = 60
"""The most thumbnails: three pages of 5 × 4."""
FINEST: Final = 28
"""The most timesteps and the most inputs of a thumbnail: MNIST's are whole, of larger samples neighbours are
pooled. 60 of 1,000 × 512 numbers would be 120 MB."""
_PREDICTING: Final = 1 / 4
"""The share of the time that finding what each sample was read as takes."""


class _Read(NamedTuple):
    """What reading a set found."""

    means: list[Tensor]
    """Of each activation, (T, H) float64 on the CPU: over the samples that have the timestep."""
    shares: Tensor
    """Of each class in each sample, (n, K) on the CPU."""


@torch.no_grad()
def read_mistakes(context: Context, selection: Selection, options: Mapping[str, Fact]) -> Answer:
    """Read the samples of one class that were read as another, or as that class itself.

    Which these are is found without the intervention, all else with it. Arrays by rank, from the most wrong:
    `samples`, their indices; `wrongness`, -1..1: the share of the wrong class minus that of the right one, on
    the diagonal that of the likeliest other class; `predicted`, what each is read as, and `share`, that
    class's; `lengths`, its timesteps. `thumbnails`, (rank, timestep, input), are the first `MOST` as the data
    set has them, neighbours pooled to means beyond `FINEST`, 0 after a sample's end. Off the diagonal, each
    activation `f` has its mean, (T, H), over the set; `f_right`, that over the samples of the label that were
    read right, if there are any; and `f_difference`, the first minus the second. Facts: `label`, `read_as`,
    `count` and `count_right`; `samples`, among how many test samples these are; `timesteps_pooled` and
    `inputs_pooled`, how many a thumbnail's pixel has.

    Raises:
        GatescopeError: it isn't about one square, or that is empty.
    """
    wanted = subject_of(Question("mistakes", dict(options)), selection)
    if not isinstance(wanted, Wanted) or wanted.label is None or wanted.read_as is None:
        raise GatescopeError("--label and --read-as: this question takes both, a square of the matrix")
    found = find(context, wanted, lambda share: context.progress(share * _PREDICTING))
    assert found.predictions is not None
    right = found.among[found.predictions == wanted.label]
    others = right if wanted.read_as != wanted.label else right[:0]
    whole = len(found.indices) + len(others)

    def said(before: int, count: int, share: float) -> None:
        context.progress(_PREDICTING + (1 - _PREDICTING) * (before + share * count) / whole)

    read = partial(_read, context, selection.intervention)
    misread = read(found.indices, partial(said, 0, len(found.indices)))
    wrongness = _wrongness(misread.shares, wanted.label, wanted.read_as)
    order = wrongness.argsort(descending=True, stable=True)
    ranked, shares = found.indices[order], misread.shares[order]
    share, predicted = shares.max(1)
    arrays = {
        "samples": array(ranked, "rank", label="test samples, the most wrong first"),
        "wrongness": array(
            wrongness[order], "rank", label="how much more the wrong class has", span="signed"
        ),
        "predicted": array(predicted, "rank", label="what each is read as"),
        "share": array(share, "rank", label="the share of that class", span="unit"),
    }
    pictures, pooled = _thumbnails(context, ranked)
    means = read(others, partial(said, len(found.indices), len(others))).means if len(others) else None
    facts: dict[str, Fact] = {"label": wanted.label, "read_as": wanted.read_as, "count": len(ranked)}
    facts |= {"count_right": len(right), "samples": len(context.dataset.test.labels[slice(wanted.first)])}
    facts |= {"timesteps_pooled": pooled[0], "inputs_pooled": pooled[1]}
    return Answer(
        what="mistakes",
        asked=selection,
        step=context.step,
        facts=facts,
        arrays=arrays | pictures | _means(context, misread.means, means),
    )


def _wrongness(shares: Tensor, label: int, read_as: int) -> Tensor:
    """How much larger the share of the wrong class is than that of the right one, (n,)."""
    if label != read_as:
        return shares[:, read_as] - shares[:, label]
    others = shares.clone()
    others[:, label] = -1.0
    return others.max(1).values - shares[:, label]


def _read(
    context: Context, intervention: Intervention, indices: Tensor, progress: Callable[[float], object]
) -> _Read:
    """Read test samples under an intervention, some at a time."""
    timesteps = context.shape.timesteps + intervention.append_blank
    layer = context.model.layer
    sums = torch.zeros(len(layer.activations), timesteps, layer.hidden_size, dtype=torch.float64)
    counts, shares = torch.zeros(timesteps, 1, dtype=torch.float64), []
    h = [one.name for one in layer.activations].index(layer.state_fields[0])
    for x, _, lengths in parts(context, indices, intervention.append_blank, progress):
        steps, ends = context.steps(context.scaling(x), lengths, intervention)
        output = torch.empty_like(steps[0][h])  # (B, H)
        for timestep, step in enumerate(steps):
            there = ends > timestep
            counts[timestep] += there.sum().item()
            for one, activation in zip(sums, step, strict=True):
                one[timestep] += activation[there].sum(0, dtype=torch.float64).cpu()
            last = ends == timestep + 1
            output[last] = step[h][last]
        shares.append(context.probabilities(context.model.read_out(output)).cpu())
    most = int((counts > 0).sum())
    return _Read([one[:most] / counts[:most] for one in sums], torch.cat(shares))


def _means(context: Context, means: list[Tensor], right: list[Tensor] | None) -> dict[str, Array]:
    """The means of each activation; where they are compared, with those of the others and the difference.

    A difference goes as far as both: one set may have longer samples than the other.
    """
    arrays = {}
    for index, info in enumerate(context.model.layer.activations):
        mean = partial(array, span=info.span, label=info.label)
        arrays[info.name] = mean(means[index], "timestep", "unit")
        if right is not None:
            arrays[f"{info.name}_right"] = mean(right[index], "timestep", "unit")
            most = min(len(means[index]), len(right[index]))
            difference = means[index][:most] - right[index][:most]
            span = "signed" if info.span == "unit" else "open"
            arrays[f"{info.name}_difference"] = mean(difference, "timestep", "unit", span=span)
    return arrays


def _thumbnails(context: Context, ranked: Tensor) -> tuple[dict[str, Array], tuple[int, int]]:
    """The pictures of the first `MOST` samples and the lengths of all; and how many numbers share a pixel."""
    test = context.dataset.test
    some = test.some(ranked[:MOST].to(test.labels.device))
    size = some.x.shape[1:]
    lengths = torch.full((len(ranked),), size[0])
    if test.lengths is not None:
        lengths = test.lengths.cpu()[ranked]
    pooled = -(-size[0] // FINEST), -(-size[1] // FINEST)
    pictures = {
        "lengths": array(lengths, "rank", label="timesteps of each"),
        "thumbnails": array(
            _pooled(some, *pooled), "rank", "timestep", "input", label="the samples, as in the data set"
        ),
    }
    return pictures, pooled


def _pooled(some: Samples, timesteps: int, inputs: int) -> Tensor:
    """Sequences (B, T, I) as means of so many neighbours, of those timesteps alone that each sample has."""
    if timesteps == inputs == 1:
        return some.x
    count, length = some.x.shape[:2]
    ends = torch.full((count,), length, device=some.x.device) if some.lengths is None else some.lengths
    means = []
    for start in range(0, length, timesteps):
        rows = some.x[:, start : start + timesteps].float()  # 0 after a sample's end
        there = (ends - start).clamp(1, rows.shape[1])[:, None]
        line = rows.sum(1) / there  # (B, I)
        means.append(torch.stack([part.mean(1) for part in line.split(inputs, 1)], 1))
    whole = torch.stack(means, 1)
    return whole.round().to(torch.uint8) if some.x.dtype == torch.uint8 else whole
