"""Weights are kept as a training goes, within their room, and never in its way, whatever the disk does."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from kit.facts import started
from kit.trainings import Trained, first_digits, on_record, require_same, resume_training, train

from explorer.engine.data.dataset import Dataset
from explorer.engine.record import autosave, moment_keeper, moments
from explorer.engine.record.moment_keeper import BESIDES
from explorer.engine.record.moments import model_at
from explorer.engine.record.tensor_file import Progress
from explorer.engine.signals import Stopped
from explorer.protocol.messages import Request
from explorer.runs import writer
from explorer.runs.events import CheckpointSaved, MomentKept, MomentsDropped, StateChanged, Warned
from explorer.runs.folder import RunFolder, step_of
from explorer.runs.held_folder import FolderGone
from explorer.runs.history import read_history
from explorer.runs.shape import DIGITS

SMALL = {"hidden": 8, "batch_size": 16, "augment": True, "epochs": 3, "seed": 5}
"""A training of 3 epochs of 8 steps over 128 samples, with everything that is random."""
LONG = SMALL | {"batch_size": 128, "epochs": 20}
"""One of 20 epochs of a single step."""
DUE = [1, 2, 4, 8, 16, 24]
"""The steps whose weights the small one keeps."""
SIZE = BESIDES + 4 * (4 * (8 * 28 + 8 * 8 + 2 * 8) + 10 * 8 + 10)
"""What one moment of these counts, in bytes."""


@pytest.fixture(scope="module")
def few() -> Dataset:
    """128 training samples and 50 test samples."""
    return first_digits(128, 50)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, few: Dataset) -> Trained:
    """The small training, undisturbed."""
    return train(tmp_path_factory.mktemp("whole"), few, **SMALL)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory, few: Dataset) -> Trained:
    """The long one, undisturbed."""
    return train(tmp_path_factory.mktemp("long"), few, **LONG)


def steps(folder: RunFolder) -> list[int]:
    """The steps whose weights are in the folder."""
    return sorted(step for path in folder.moment_files() if (step := step_of(path)) is not None)


def once(step: int, act: Callable[[RunFolder], object]) -> Callable[[Trained], list[Request]]:
    """A viewer that asks nothing, but does something to the run's folder after a step."""
    done: list[bool] = []

    def look(trained: Trained) -> list[Request]:
        if len(trained.steps) == step and not done:
            done.append(True)
            act(trained.folder)
        return []

    return look


def stop(folder: RunFolder) -> None:
    raise Stopped


def change(folder: RunFolder, **options: object) -> None:
    """Change options in a run's `run.json` by hand; None removes one."""
    file = folder.path / "run.json"
    run = msgspec.json.decode(file.read_bytes())
    run["config"] |= options
    run["config"] = {name: value for name, value in run["config"].items() if options.get(name, 0) is not None}
    file.write_bytes(msgspec.json.encode(run))


def require_kept(folder: RunFolder, whole: Trained) -> None:
    """The weights in a folder are those that the undisturbed training kept."""
    assert steps(folder) == steps(whole.folder) == DUE
    for step in DUE:
        one, other = (model_at(each, whole.config, DIGITS, step) for each in (folder, whole.folder))
        require_same(one.state_dict(), other.state_dict())


def require_undisturbed(trained: Trained, whole: Trained) -> None:
    """Nothing came of it: the same bits, the same history, no warning and no pause."""
    assert trained.ended is None and not trained.of(Warned)
    assert [event.state for event in trained.of(StateChanged)] == ["training"]
    require_same(trained.weights, whole.weights)
    assert on_record(trained.folder) == on_record(whole.folder)


def require_told(folder: RunFolder) -> None:
    """What the events say is what there is."""
    assert sorted(read_history(folder.events).moments) == steps(folder)


class TestKeeping:
    def test_each_is_named_by_an_event_once_it_is_on_disk(self, tmp_path: Path, few: Dataset) -> None:
        there: list[bool] = []

        def look(trained: Trained) -> list[Request]:
            there.extend((trained.folder.path / event.path).is_file() for event in trained.of(MomentKept))
            return []

        trained = train(tmp_path, few, look, **SMALL)
        kept = trained.of(MomentKept)
        assert [event.step for event in kept] == DUE == steps(trained.folder)
        assert kept[2].path == "moments/step-00000004.safetensors" and there and all(there)
        assert trained.folder.moments.stat().st_mode & 0o777 == 0o700
        require_told(trained.folder)

    def test_0_turns_it_off_and_it_changes_no_bit_of_the_training(
        self, tmp_path: Path, few: Dataset, whole: Trained
    ) -> None:
        without = train(tmp_path, few, **SMALL, keep_moments=0)
        require_undisturbed(without, whole)
        assert not without.folder.moments.exists() and not without.of(MomentKept)
        assert without.folder.kept_steps() == [0, 8, 16, 24]  # those of the checkpoints

    def test_the_limit_holds_at_every_step_and_what_made_room_is_named(
        self, tmp_path: Path, few: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(moment_keeper, "MEGABYTE", 4 * SIZE)
        sizes: list[int] = []

        def look(trained: Trained) -> list[Request]:
            files = trained.folder.moment_files()
            assert sum(-(-path.stat().st_size // 4096) * 4096 for path in files) <= 4 * SIZE
            sizes.append(len(files))
            return []

        trained = train(tmp_path, few, look, **LONG, keep_moments=1)
        assert max(sizes) == 4 and steps(trained.folder) == [8, 16, 20]
        dropped = [event.steps for event in trained.of(MomentsDropped)]
        assert dropped == [[1, 3], [2, 6], [4, 12]]
        require_told(trained.folder)

    def test_without_the_room_for_one_none_is_kept(
        self, tmp_path: Path, few: Dataset, whole: Trained, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(moment_keeper, "MEGABYTE", SIZE - 1)
        trained = train(tmp_path, few, **SMALL, keep_moments=1)
        require_undisturbed(trained, whole)
        assert steps(trained.folder) == [] and not trained.of(MomentKept)


class Killed(BaseException):
    """Like `kill -9`: the training does nothing that it would do at its end."""


def killed(tmp_path: Path, few: Dataset, step: int) -> RunFolder:
    """A run whose engine was killed after a step, with half a moment on disk."""
    save = autosave.Autosave.save

    def kill(folder: RunFolder) -> None:
        (folder.moments / ".step-00000008.safetensors.0badcafe").write_bytes(b"half")
        raise Killed

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(
            autosave.Autosave, "save", lambda self, progress: progress.step == step or save(self, progress)
        )
        train(tmp_path / "killed", few, once(step, kill), **SMALL)
    return RunFolder(tmp_path / "killed" / "0" / "run")


class TestResuming:
    @pytest.mark.parametrize("step", [5, 10, 23])
    def test_those_after_the_checkpoint_go_and_are_written_again_as_they_are_recomputed(
        self, tmp_path: Path, few: Dataset, whole: Trained, step: int
    ) -> None:
        folder, saved = killed(tmp_path, few, step), (step - 1) // 8 * 8
        assert steps(folder) == [due for due in DUE if due <= step]
        seen: list[list[int]] = []
        rest = resume_training(folder, few, lambda trained: seen.append(steps(folder)) or [])
        assert seen[0] == [due for due in DUE if due <= saved]
        assert [event.step for event in rest.of(MomentKept)] == [due for due in DUE if due > saved]
        require_same(rest.weights, whole.weights)
        require_kept(folder, whole)
        assert len(list(folder.moments.iterdir())) == len(DUE)

    def test_a_viewer_knows_from_the_start_of_an_engine_which_are_gone(
        self, tmp_path: Path, few: Dataset
    ) -> None:
        history = read_history(killed(tmp_path, few, 6).events)
        assert history.moments == {1, 2, 4}
        history.add(started(step=3))
        assert history.moments == {1, 2}

    def test_a_run_from_before_there_were_any_keeps_those_to_come(
        self, tmp_path: Path, few: Dataset, whole: Trained
    ) -> None:
        folder = train(tmp_path, few, once(10, stop), **SMALL, keep_moments=0).folder
        change(folder, keep_moments=None)
        assert folder.read().config.keep_moments == 64
        require_same(resume_training(folder, few).weights, whole.weights)
        assert steps(folder) == [16, 24]


def as_file(folder: RunFolder) -> None:
    folder.moments.touch()


def as_link(folder: RunFolder) -> None:
    (folder.path / "mine").mkdir()
    folder.moments.symlink_to("mine")
    folder.moment_at(700).touch()


class TestInTheWay:
    """None of this may hinder the training, and none of it is worth a word."""

    @pytest.mark.parametrize("spoil", [as_file, as_link])
    def test_where_their_folder_is_none_nothing_is_kept_and_nothing_touched(
        self, tmp_path: Path, few: Dataset, whole: Trained, spoil: Callable[[RunFolder], None]
    ) -> None:
        folder = train(tmp_path, few, once(0, stop), **SMALL, keep_moments=0).folder
        spoil(folder)
        change(folder, keep_moments=64)
        trained = resume_training(folder, few)
        require_same(trained.weights, whole.weights)
        assert not trained.of(MomentKept) and not trained.of(Warned)
        assert [path.name for path in folder.path.glob("mine/*")] in ([], ["step-00000700.safetensors"])

    def test_a_folder_that_is_removed_meanwhile_is_not_made_again(
        self, tmp_path: Path, few: Dataset, whole: Trained
    ) -> None:
        trained = train(tmp_path, few, once(3, lambda run: shutil.rmtree(run.moments)), **SMALL)
        require_undisturbed(trained, whole)
        assert not trained.folder.moments.exists()
        assert [event.step for event in trained.of(MomentKept)] == [1, 2]

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EFBIG])
    def test_one_that_cannot_be_written_is_not_kept(
        self, tmp_path: Path, few: Dataset, whole: Trained, monkeypatch: pytest.MonkeyPatch, code: int
    ) -> None:
        real = os.open

        def refuse(path: object, flags: int, *more: int, **named: int) -> int:
            if flags & os.O_CREAT and Path(str(path)).parent.name == "moments" and "-00000004." in str(path):
                raise OSError(code, os.strerror(code))
            return real(path, flags, *more, **named)

        monkeypatch.setattr(os, "open", refuse)
        trained = train(tmp_path, few, **SMALL)
        require_undisturbed(trained, whole)
        assert steps(trained.folder) == [1, 2, 8, 16, 24]
        require_told(trained.folder)

    def test_a_run_that_is_renamed_meanwhile_keeps_them_under_its_new_name(
        self, tmp_path: Path, few: Dataset, whole: Trained
    ) -> None:
        def rename(run: RunFolder) -> None:
            run.path.rename(run.path.with_name("other"))

        trained = train(tmp_path, few, once(3, rename), **SMALL)
        require_undisturbed(trained, whole)
        assert trained.folder.name == "other" and os.listdir(trained.folder.path.parent) == ["other"]
        require_kept(trained.folder, whole)

    def test_a_run_that_is_renamed_at_the_last_moment_is_found(
        self, tmp_path: Path, few: Dataset, whole: Trained, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real, folder = moments.encode, tmp_path / "0" / "run"

        def rename(*given: object) -> bytes:
            if folder.exists():
                folder.rename(folder.with_name("other"))
            return real(*given)

        monkeypatch.setattr(moments, "encode", rename)
        trained = train(tmp_path, few, **SMALL)
        require_undisturbed(trained, whole)
        assert trained.folder.name == "other" and not folder.exists()
        require_kept(trained.folder, whole)

    def test_nothing_is_touched_in_a_folder_that_took_the_place_of_one_that_was_deleted(
        self, tmp_path: Path, few: Dataset
    ) -> None:
        def replace(run: RunFolder) -> None:
            shutil.rmtree(run.path)
            run.moments.mkdir(parents=True)
            run.moment_at(700).touch()

        with pytest.raises(FolderGone):
            train(tmp_path, few, once(3, replace), **SMALL)
        folder = RunFolder(tmp_path / "0" / "run")
        assert [path.name for path in folder.path.rglob("*")] == ["moments", "step-00000700.safetensors"]


class TestFullDisk:
    """A disk that is full while there are more than a few moments: they go before anything is refused."""

    @pytest.mark.parametrize("fit", [0, 1, 5])
    def test_they_make_room_for_a_checkpoint(
        self, tmp_path: Path, few: Dataset, long: Trained, monkeypatch: pytest.MonkeyPatch, fit: int
    ) -> None:
        save = autosave.save_checkpoint

        def refuse(folder: RunFolder, *given: object) -> Path:
            if len(folder.moment_files()) > fit:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return save(folder, *given)

        monkeypatch.setattr(autosave, "save_checkpoint", refuse)
        trained = train(tmp_path, few, **LONG)
        require_undisturbed(trained, long)
        assert len(trained.of(CheckpointSaved)) == len(long.of(CheckpointSaved)) == 21
        assert fit // 2 <= len(steps(trained.folder)) <= fit and trained.of(MomentsDropped)
        require_told(trained.folder)

    @pytest.mark.parametrize("fit", [0, 1, 5])
    def test_they_make_room_for_an_event(
        self, tmp_path: Path, few: Dataset, long: Trained, monkeypatch: pytest.MonkeyPatch, fit: int
    ) -> None:
        folder, real = RunFolder(tmp_path / "0" / "run"), os.write

        def refuse(handle: int, content: bytes) -> int:
            if len(folder.moment_files()) > fit:
                raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))
            return real(handle, content[:99])  # the system may take a part of it

        monkeypatch.setattr(writer.os, "write", refuse)
        trained = train(tmp_path, few, **LONG)
        require_undisturbed(trained, long)
        assert len(steps(folder)) <= fit and trained.of(MomentsDropped)
        require_told(folder)

    def test_those_that_are_left_are_spread_over_the_training(
        self, tmp_path: Path, few: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        save, refused = autosave.save_checkpoint, []

        def refuse(folder: RunFolder, progress: Progress, *given: object) -> Path:
            if progress.step == 20 and not refused:
                refused.append(True)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return save(folder, progress, *given)

        monkeypatch.setattr(autosave, "save_checkpoint", refuse)
        trained = train(tmp_path, few, **LONG)
        assert steps(trained.folder) == [2, 4, 6, 8, 10, 12, 14, 16, 18, 20]

    def test_if_they_cannot_be_removed_the_training_waits_as_ever(
        self, tmp_path: Path, few: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        save = autosave.save_checkpoint

        def refuse(folder: RunFolder, progress: Progress, *given: object) -> Path:
            if progress.step:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return save(folder, progress, *given)

        def keep(path: Path, missing_ok: bool = False) -> None:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

        monkeypatch.setattr(autosave, "save_checkpoint", refuse)
        monkeypatch.setattr(Path, "unlink", keep)
        trained = train(tmp_path, few, lambda trained: stop(trained.folder) if trained.waits else [], **SMALL)
        assert trained.of(StateChanged)[-1].reason.startswith("can't save the last checkpoint: No space left")
        assert steps(trained.folder) == DUE and not trained.of(MomentsDropped)
