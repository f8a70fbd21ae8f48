"""Everything a training needs to resume, on disk: safetensors, written atomically, never a pickle.

The tensors are the weights and the optimizer's running averages. Everything else (the step, the
learning-rate factor, the memory of the health checks, and every option, the seed among them) is in the
header. The schedule, the order of the samples and all random numbers follow from the options and the step
alone (see `explorer.engine.learning.rng`), so nothing else is needed for the same bits.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from explorer.engine.learning.adamw import AVERAGES, STATE, AdamW
from explorer.engine.learning.health import NOTHING, Memory
from explorer.runs.config import Config
from explorer.runs.events import Count, Factor
from explorer.runs.folder import RunFolder
from explorer.runs.shape import Shape
from explorer.system.errors import GatescopeError
from explorer.system.files import write_atomically
from explorer.system.memory import ran_out
from explorer.system.patience import patiently, read_whole, refusal
from explorer.system.text import reason
from models.classifier import SequenceClassifier

FORMAT: Final = "2"
"""The version of this format, in each file's header."""
KEPT: Final = 3
"""How many checkpoints of a run are kept: the newest ones."""
LARGEST: Final = 1 << 16
"""The most bytes that a checkpoint may have besides its tensors; it has some 5,000."""
_WRONG: Final = (
    SafetensorError,
    LookupError,
    ValueError,
    TypeError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
)
"""What safetensors, torch and msgspec raise for bytes that are no checkpoint."""
_MOVE: Final = "move it out of the folder to resume without it"
"""What to do about a good checkpoint that isn't this run's: it may be somebody's only copy."""


class DamagedCheckpoint(GatescopeError):
    """A checkpoint was read, and is none: its checksum or its format is wrong. Nothing else is damage."""

    def __init__(self, path: Path, why: str) -> None:
        """Describe the damage to a file in a few words."""
        super().__init__(f"the checkpoint {path} is damaged: {why}")
        self.path = path
        """The file."""


class _Header(msgspec.Struct, frozen=True):
    """What begins a file of safetensors, besides its tensors."""

    about: dict[str, str] = msgspec.field(name="__metadata__", default_factory=dict)


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


def new_model(config: Config, shape: Shape) -> SequenceClassifier:
    """The model of a run before its first step; its weights depend on the options and the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        recipe = config.recipe
        model = SequenceClassifier(
            config.cell, config.hidden, shape.inputs, len(shape.classes), recipe.head, recipe.forget_bias
        )
    model.layer.rounded = config.precision == "bf16"
    model.layer.held = config.hold
    return model


def checkpoint_path(folder: RunFolder, step: int) -> Path:
    """Where the checkpoint of a step is, or would be."""
    return folder.checkpoints / f"step-{step:08d}.safetensors"


def save_checkpoint(
    folder: RunFolder,
    progress: Progress,
    model: SequenceClassifier,
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
    path = checkpoint_path(folder, progress.step)
    write_atomically(path, content)
    check()
    for old in folder.checkpoint_files()[KEPT:]:
        old.unlink(missing_ok=True)
    return path


def read_checkpoint(path: Path, most: int) -> tuple[Progress, dict[str, Tensor]]:
    """Everything in a checkpoint: where the training stands, and the tensors `model.*` and `optimizer.*`.

    The file is read as bytes, at once: safetensors gets neither its path, which it refuses if that is no
    UTF-8, nor a mapping of it, which some file systems refuse.

    Args:
        path: the file.
        most: the most bytes it may have; a header may promise tensors of any size.

    Raises:
        FileNotFoundError: it isn't there.
        DamagedCheckpoint: it is no checkpoint, or damaged (if only in one bit).
        GatescopeError: it can't be read now, is too large, or is of another version.
        MemoryError: there is no room for it; torch and safetensors have errors of their own for that.
    """
    try:
        content = patiently(lambda: read_whole(path, most))
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno == errno.EFBIG:  # as when `hidden` in run.json was made smaller by hand
            raise GatescopeError(f"{path} is no checkpoint of this run: {error.strerror}; {_MOVE}") from None
        if not stat.S_ISREG(path.lstat().st_mode):
            raise DamagedCheckpoint(path, error.strerror or str(error)) from None
        raise GatescopeError(refusal(f"the checkpoint {path}", error)) from None
    try:
        about = msgspec.json.decode(
            content[8 : 8 + int.from_bytes(content[:8], "little")], type=_Header
        ).about
        tensors = load(content)
        format, intact = about["format"], about["sha256"] == _digest(about["progress"], tensors)
        if format != FORMAT and format.isdecimal() and not intact:  # else one bit of ours has flipped
            raise GatescopeError(f"{path} has format {format}, this gatescope reads {FORMAT}; {_MOVE}")
        if format != FORMAT or not intact:
            raise ValueError("checksum mismatch")
        return msgspec.json.decode(about["progress"], type=Progress), tensors
    except _WRONG as error:
        if ran_out(error):
            raise
        raise DamagedCheckpoint(path, reason(error)) from None


def load_checkpoint(model: SequenceClassifier, path: Path, config: Config) -> Checkpoint:
    """Load a checkpoint's weights into a model of the run, and return the rest.

    Raises:
        DamagedCheckpoint: as `read_checkpoint`, or its tensors are not those of such a run.
        GatescopeError: as `read_checkpoint`; or it belongs to another run.
        FileNotFoundError: it isn't there.
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
    if progress.config.identity != config.identity:
        raise GatescopeError(f"the checkpoint {path} belongs to another run than run.json; {_MOVE}")
    if not (fits and plain):
        raise DamagedCheckpoint(path, "its tensors are not those of this run")
    weights, averages = (
        {name.removeprefix(kind): t for name, t in tensors.items() if name.startswith(kind)}
        for kind in ("model.", "optimizer.")
    )
    model.load_state_dict(weights)
    return Checkpoint(progress, averages)


class Restored(NamedTuple):
    """The newest state of a run that is intact."""

    model: SequenceClassifier
    """Its weights are those of the checkpoint."""
    checkpoint: Checkpoint
    """The progress and the optimizer that belong to the weights."""
    damaged: list[DamagedCheckpoint]
    """What is wrong with each newer checkpoint, all of which are damaged; each is one line."""


def newest_checkpoint(folder: RunFolder, config: Config, shape: Shape) -> Restored:
    """The run's model from its newest intact checkpoint; the initial model if there is none.

    Only a damaged checkpoint is passed over. From one older than the newest that can't be read now, the
    training would be computed again, and the newest be thrown away in time.

    Raises:
        GatescopeError: a checkpoint can't be read now, is of another version, or belongs to another run.
    """
    model = new_model(config, shape)
    damaged: list[DamagedCheckpoint] = []
    for path in _listed(folder):
        try:
            return Restored(model, load_checkpoint(model, path, config), damaged)
        except DamagedCheckpoint as damage:
            damaged.append(damage)
        except FileNotFoundError:  # removed since the folder was listed
            continue
    return Restored(model, Checkpoint(Progress(step=0, config=config), {}), damaged)


def newest_model(folder: RunFolder, config: Config, shape: Shape) -> tuple[SequenceClassifier, int]:
    """The run's model with its newest intact weights, and their step.

    For a run without checkpoints this is the initial model, at step 0.

    Raises:
        GatescopeError: as `newest_checkpoint`; or there are checkpoints, but all of them are damaged.
    """
    newest = newest_checkpoint(folder, config, shape)
    if newest.damaged and len(newest.damaged) == len(folder.checkpoint_files()):
        raise newest.damaged[0]
    return newest.model, newest.checkpoint.progress.step


def set_aside(folder: RunFolder, damaged: list[DamagedCheckpoint]) -> None:
    """Rename damaged checkpoints, so that they don't count towards `KEPT`.

    Raises:
        GatescopeError: one can't be renamed. As it is newer than what will be saved next, it would stay,
            and the next good ones would be removed in its place.
    """
    whole = {damage.path: damage for damage in damaged}
    for path in folder.checkpoint_files():
        if path in whole:
            aside = path.with_name(f"{path.name}.damaged")
            try:
                patiently(partial(path.replace, aside))
            except OSError as error:
                why = error.strerror or str(error)
                raise GatescopeError(f"{whole[path]}; it can't be renamed to {aside.name}: {why}") from None


def _listed(folder: RunFolder) -> list[Path]:
    """The run's checkpoints, newest first.

    Raises:
        GatescopeError: their folder can't be read now. A list that is empty for that reason would have the
            training begin again.
    """

    def names() -> list[Path]:
        os.listdir(folder.checkpoints)  # `glob` takes a folder that it may not read for an empty one
        return folder.checkpoint_files()

    if folder.checkpoints.is_symlink():
        return []
    try:
        return patiently(names)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise GatescopeError(refusal(f"the folder {folder.checkpoints}", error)) from None


def _digest(progress_json: str, tensors: dict[str, Tensor]) -> str:
    """A checksum of everything in a checkpoint: safetensors itself has none for its numbers."""
    digest = hashlib.sha256(progress_json.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
