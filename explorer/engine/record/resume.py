"""Taking a run up: a new one, one that was stopped, one whose engine died, or one that shall train longer."""

from __future__ import annotations

import msgspec

from explorer.runs.errors import GatescopeError, UsageError
from explorer.runs.files import remove_temporaries
from explorer.runs.folder import Extension, RunFile, RunFolder
from explorer.runs.history import History, read_history
from explorer.runs.known_folders import remember


def take_up(folder: RunFolder, epochs: int | None) -> RunFile:
    """Check that there is something to train, and note a longer plan; for the holder of the run's lock.

    Args:
        folder: the run.
        epochs: how many passes it shall have in all; None: as it was asked for before.

    Returns:
        What is asked for now.

    Raises:
        UsageError: nothing is left to train.
        GatescopeError: the run is damaged, diverged, or can't be written.
    """
    run = folder.read()
    if folder.checkpoints.is_symlink():
        raise GatescopeError(f"{folder.checkpoints} is a link to elsewhere; nothing is written there")
    history = read_history(folder.events)
    if history.state == "diverged":
        raise GatescopeError(
            f"run {folder.name} diverged at step {history.steps_done + 1:,}, and would again; "
            "start a new one with a lower --lr"
        )
    if history.events:  # a new run's folder is remembered as the run is made
        remember(folder.path.parent)
    if epochs is not None and epochs != run.config.epochs:
        run = _extend(folder, run, history, epochs)
    elif history.state == "finished":
        raise UsageError(
            f"run {folder.name} is finished after {_count(run.config.epochs)}; "
            "a larger --epochs trains it longer"
        )
    try:
        folder.checkpoints.mkdir(mode=0o700, exist_ok=True)
        for place in (folder.path, folder.checkpoints):
            remove_temporaries(place)
    except OSError as error:
        raise GatescopeError(f"cannot write {folder.path}: {error.strerror}") from None
    return run


def _extend(folder: RunFolder, run: RunFile, history: History, epochs: int) -> RunFile:
    """Note that the run is to have another number of epochs from here on."""
    done = history.steps_done
    if history.started is not None and done >= history.started.steps_per_epoch * epochs:
        trained = done // history.started.steps_per_epoch
        raise UsageError(f"--epochs {epochs}: run {folder.name} already has {_count(trained)}; name more")
    before = [*run.extensions, Extension(done, run.config.epochs)]
    config = msgspec.structs.replace(run.config, epochs=epochs)
    longer = msgspec.structs.replace(run, config=config, extensions=before)
    try:
        folder.write(longer)
    except OSError as error:
        raise GatescopeError(f"cannot write {folder.path}: {error.strerror}") from None
    return longer


def _count(epochs: int) -> str:
    """`1 epoch`, `3 epochs`."""
    return f"{epochs:,} epoch{'' if epochs == 1 else 's'}"
