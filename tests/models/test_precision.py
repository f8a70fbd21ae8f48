"""--precision bf16: only where it pays off, and fixed for a run from its first step to its last."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import torch
from kit.trainings import first_digits, train

from explorer.engine import devices
from explorer.engine.record.checkpoints import newest_checkpoint
from explorer.runs.catalogue import create_run
from explorer.runs.config import Config, configure
from explorer.runs.shape import DIGITS
from explorer.system.errors import GatescopeError
from models.by_hand.products import has_bfloat16
from models.layer import RecurrentLayer

CPU = torch.device("cpu")
ROUNDED = configure({"precision": "bf16"})


@pytest.mark.parametrize("able", [True, False])
def test_float32_is_never_refused(able: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "has_bfloat16", lambda: able)
    devices.require_precision(configure({}), torch.device("cuda"))


def test_a_processor_that_multiplies_bfloat16_accepts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "has_bfloat16", lambda: True)
    devices.require_precision(ROUNDED, CPU)


@pytest.mark.parametrize(
    ("able", "device", "tape", "why"),
    [
        (False, "cpu", True, "AVX512-BF16 or AMX"),
        (True, "cuda", True, "bf16 is for the CPU, not for cuda"),
        (True, "cpu", False, "the cell lstm has no matrix products of its own"),
    ],
)
def test_elsewhere_it_is_refused_with_the_reason(
    able: bool, device: str, tape: bool, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "has_bfloat16", lambda: able)
    if not tape:
        monkeypatch.setattr(devices, "layer_class", lambda cell: RecurrentLayer)
    with pytest.raises(GatescopeError, match=rf"--precision bf16: .*{why}.*; use float32"):
        devices.require_precision(ROUNDED, torch.device(device))


@pytest.mark.slow
def test_the_command_refuses_bf16_in_one_line_or_trains(place: Path) -> None:
    options = ["--data-dir", str(place), "--hidden", "4", "--epochs", "1", "--device", "cpu", "--json"]
    command = [sys.executable, "-m", "explorer", "train", *options, "--precision", "bf16"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if has_bfloat16():
        assert done.returncode == 0 and json.loads(done.stdout)["state"] == "finished"
    else:
        assert done.returncode == 1
        [line] = [line for line in done.stderr.splitlines() if line.startswith("gatescope:")]
        assert "AVX512-BF16" in line


def test_a_rounded_training_stays_near_the_plain_one_and_stays_rounded(tmp_path: Path) -> None:
    data = first_digits(128, 50)
    options = {"hidden": 8, "batch_size": 16, "epochs": 2, "seed": 5}
    whole = train(tmp_path / "whole", data, precision="bf16", **options)
    plain = train(tmp_path / "plain", data, **options)
    assert whole.steps[0].loss != plain.steps[0].loss
    assert [step.loss for step in whole.steps] == pytest.approx([step.loss for step in plain.steps], rel=0.02)
    assert newest_checkpoint(whole.folder, whole.config, DIGITS).model.layer.rounded


def test_a_run_from_before_the_option_existed_is_float32(tmp_path: Path) -> None:
    folder = create_run(tmp_path, configure({}), "old")
    file = msgspec.json.decode((folder.path / "run.json").read_bytes())
    del file["config"]["precision"]
    (folder.path / "run.json").write_bytes(msgspec.json.encode(file))
    config = folder.read().config
    assert isinstance(config, Config) and config == configure({}) and config.precision == "float32"
    assert config.identity != ROUNDED.identity
