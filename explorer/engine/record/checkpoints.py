"""Everything a training needs to resume, on disk: safetensors, written atomically, never a pickle.

The tensors are the weights and the optimizer's running averages. Everything else (the step, the
learning-rate factor, the memory of the health checks, and every option, the seed among them) is in the
header. The schedule, the order of the samples and all random numbers follow from the options and the step
alone (see `explorer.engine.learning.rng`), so nothing else is needed for the same bits.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from explorer.engine.learning.adamw import AVERAGES, STATE, AdamW
from explorer.engine.learning.health import NOTHING, Memory
from explorer.runs.config import Config
from explorer.runs.errors import GatescopeError
from explorer.runs.events import Count, Factor
from explorer.runs.files import open_file, write_atomically
from explorer.runs.folder import RunFolder
from explorer.runs.text import reason
from models.classifier import RowClassifier

FORMAT: Final = "2"
"""The version of this format, in each file's header."""
KEPT: Final = 3
"""How many checkpoints of a run are kept: the newest ones."""
LARGEST: Final = 1 << 16
"""The most bytes that a checkpoint may have besides its tensors; it has some 5,000."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a training stands, apart from its tensors."""

    step: Count
    """Steps trained."""
    factor: Factor = 1.0
    """The learning-rate factor that a person set, on top of the schedule."""
    health: Memory = NOTHING
    """The memory of the health checks."""
    config: Config
    """Every option."""


class Checkpoint(NamedTuple):
    """What a training resumes from."""

    progress: Progress
    optimizer: dict[str, Tensor]
    """`AdamW.state` as it was; empty before the first step."""


def new_model(config: Config) -> RowClassifier:
    """The model of a run before its first step; its weights depend on the options and the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        recipe = config.recipe
        model = RowClassifier(config.cell, config.hidden, recipe.head, recipe.forget_bias)
    model.layer.rounded = config.precision == "bf16"
    return model


def save_checkpoint(
    folder: RunFolder,
    progress: Progress,
    model: RowClassifier,
    optimizer: AdamW,
    check: Callable[[], None] = lambda: None,
) -> Path:
    """Write `checkpoints/step-00000600.safetensors` and remove all but the newest.

    The tensors are `model.*`, under the model's own names, and `optimizer.*`: each parameter's running
    averages, under the same names. Right before anything is written or removed, `check` sees to it that
    `folder.path` still names the run's folder.

    Raises:
        OSError: the folder can't be written, or the disk is full; existing checkpoints stay.
    """
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"optimizer.{name}": value for name, value in optimizer.state.items()}
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    progress_json = msgspec.json.encode(progress).decode()
    header = {"format": FORMAT, "progress": progress_json, "sha256": _digest(progress_json, tensors)}
    content = save(tensors, header)
    check()
    path = folder.checkpoints / f"step-{progress.step:08d}.safetensors"
    write_atomically(path, content)
    check()
    for old in folder.checkpoint_files()[KEPT:]:
        old.unlink(missing_ok=True)
    return path


def read_checkpoint(path: Path, most: int) -> tuple[Progress, dict[str, Tensor]]:
    """Everything in a checkpoint: where the training stands, and the tensors `model.*` and `optimizer.*`.

    Args:
        path: the file.
        most: the most bytes it may have; a header may promise tensors of any size.

    Raises:
        GatescopeError: it is missing, too large, damaged (if only in one bit), or of another version.
    """
    try:
        with open(open_file(path), "rb") as plain:
            size = plain.seek(0, os.SEEK_END)
        if size > most:
            raise ValueError(f"it has {size:,} bytes; at most {most:,} are possible")
        with safe_open(path, framework="pt", device="cpu") as file:
            header: dict[str, str] = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        if header.get("format") != FORMAT:
            raise GatescopeError(f"{path} has format {header.get('format')}, this gatescope reads {FORMAT}")
        if header["sha256"] != _digest(header["progress"], tensors):
            raise ValueError("checksum mismatch")
        return msgspec.json.decode(header["progress"], type=Progress), tensors
    except (OSError, SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise GatescopeError(f"the checkpoint {path} is damaged: {reason(error)}") from None


def load_checkpoint(model: RowClassifier, path: Path, config: Config) -> Checkpoint:
    """Load a checkpoint's weights into a model of the run, and return the rest.

    Raises:
        GatescopeError: as `read_checkpoint`; or it belongs to another run.
    """
    own = model.state_dict()
    progress, tensors = read_checkpoint(path, LARGEST + 4 * sum(4 * t.numel() for t in own.values()))
    wanted = {f"model.{name}": t.shape for name, t in own.items()}
    if progress.step:  # the kernel that updates the weights trusts the averages' shapes
        wanted |= {
            f"optimizer.{key}.{name}": t.shape if key in AVERAGES else torch.Size()
            for name, t in own.items()
            for key in STATE
        }
    fits = wanted == {name: t.shape for name, t in tensors.items()}
    plain = all(t.dtype is torch.float32 for t in tensors.values())
    if not (fits and plain) or progress.config.identity != config.identity:
        raise GatescopeError(f"the checkpoint {path} belongs to another run than run.json")
    weights, averages = (
        {name.removeprefix(kind): t for name, t in tensors.items() if name.startswith(kind)}
        for kind in ("model.", "optimizer.")
    )
    model.load_state_dict(weights)
    return Checkpoint(progress, averages)


class Restored(NamedTuple):
    """The newest state of a run that can be read."""

    model: RowClassifier
    """Its weights are those of the checkpoint."""
    checkpoint: Checkpoint
    """The progress and the optimizer that belong to the weights."""
    damaged: list[str]
    """One line for each newer checkpoint, none of which can be read."""


def newest_checkpoint(folder: RunFolder, config: Config) -> Restored:
    """The run's model from its newest good checkpoint; the initial model if there is none."""
    model = new_model(config)
    damaged: list[str] = []
    for path in folder.checkpoint_files():
        try:
            return Restored(model, load_checkpoint(model, path, config), damaged)
        except GatescopeError as error:
            damaged.append(str(error))
    return Restored(model, Checkpoint(Progress(step=0, config=config), {}), damaged)


def newest_model(folder: RunFolder, config: Config) -> tuple[RowClassifier, int]:
    """The run's model with its newest readable weights, and their step.

    For a run without checkpoints this is the initial model, at step 0.

    Raises:
        GatescopeError: there are checkpoints, but none of them can be read.
    """
    newest = newest_checkpoint(folder, config)
    if newest.damaged and len(newest.damaged) == len(folder.checkpoint_files()):
        raise GatescopeError(newest.damaged[0])
    return newest.model, newest.checkpoint.progress.step


def set_aside(folder: RunFolder, damaged: list[str]) -> None:
    """Rename the newest checkpoints, which can't be read, so that they don't count towards `KEPT`."""
    for path in folder.checkpoint_files()[: len(damaged)]:
        with suppress(OSError):
            path.rename(path.with_name(f"{path.name}.damaged"))


def _digest(progress_json: str, tensors: dict[str, Tensor]) -> str:
    """A checksum of everything in a checkpoint: safetensors itself has none for its numbers."""
    digest = hashlib.sha256(progress_json.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
