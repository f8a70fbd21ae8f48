"""A run's weights at earlier steps: kept as it goes, to be asked about later.

A kept moment has the form of a checkpoint, without the optimizer: 330 KB for an LSTM of 128 units, where a
checkpoint has 1.3 MB. Nothing resumes from it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import torch

from explorer.engine.record.checkpoints import CHECKPOINT, WEIGHTS, model_without_weights, new_model
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
from explorer.runs.folder import RunFolder
from explorer.runs.shape import Shape
from explorer.system.errors import GatescopeError, UsageError
from explorer.system.files import stamp_at, write_atomically
from models.classifier import SequenceClassifier

MOMENT: Final = Kind("moment", "move it out of the folder", copies=1)
"""How a kept moment is called."""


def save_moment(
    folder: RunFolder,
    step: int,
    config: Config,
    model: SequenceClassifier,
    check: Callable[[], None] = lambda: None,
) -> Path:
    """Write `moments/step-00000512.safetensors`: the tensors `model.*`, under the model's own names.

    Right before it is written, `check` sees to it that `folder.path` still names the run's folder.

    Raises:
        OSError: the folder is missing, is a link or can't be written, or the disk is full.
    """
    content = encode(Progress(step=step, config=config), weights_of(model))
    check()
    if folder.moments.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(folder.moments))
    path = folder.moment_at(step)
    write_atomically(path, content)
    return path


def model_at(folder: RunFolder, config: Config, shape: Shape, step: int) -> SequenceClassifier:
    """The run's model with the weights as they were after a step: kept ones, or those of a checkpoint.

    Step 0 needs no file: those weights come from the seed.

    Raises:
        UsageError: there are none of that step.
        GatescopeError: they are damaged, or can't be read now.
    """
    if step == 0:
        return new_model(config, shape)
    model = model_without_weights(config, shape)
    damaged: DamagedFile | None = None
    for kind, path in _places(folder, step):
        try:
            _load(model, kind, path, config, step)
        except FileNotFoundError:
            continue
        except DamagedFile as damage:
            damaged = damaged or damage
        else:
            return model
    if damaged is not None:
        raise GatescopeError(f"{damaged}; {_nearest(folder, step)}")
    raise UsageError(f"no weights were kept at step {step:,}; {_nearest(folder, step)}")


def _places(folder: RunFolder, step: int) -> list[tuple[Kind, Path]]:
    """Where the weights of a step may be; nowhere in a folder that is a link to elsewhere."""
    places = [(MOMENT, folder.moment_at(step)), (CHECKPOINT, folder.checkpoint_at(step))]
    return [(kind, path) for kind, path in places if not path.parent.is_symlink()]


def _load(model: SequenceClassifier, kind: Kind, path: Path, config: Config, step: int) -> None:
    """Give a model of the run the weights in a file, and nothing else of it."""
    own = weights_of(model)
    progress, tensors = read_tensors(path, kind.most(model), kind, WEIGHTS)
    weights = {name: tensor for name, tensor in tensors.items() if name in own or kind is MOMENT}
    wanted = {name: tensor.shape for name, tensor in own.items()}
    require_fit(kind, path, (progress, weights), config, wanted)
    if progress.step != step:  # a file that somebody renamed
        raise DamagedFile(kind, path, f"it is of step {progress.step:,}")
    model.load_state_dict(named(weights, "model"), assign=True)


def _nearest(folder: RunFolder, step: int) -> str:
    """The steps before and after one whose weights can be asked about, in a few words."""
    kept = folder.kept_steps()
    before, after = [one for one in kept if one < step][-1:], [one for one in kept if one > step][:1]
    names = " and ".join(f"{one:,}" for one in before + after)
    return f"the nearest {'are' if before and after else 'is'} {names}"


class Recall:
    """The weights of a run at other moments, for questions; those asked about last stay in memory."""

    def __init__(self, folder: RunFolder, config: Config, shape: Shape, device: torch.device) -> None:
        """Recall nothing yet."""
        self._folder = folder
        self._config = config
        self._shape = shape
        self._device = device
        self._known: tuple[object, ...] = ()
        self._model: SequenceClassifier | None = None

    def __call__(self, step: int) -> SequenceClassifier:
        """The model as it was after a step; read again only if its file is another by now.

        Raises:
            GatescopeError: as `model_at`.
        """
        now = (step, *(stamp_at(path) for _, path in _places(self._folder, step)))
        if self._model is None or self._known != now:
            self._model = None  # never two of them: with 4096 hidden units, one has 270 MB
            self._model = model_at(self._folder, self._config, self._shape, step).to(self._device)
            self._known = now
        return self._model
