"""Weights and optimizer on disk: safetensors, atomic, never a pickle."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from explorer.runs.config import Config
from explorer.runs.errors import GatescopeError
from explorer.runs.files import write_atomically
from explorer.runs.folder import RunFolder
from models.classifier import RowClassifier

FORMAT: Final = "1"
"""The version of this format, in each file's header."""
KEPT: Final = 3
"""How many checkpoints of a run are kept, the newest."""


def new_model(config: Config) -> RowClassifier:
    """The model of a run before its first step; the seed alone decides its weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        recipe = config.recipe
        return RowClassifier(config.cell, config.hidden, recipe.head, recipe.forget_bias)


def save_checkpoint(
    folder: RunFolder, step: int, model: RowClassifier, optimizer: torch.optim.Optimizer
) -> Path:
    """Write `checkpoints/step-00000600.safetensors` and remove all but the newest.

    The tensors are `model.*`, named as the model names them, and `optimizer.*`: each parameter's
    running averages by the same names.

    Raises:
        OSError: the folder can't be written, or the disk is full; what was there stays.
    """
    tensors = {f"model.{name}": value.detach().cpu() for name, value in model.state_dict().items()}
    for name, parameter in model.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            tensors[f"optimizer.{key}.{name}"] = torch.as_tensor(value).detach().cpu()
    contiguous = {name: value.contiguous() for name, value in tensors.items()}
    path = folder.checkpoints / f"step-{step:08d}.safetensors"
    write_atomically(path, save(contiguous, {"format": FORMAT, "step": str(step)}))
    for old in list_checkpoints(folder)[KEPT:]:
        old.unlink(missing_ok=True)
    return path


def list_checkpoints(folder: RunFolder) -> list[Path]:
    """The checkpoints of a run, newest first."""
    paths = folder.checkpoints.glob("step-*.safetensors")
    return sorted(paths, key=lambda path: (len(path.name), path.name), reverse=True)  # past 8 digits, too


def read_checkpoint(path: Path) -> tuple[int, dict[str, Tensor]]:
    """The step and the tensors of a checkpoint.

    Raises:
        GatescopeError: the file is missing, damaged or of another version.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            header: dict[str, Any] = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        if header.get("format") != FORMAT:
            raise GatescopeError(f"{path} has format {header.get('format')}, this gatescope reads {FORMAT}")
        return int(header["step"]), tensors
    except (OSError, SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise GatescopeError(f"the checkpoint {path} is damaged: {_one_line(error)}") from None


def load_model(model: RowClassifier, path: Path) -> int:
    """Load a checkpoint's weights; returns after how many steps they were.

    Raises:
        GatescopeError: the file is damaged, or holds another model.
    """
    step, tensors = read_checkpoint(path)
    weights = {name.removeprefix("model."): t for name, t in tensors.items() if name.startswith("model.")}
    own = model.state_dict()
    if {name: t.shape for name, t in own.items()} != {name: t.shape for name, t in weights.items()}:
        raise GatescopeError(f"the checkpoint {path} is of another model than run.json asks for")
    model.load_state_dict(weights)
    return step


def newest_model(folder: RunFolder, config: Config) -> tuple[RowClassifier, int]:
    """The run's model with its newest weights that can be read, and their step.

    A run without any checkpoint gives the model as it starts, at step 0.

    Raises:
        GatescopeError: there are checkpoints, and none of them can be read.
    """
    model = new_model(config)
    failure: GatescopeError | None = None
    for path in list_checkpoints(folder):
        try:
            return model, load_model(model, path)
        except GatescopeError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return model, 0


def _one_line(error: Exception) -> str:
    """An error's message without line breaks."""
    return " ".join(str(error).split()) or type(error).__name__
