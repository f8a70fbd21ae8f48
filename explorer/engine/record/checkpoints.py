"""Everything a training needs to resume, on disk: safetensors, written atomically, never a pickle.

The tensors are the weights and the optimizer's running averages. Everything else (the step, the
learning-rate factor, the memory of the health checks, and every option, the seed among them) is in the
header. The schedule, the order of the samples and all random numbers follow from the options and the step
alone (see `explorer.engine.rng`), so nothing else is needed for the same bits.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import torch
from torch import Tensor

from explorer.engine.learning.adamw import AVERAGES, STATE, AdamW
from explorer.engine.record.tensor_file import (
    DamagedFile,
    Kind,
    Progress,
    encode,
    named,
    read_tensors,
    require_fit,
    weights_of,
)
from explorer.runs.config import Config
from explorer.runs.folder import KEPT, RunFolder
from explorer.runs.shape import Shape
from explorer.system.errors import GatescopeError
from explorer.system.files import write_atomically
from explorer.system.patience import patiently, refusal
from models.classifier import SequenceClassifier

CHECKPOINT: Final = Kind("checkpoint", "move it out of the folder to resume without it", copies=4)
"""How a checkpoint is called."""
WEIGHTS: Final = "model."
"""How the names of a file's weights begin."""


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


def model_without_weights(config: Config, shape: Shape) -> SequenceClassifier:
    """The model of a run on the meta device, to be given weights: it takes no memory for its own."""
    with torch.device("meta"):
        return new_model(config, shape)


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
    averages = {f"optimizer.{name}": value for name, value in optimizer.state.items()}
    content = encode(progress, weights_of(model) | averages)
    check()
    path = folder.checkpoint_at(progress.step)
    write_atomically(path, content)
    check()
    for old in folder.checkpoint_files()[KEPT:]:
        old.unlink(missing_ok=True)
    return path


def load_checkpoint(model: SequenceClassifier, path: Path, config: Config, part: str = "") -> Checkpoint:
    """Give a model of the run a checkpoint's weights, and return the rest.

    Args:
        model: its parameters are replaced.
        path: the checkpoint.
        config: the run's options.
        part: `WEIGHTS`: the optimizer's tensors are read, but not kept: they are on the meta device.

    Raises:
        DamagedFile: as `read_tensors`, or its tensors are not those of such a run.
        GatescopeError: as `read_tensors`; or it belongs to another run.
        FileNotFoundError: it isn't there.
    """
    own = model.state_dict()
    progress, tensors = read_tensors(path, CHECKPOINT.most(model), CHECKPOINT, part)
    wanted = {name: t.shape for name, t in weights_of(model).items()}
    if progress.step:  # the kernel that updates the weights trusts the averages' shapes
        wanted |= {
            f"optimizer.{key}.{name}": t.shape if key in AVERAGES else torch.Size()
            for name, t in own.items()
            for key in STATE
        }
    require_fit(CHECKPOINT, path, (progress, tensors), config, wanted)
    model.load_state_dict(named(tensors, "model"), assign=True)
    return Checkpoint(progress, named(tensors, "optimizer"))


class Restored(NamedTuple):
    """The newest state of a run that is intact."""

    model: SequenceClassifier
    """Its weights are those of the checkpoint."""
    checkpoint: Checkpoint
    """The progress and the optimizer that belong to the weights."""
    damaged: list[DamagedFile]
    """What is wrong with each newer checkpoint, all of which are damaged; each is one line."""


def newest_checkpoint(folder: RunFolder, config: Config, shape: Shape, part: str = "") -> Restored:
    """The run's model from its newest intact checkpoint; the initial model if there is none.

    Only a damaged checkpoint is passed over. From one older than the newest that can't be read now, the
    training would be computed again, and the newest be thrown away in time. `part` is as for
    `load_checkpoint`.

    Raises:
        GatescopeError: a checkpoint can't be read now, is of another version, or belongs to another run.
    """
    model = model_without_weights(config, shape)
    damaged: list[DamagedFile] = []
    for path in _listed(folder):
        try:
            return Restored(model, load_checkpoint(model, path, config, part), damaged)
        except DamagedFile as damage:
            damaged.append(damage)
        except FileNotFoundError:  # removed since the folder was listed
            continue
    return Restored(new_model(config, shape), Checkpoint(Progress(step=0, config=config), {}), damaged)


def newest_model(folder: RunFolder, config: Config, shape: Shape) -> tuple[SequenceClassifier, int]:
    """The run's model with its newest intact weights, and their step.

    For a run without checkpoints this is the initial model, at step 0.

    Raises:
        GatescopeError: as `newest_checkpoint`; or there are checkpoints, but all of them are damaged.
    """
    newest = newest_checkpoint(folder, config, shape, WEIGHTS)
    if newest.damaged and len(newest.damaged) == len(folder.checkpoint_files()):
        raise newest.damaged[0]
    return newest.model, newest.checkpoint.progress.step


def set_aside(folder: RunFolder, damaged: list[DamagedFile]) -> None:
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
