"""Checkpoints: every bit is restored, no partial file is left, and only the newest are kept."""

from __future__ import annotations

import errno
import json
import os
import struct
import zipfile

import pytest
import torch
from kit.trainings import learnt, require_same, save

from explorer.engine.learning.adamw import AdamW
from explorer.engine.learning.health import Memory
from explorer.engine.record.checkpoints import (
    CHECKPOINT,
    KEPT,
    load_checkpoint,
    new_model,
    newest_checkpoint,
    save_checkpoint,
)
from explorer.engine.record.tensor_file import Progress, read_tensors
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.shape import DIGITS
from models import CELLS

CONFIG = configure({"hidden": 4, "seed": 3})
MOST = 1 << 20
"""Largest size of a checkpoint here, in bytes."""
ODD = [-0.0, 1e-45, -3.4e38, 1 / 3]
"""Weights that would lose bits in a careless format."""


@pytest.fixture
def run(tmp_path):
    return create_run(tmp_path, CONFIG, "one")


class TestRoundTrip:
    @pytest.mark.parametrize("cell", list(CELLS))
    def test_every_bit_of_the_weights_and_the_optimizer_is_restored(self, run, cell):
        config = configure({"cell": cell, "hidden": 4})
        model, optimizer = learnt(config)
        model.head.bias.data[:4] = torch.tensor(ODD)
        memory = Memory((0.1, 1 / 3), (0.5, 1.0), 0.75, "chance")
        progress = Progress(step=17, factor=1 / 3, health=memory, config=config)
        read, tensors = read_tensors(save_checkpoint(run, progress, model, optimizer), MOST, CHECKPOINT)
        wanted = {f"model.{name}": value for name, value in model.state_dict().items()}
        wanted |= {f"optimizer.{name}": value for name, value in optimizer.state.items()}
        assert read == progress and len(wanted) == 4 * len(model.state_dict())
        require_same(tensors, wanted)
        signs = torch.signbit(tensors["model.head.bias"])
        assert torch.equal(signs, torch.signbit(model.head.bias))
        other = new_model(config, DIGITS)
        assert load_checkpoint(other, run.checkpoint_files()[0], config).progress == progress
        require_same(other.state_dict(), model.state_dict())

    def test_a_checkpoint_is_a_header_and_numbers_and_never_a_pickle(self, run):
        path, weights = save(run, 1)
        content = path.read_bytes()
        [length] = struct.unpack("<Q", content[:8])
        header = json.loads(content[8 : 8 + length])
        about = header["__metadata__"]
        assert (about["format"], len(about["sha256"])) == ("2", 64)
        assert json.loads(about["progress"])["step"] == 1
        assert {f"model.{name}" for name in weights} < set(header)
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        assert len(content) == 8 + length + max(ends)
        assert not zipfile.is_zipfile(path) and content[:1] != b"\x80"

    def test_the_file_is_named_after_the_step_and_private_and_alone_in_its_folder(self, run):
        path, _ = save(run, 600)
        assert list(run.checkpoints.iterdir()) == [path]
        assert (path.name, path.stat().st_mode & 0o777) == ("step-00000600.safetensors", 0o600)


class TestKeeping:
    def test_only_the_newest_are_kept_and_other_files_are_left_alone(self, run):
        (run.checkpoints / "best.safetensors").write_bytes(b"mine")
        paths = [save(run, step)[0] for step in (1, 2, 10, 11, 100)]
        assert run.checkpoint_files() == paths[: -KEPT - 1 : -1]
        assert len(list(run.checkpoints.iterdir())) == KEPT + 1

    def test_a_step_number_with_more_digits_is_newer(self, run):
        for step in (99_999_997, 99_999_998, 99_999_999, 100_000_000):
            save(run, step)
        assert [read_tensors(path, MOST, CHECKPOINT)[0].step for path in run.checkpoint_files()] == [
            10**8,
            10**8 - 1,
            10**8 - 2,
        ]

    @pytest.mark.parametrize("call", ["fsync", "replace"])
    @pytest.mark.parametrize("step", [5, 6])
    def test_a_failed_write_leaves_the_old_checkpoint_unchanged(self, run, monkeypatch, call, step):
        path, _ = save(run, 5)
        before = path.read_bytes()

        def fail(*_):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, call, fail)
        with pytest.raises(OSError, match="No space"):
            save(run, step, steps=4)
        assert list(run.checkpoints.iterdir()) == [path] and path.read_bytes() == before


class TestResuming:
    def test_a_restored_optimizer_steps_as_if_it_had_never_stopped(self, run):
        model, optimizer = learnt(CONFIG, steps=3)
        progress = Progress(step=3, config=CONFIG)
        save_checkpoint(run, progress, model, optimizer)
        newest = newest_checkpoint(run, CONFIG, DIGITS)
        again = AdamW(newest.model, 0.01, newest.checkpoint.optimizer)
        for one, other in ((model, optimizer), (newest.model, again)):
            one.zero_grad()
            one(torch.full((2, 28, 28), 0.7)).square().sum().backward()
            other.step(0.01)
        require_same(newest.model.state_dict(), model.state_dict())
