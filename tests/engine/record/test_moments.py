"""The weights of an earlier step are those that there were, to the bit, or are refused in one line."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.refusals import refusing
from kit.trainings import Trained, first_digits, learnt, require_same, save, train

from explorer.engine.record import moments
from explorer.engine.record.checkpoints import CHECKPOINT, new_model
from explorer.engine.record.moments import MOMENT, Recall, model_at, save_moment
from explorer.engine.record.tensor_file import read_tensors
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.folder import RunFolder
from explorer.runs.shape import DIGITS
from explorer.system.errors import GatescopeError
from models import CELLS

CONFIG = configure({"hidden": 4, "seed": 3})
MOST = 1 << 20
"""Largest size of a file here, in bytes."""


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run with the weights of steps 2, 512 and 938, each different, and a checkpoint of step 1,000."""
    return make(tmp_path)


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The same for tests that hypothesis calls many times."""
    return make(tmp_path_factory.mktemp("runs"))


def make(runs: Path) -> RunFolder:
    folder = create_run(runs, CONFIG, "one")
    folder.moments.mkdir()
    for number, step in enumerate((2, 512, 938)):
        save_moment(folder, step, CONFIG, learnt(CONFIG, number + 1)[0])
    save(folder, 1000, steps=5)
    return folder


def refusal(folder: RunFolder, step: int) -> str:
    """The one line with which a step is refused."""
    with pytest.raises(GatescopeError) as caught:
        model_at(folder, CONFIG, DIGITS, step)
    line = str(caught.value)
    assert line.isprintable()
    return line


class TestTraining:
    @pytest.mark.parametrize("cell", list(CELLS))
    def test_every_kept_step_has_the_weights_that_the_training_had_after_it(
        self, tmp_path: Path, cell: str
    ) -> None:
        then: dict[int, dict[str, torch.Tensor]] = {}

        def look(trained: Trained) -> list:
            if trained.steps:
                then[trained.steps[-1].step] = trained.weights
            return []

        trained = train(
            tmp_path, first_digits(100, 20), look, cell=cell, hidden=4, batch_size=10, epochs=3, seed=5
        )
        steps = trained.folder.kept_steps()
        assert steps == [0, 1, 2, 4, 8, 10, 20, 30]
        then |= {0: new_model(trained.config, DIGITS).state_dict(), 30: trained.weights}
        for step in steps:
            model = model_at(trained.folder, trained.config, DIGITS, step)
            require_same(model.state_dict(), then[step])
        assert not torch.equal(then[1]["head.weight"], then[2]["head.weight"])

    def test_bf16_is_still_bf16(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("explorer.runs.requirements.CPUINFO", tmp_path / "nowhere")
        config = configure({"hidden": 4, "precision": "bf16"})
        folder = create_run(tmp_path, config, "one")
        folder.moments.mkdir()
        save_moment(folder, 1, config, new_model(config, DIGITS))
        assert model_at(folder, config, DIGITS, 1).layer.rounded


class TestFile:
    def test_it_holds_the_weights_alone_and_is_private_and_alone_in_its_folder(self, tmp_path: Path) -> None:
        folder = create_run(tmp_path, CONFIG, "one")
        folder.moments.mkdir()
        model, _ = learnt(CONFIG)
        path = save_moment(folder, 512, CONFIG, model)
        assert list(folder.moments.iterdir()) == [path]
        assert (path.name, path.stat().st_mode & 0o777) == ("step-00000512.safetensors", 0o600)
        progress, tensors = read_tensors(path, MOST, MOMENT)
        assert (progress.step, progress.config) == (512, CONFIG)
        require_same(tensors, {f"model.{name}": tensor for name, tensor in model.state_dict().items()})
        [header] = struct.unpack("<Q", path.read_bytes()[:8])
        assert path.stat().st_size == 8 + header + 4 * sum(p.numel() for p in model.parameters())

    def test_nothing_resumes_from_it(self, run: RunFolder) -> None:
        run.moment_at(938).rename(run.checkpoint_at(2000))
        from explorer.engine.record.checkpoints import newest_checkpoint

        newest = newest_checkpoint(run, CONFIG, DIGITS)
        assert newest.checkpoint.progress.step == 1000 and len(newest.damaged) == 1


class TestRefused:
    @pytest.mark.parametrize(
        ("step", "nearest"),
        [
            (1, "the nearest are 0 and 2"),
            (700, "the nearest are 512 and 938"),
            (950, "the nearest are 938 and 1,000"),
            (1234, "the nearest is 1,000"),
        ],
    )
    def test_a_step_that_was_not_kept_names_the_nearest_that_were(
        self, run: RunFolder, step: int, nearest: str
    ) -> None:
        assert refusal(run, step) == f"no weights were kept at step {step:,}; {nearest}"

    def test_a_checkpoint_of_that_step_will_do_and_one_of_another_will_not(self, run: RunFolder) -> None:
        wanted = read_tensors(run.checkpoint_at(1000), MOST, CHECKPOINT)[1]
        model = model_at(run, CONFIG, DIGITS, 1000)
        require_same(
            {f"model.{name}": tensor for name, tensor in model.state_dict().items()},
            {name: tensor for name, tensor in wanted.items() if name.startswith("model.")},
        )
        run.checkpoint_at(1000).rename(run.checkpoint_at(1001))
        assert "step-00001001.safetensors is damaged: it is of step 1,000; the nearest is 938" in refusal(
            run, 1001
        )

    @given(st.data())
    @settings(max_examples=100, deadline=None)
    def test_a_single_flipped_bit_anywhere_is_found(self, arena: RunFolder, data: st.DataObject) -> None:
        path = arena.moment_at(512)
        whole = path.read_bytes()
        bit = data.draw(st.integers(0, 8 * len(whole) - 1))
        content = bytearray(whole)
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        try:
            line = refusal(arena, 512)
        finally:
            path.write_bytes(whole)
        assert line.startswith(f"the moment {path} is damaged: ")
        assert line.endswith("; the nearest are 2 and 938")

    @pytest.mark.parametrize("length", [0, 7, 9, 500, -1])
    def test_a_damaged_one_is_passed_over_for_a_checkpoint_of_that_step(
        self, run: RunFolder, length: int
    ) -> None:
        _, weights = save(run, 938, steps=3)
        path = run.moment_at(938)
        path.write_bytes(path.read_bytes()[:length])
        require_same(model_at(run, CONFIG, DIGITS, 938).state_dict(), weights)

    @pytest.mark.parametrize("other", [{"seed": 4}, {"lr": 0.1}, {"augment": True}])
    def test_one_of_another_run_is_refused(self, run: RunFolder, other: dict[str, object]) -> None:
        config = configure({"hidden": 4, "seed": 3} | other)
        save_moment(run, 512, config, new_model(config, DIGITS))
        assert refusal(run, 512) == (
            f"the moment {run.moment_at(512)} belongs to another run than run.json; move it out of the folder"
        )

    def test_one_of_a_run_that_was_told_to_keep_more_or_to_train_longer_is_this_run_s(
        self, run: RunFolder
    ) -> None:
        other = msgspec.structs.replace(CONFIG, keep_moments=0, epochs=77)
        require_same(
            model_at(run, other, DIGITS, 512).state_dict(), model_at(run, CONFIG, DIGITS, 512).state_dict()
        )

    @pytest.mark.parametrize("other", [{"hidden": 3}, {"cell": "gru", "hidden": 4}])
    def test_tensors_of_another_model_are_damage(self, run: RunFolder, other: dict[str, object]) -> None:
        save_moment(run, 512, CONFIG, new_model(configure(other), DIGITS))
        assert "is damaged: its tensors are not those of this run; the nearest are" in refusal(run, 512)

    def test_one_under_another_step_s_name_is_damage(self, run: RunFolder) -> None:
        run.moment_at(2).replace(run.moment_at(3))
        assert "step-00000003.safetensors is damaged: it is of step 2; the nearest are 0" in refusal(run, 3)

    def test_one_larger_than_any_of_this_run_is_not_read(self, run: RunFolder) -> None:
        with open(run.moment_at(512), "r+b") as file:
            file.truncate(1 << 30)
        assert "is no moment of this run: it has 1,073,741,824 bytes" in refusal(run, 512)

    @pytest.mark.parametrize("make", ["folder", "link", "pipe"])
    def test_what_is_no_file_is_damage(self, run: RunFolder, make: str) -> None:
        path = run.moment_at(512)
        elsewhere = path.rename(run.path / "elsewhere")
        {"folder": path.mkdir, "link": partial(path.symlink_to, elsewhere), "pipe": partial(os.mkfifo, path)}[
            make
        ]()
        assert f"the moment {path} is damaged: " in refusal(run, 512)

    def test_nothing_is_read_in_a_folder_that_is_a_link(self, run: RunFolder) -> None:
        run.moments.rename(run.path / "elsewhere")
        run.moments.symlink_to("elsewhere")
        assert refusal(run, 512) == "no weights were kept at step 512; the nearest are 0 and 1,000"

    def test_what_cannot_be_read_now_is_not_called_damaged(self, run: RunFolder) -> None:
        path = run.moment_at(512)
        with refusing(path, errno.EIO):
            assert f"can't read the moment {path} now: Input/output error" in refusal(run, 512)
        with refusing(path, errno.EMFILE, times=2) as refused:
            model_at(run, CONFIG, DIGITS, 512)
        assert len(refused) == 2


class TestRecall:
    @pytest.fixture
    def reads(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """The steps whose weights were read, one after the other."""
        reads: list[int] = []
        real = model_at

        def reading(folder: RunFolder, config: object, shape: object, step: int) -> object:
            reads.append(step)
            return real(folder, config, shape, step)

        monkeypatch.setattr(moments, "model_at", reading)
        return reads

    @pytest.fixture
    def recall(self, run: RunFolder) -> Callable[[int], torch.nn.Module]:
        return Recall(run, CONFIG, DIGITS, torch.device("cpu"))

    def test_the_one_asked_for_last_is_read_once(self, recall, reads) -> None:
        assert [recall(step) is recall(step) for step in (512, 0, 512, 938)] == [True] * 4
        assert reads == [512, 0, 512, 938]

    def test_it_is_read_again_when_it_was_trained_again(self, run, recall, reads) -> None:
        recall(512)
        model = learnt(CONFIG, 7)[0]
        save_moment(run, 512, CONFIG, model)
        require_same(recall(512).state_dict(), model.state_dict())
        assert reads == [512, 512]

    def test_one_that_was_dropped_meanwhile_is_refused(self, run, recall) -> None:
        recall(512)
        run.moment_at(512).unlink()
        with pytest.raises(GatescopeError, match="no weights were kept at step 512; the nearest are 2 and"):
            recall(512)

    def test_a_run_that_was_renamed_meanwhile_is_read_under_its_new_name(self, run, recall) -> None:
        run.path = run.path.rename(run.path.with_name("other"))
        require_same(recall(2).state_dict(), learnt(CONFIG, 1)[0].state_dict())
