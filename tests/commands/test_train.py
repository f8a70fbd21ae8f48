"""What `gatescope train` says at its end, where the weights stand behind what is on record."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest
from kit.digits import tiny_files, write_files
from kit.trainings import one_thread

from explorer.commands.train import train_here
from explorer.engine.control import Control
from explorer.engine.data.sources import SOURCES
from explorer.engine.distributed.rank import ALONE
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.folder import RunFolder
from explorer.runs.history import read_history
from explorer.runs.summary import summarise


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A new run of 2 epochs of 5 steps, each with an evaluation."""
    write_files(tmp_path / "MNIST" / "raw", tiny_files(SOURCES["mnist"], train=20, test=10))
    options = {"hidden": 4, "batch_size": 4, "epochs": 2, "device": "cpu", "threads": 1}
    return create_run(tmp_path, configure(options | {"data_dir": str(tmp_path)}), "one")


@one_thread()
def interrupted(run: RunFolder, at: int, as_json: bool, monkeypatch: pytest.MonkeyPatch) -> int:
    """Train a run that gets ctrl+c at a step; its exit code."""
    reach = Control.reach

    def interrupt(control: Control, step: int) -> None:
        reach(control, step)
        if step == at:
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(Control, "reach", interrupt)
        return train_here(run, {}, as_json, ALONE)


@pytest.mark.parametrize("as_json", [False, True])
def test_ctrl_c_while_steps_are_recomputed_reports_the_step_of_the_weights(
    run: RunFolder, as_json: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert interrupted(run, 7, False, monkeypatch) == 130
    assert "stopped after 7 steps" in capsys.readouterr().out
    accuracy = read_history(run.events).evaluated.accuracy
    shutil.rmtree(run.checkpoints)
    assert interrupted(run, 3, as_json, monkeypatch) == 130
    said = capsys.readouterr().out
    if as_json:
        facts = json.loads(said.splitlines()[-1])
        assert (facts["step"], facts["test_step"], facts["test_accuracy"]) == (3, 7, accuracy)
    else:
        assert "stopped (while recomputing, at step 3 of 7) after 3 steps" in said
        assert f"test accuracy {accuracy:.2%} at step 7 over 10 samples" in said
    seen = summarise(run)
    assert (seen.reason, seen.saved) == ("while recomputing, at step 3 of 7", 3)
