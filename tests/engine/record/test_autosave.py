"""A checkpoint that is gone from the disk is written again while its weights are still known."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
from kit.trainings import Trained, first_digits, require_same, train

from explorer.engine.data.dataset import Dataset
from explorer.engine.record import autosave
from explorer.engine.record.checkpoints import newest_checkpoint
from explorer.engine.record.resume import resume
from explorer.protocol.messages import Continue, Pause, Request, Stop
from explorer.runs.events import CheckpointSaved
from explorer.runs.folder import RunFolder
from explorer.runs.shape import DIGITS


@pytest.fixture
def few() -> Dataset:
    """64 training samples, in 8 batches, and 50 test samples."""
    return first_digits(64, 50)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a folder again at once."""
    monkeypatch.setattr(autosave, "SETTLED_SECONDS", 0.0)


def remove_folder(folder: RunFolder) -> None:
    shutil.rmtree(folder.checkpoints)


def remove_files(folder: RunFolder) -> None:
    for path in folder.checkpoint_files():
        path.unlink()


def empty_newest(folder: RunFolder) -> None:
    folder.checkpoint_files()[0].write_bytes(b"")


def losing(step: int, lose, then: Request):
    """A viewer that pauses at a step, spoils the checkpoints in that pause, and sends `then`."""

    def ask(trained: Trained) -> list[Request]:
        if len(trained.steps) != step or trained.waits > 2:
            return []
        if not trained.answers:
            return [Pause()]
        if trained.waits == 2:
            lose(trained.folder)
            return [then]
        return []

    return ask


@pytest.mark.parametrize("lose", [remove_folder, remove_files, empty_newest])
@pytest.mark.parametrize(("step", "then"), [(3, Stop()), (8, Continue())])
def test_weights_whose_checkpoint_was_removed_in_a_pause_are_on_disk_at_the_end(
    tmp_path: Path, few: Dataset, lose, step: int, then: Request
) -> None:
    trained = train(tmp_path, few, losing(step, lose, then), hidden=8, batch_size=8)
    assert [event.step for event in trained.of(CheckpointSaved)][-2:] == [step, step]
    newest = newest_checkpoint(trained.folder, trained.config, DIGITS)
    assert newest.checkpoint.progress.step == step and not newest.damaged
    require_same(newest.model.state_dict(), trained.weights)
    assert stat.S_IMODE(trained.folder.checkpoints.stat().st_mode) == 0o700


def test_a_checkpoint_that_is_still_there_is_written_once(tmp_path: Path, few: Dataset) -> None:
    trained = train(tmp_path, few, losing(3, lambda folder: None, Stop()), hidden=8, batch_size=8)
    assert [event.step for event in trained.of(CheckpointSaved)] == [0, 3]


def test_a_resume_says_which_checkpoint_is_gone(tmp_path: Path, few: Dataset) -> None:
    folder = train(tmp_path, few, hidden=8, batch_size=8, epochs=3).folder
    resumed, _ = resume(folder, 4)
    assert resumed.removed_after(24) == ""
    said = "the checkpoint from step 24 is gone; the training resumes from step 16"
    assert resumed.removed_after(16) == said
