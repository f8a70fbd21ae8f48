"""A file of sequences (`--dataset FILE.npz`): what it may hold, and how it becomes samples.

`x` and `y` are the samples; `x_test` and `y_test` those for testing, without which a fifth of each class is
held out, by the run's seed. `classes` names the classes, `lengths` and `lengths_test` say how far each
sequence goes. Every input is scaled by its own mean and deviation over the real timesteps of the training
samples.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from explorer.engine.data.dataset import Dataset, Samples
from explorer.engine.data.labels import Values, number_labels
from explorer.engine.data.npz import WrongArray, read_npz
from explorer.engine.data.rules import RULES, check
from explorer.engine.data.sources import Report
from explorer.engine.rng import stream
from explorer.runs.data_files import SequenceFile, data_title
from explorer.runs.shape import Shape
from explorer.system.errors import GatescopeError
from explorer.system.path_text import path_text
from explorer.system.text import printable, shorten

HELD_OUT: Final = 0.2
"""The share of each class that is held out for testing, where a file has no samples for that."""
PART: Final = 1 << 24
"""Numbers of which the deviation is computed at a time: 130 MB in float64."""
_RESOLUTION: Final = 2.0**-24
"""Half the distance from 1 to the next float32: an input that deviates less from its mean is constant."""


def read_sequences(path: Path, seed: int, report: Report, sha256: str | None = None) -> Dataset:
    """Read a file of sequences, check everything in it, and hold out samples for testing if it has none.

    Args:
        path: the file.
        seed: the run's; it decides which samples are held out.
        report: called with what a person should know about the file.
        sha256: the checksum that the file must have; None: any.

    Raises:
        GatescopeError: the file can't be read, or one of its arrays isn't what it must be.
    """
    try:
        file = read_npz(path, tuple(RULES), check, sha256)
        arrays = file.arrays
        parts: dict[str, Values] = {name: arrays.pop(name) for name in ("y", "y_test") if name in arrays}
        classes, labels = number_labels(parts, arrays.pop("classes", None))
        train, *rest = (
            _samples(arrays, suffix, part) for suffix, part in zip(("", "_test"), labels, strict=False)
        )
        title = data_title(path_text(path))
        if file.others:
            unknown = shorten(printable(", ".join(sorted(file.others))), 60, len)
            report(f"{title}: {unknown} not read; what is read is {', '.join(RULES)}", None)
        if not rest:
            train, test = _hold_out(train, seed)
            held, count = len(test.labels), len(test.labels) + len(train.labels)
            report(f"{title}: {held:,} of {count:,} samples are held out for testing", None)
        else:
            (test,) = rest
        doubt = _unseen(train.labels, test.labels, classes)
    except WrongArray as wrong:
        raise GatescopeError(f"{path}: {wrong}") from None
    shape = Shape(train.x.shape[1], train.x.shape[2], classes)
    about = SequenceFile(file.size, file.sha256, *_standard(train))
    return Dataset(train, test, shape, about, doubt=f"{title}: {doubt}" if doubt else "")


def _unseen(train: Tensor, test: Tensor, classes: tuple[str, ...]) -> str:
    """Which classes only the test samples have, in one line; empty if there are none.

    Raises:
        WrongArray: no test sample has a class that could be learnt.
    """
    wrong = ~torch.isin(test, train)
    if not wrong.any():
        return ""
    unseen = [classes[label] for label in test[wrong].unique().tolist()]
    names = shorten(", ".join(unseen), 60, len)
    if wrong.all():
        raise WrongArray("y_test", f"has only classes that y lacks ({names})", "the classes of y")
    count, plural = int(wrong.sum()), "" if len(unseen) == 1 else "es"
    return (
        f"{count:,} of {len(test):,} test samples are of class{plural} {names}, of which y has none: "
        "they can't be learnt"
    )


def _samples(arrays: dict[str, Values], suffix: str, labels: Tensor) -> Samples:
    """The samples of one part, its arrays taken out of the others: they may be large."""
    name = f"x{suffix}"
    with np.errstate(over="ignore"):
        x = np.ascontiguousarray(arrays.pop(name), np.float32)
    x = x.reshape(*x.shape[:2], -1)
    lengths = _lengths(f"lengths{suffix}", arrays.pop(f"lengths{suffix}", None), x.shape[1])
    if lengths is not None:
        x[_padding(x, lengths)] = 0  # it may hold anything, NaN among it
    if not np.isfinite(x).all():
        sample, timestep, one = np.argwhere(~np.isfinite(x))[0]
        where = f"sample {sample}, timestep {timestep + 1}, input {one}"
        raise WrongArray(name, f"is {x[sample, timestep, one]} as float32 at {where}", "finite numbers")
    return Samples(torch.from_numpy(x), labels, None if lengths is None else torch.from_numpy(lengths))


def _lengths(name: str, lengths: Values | None, timesteps: int) -> Values | None:
    """How far each sequence goes, (N,) int64; None if all go to the end."""
    if lengths is None or (lengths == timesteps).all():
        return None
    for found in (lengths.min(), lengths.max()):
        if not 1 <= found <= timesteps:
            raise WrongArray(name, f"has a length of {found}", f"1 to {timesteps:,}, the timesteps of x")
    return lengths.astype(np.int64)


def _padding(x: Values, lengths: Values) -> Values:
    """Which timesteps of x come after a sequence's last, (N, T)."""
    padding: Values = np.arange(x.shape[1]) >= lengths[:, None]
    return padding


def _hold_out(samples: Samples, seed: int) -> tuple[Samples, Samples]:
    """Split samples: `HELD_OUT` of each class, at least one of those with two, are for testing.

    They are mixed, because within an epoch only the first of them are evaluated; the others keep their order.
    """
    order = torch.randperm(len(samples.labels), generator=stream(seed, "held out", 0))
    tested = torch.zeros(len(order), dtype=torch.bool)
    for label in samples.labels.unique():
        own = order[samples.labels[order] == label]
        share = max(1, round(HELD_OUT * len(own))) if len(own) > 1 else 0
        tested[own[:share]] = True
    if not tested.any():
        raise WrongArray("y", "has no class with two samples", "some for testing: add x_test and y_test")
    mixed = order[tested[order]]
    return samples.map(lambda part: part[~tested]), samples.map(lambda part: part[mixed])


def _standard(samples: Samples) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The mean and the deviation of each input over the real timesteps; 1 for that of a constant one."""
    x = samples.x.numpy()
    lengths = None if samples.lengths is None else samples.lengths.numpy()
    count = x.shape[0] * x.shape[1] if lengths is None else lengths.sum()
    mean = x.sum((0, 1), dtype=np.float64) / count
    squares = np.zeros_like(mean)
    size = max(1, PART // (x.shape[1] * x.shape[2]))
    for start in range(0, len(x), size):
        part = x[start : start + size] - mean
        if lengths is not None:
            part[_padding(part, lengths[start : start + size])] = 0
        squares += np.square(part, out=part).sum((0, 1))
    deviation = np.sqrt(squares / count).astype(np.float32)
    constant = deviation <= np.abs(mean) * _RESOLUTION
    return _short(mean), _short(np.where(constant, np.float32(1), deviation))


def _short(numbers: Values) -> tuple[float, ...]:
    """Numbers with no more decimals than give the same float32 again: they are recorded."""
    return tuple(float(str(number)) for number in numbers.astype(np.float32))
