"""Which steps of a run can be asked about: as its folder has them, and as its events say."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from kit.facts import started, stepped

from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.events import Event, MomentKept, MomentsDropped
from explorer.runs.folder import RunFile, RunFolder, step_of
from explorer.runs.history import History
from explorer.runs.manage import disk_size, rename_run
from explorer.runs.snapshot import NO_RUN, take_snapshot


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run with the weights of some steps, past 8 digits, too, and two checkpoints."""
    run = create_run(tmp_path, configure({}), "one")
    run.moments.mkdir()
    for step in (1, 2, 938, 100_000_000):
        (run.moments / f"step-{step:08d}.safetensors").write_bytes(b"123")
    for step in (938, 1400):
        (run.checkpoints / f"step-{step:08d}.safetensors").touch()
    return run


class TestFolder:
    def test_those_that_can_be_asked_are_0_and_every_step_with_a_file(self, run: RunFolder) -> None:
        assert run.kept_steps() == [0, 1, 2, 938, 1400, 100_000_000]
        assert [step_of(path) for path in run.moment_files()] == [100_000_000, 938, 2, 1]

    def test_a_run_from_before_has_0_and_its_checkpoints(self, tmp_path: Path) -> None:
        assert create_run(tmp_path, configure({}), "old").kept_steps() == [0]
        assert RunFolder(tmp_path / "nowhere").kept_steps() == [0]

    def test_other_files_are_none_and_a_link_is_not_followed(self, run: RunFolder) -> None:
        for name in ("step-newest.safetensors", ".step-00000007.safetensors.0badcafe", "mine.safetensors"):
            (run.moments / name).touch()
        assert run.kept_steps() == [0, 1, 2, 938, 1400, 100_000_000]
        run.moments.rename(run.path / "elsewhere")
        run.moments.symlink_to("elsewhere")
        assert run.moment_files() == [] and run.kept_steps() == [0, 938, 1400]

    def test_they_count_for_the_size_of_a_run_and_stay_with_it(self, run: RunFolder) -> None:
        size = disk_size(run)
        (run.moments / "step-00000002.safetensors").unlink()
        assert disk_size(run) == size - 3
        assert rename_run(run, "other").kept_steps() == [0, 1, 938, 1400, 100_000_000]


def seen(*events: Event) -> tuple[int, ...]:
    """The steps that a screen offers after these events."""
    history = History()
    history.extend(events)
    return take_snapshot(RunFile(2, "one", 0.0, "0.2.0", configure({})), history, None, False, 0).moments


def kept(step: int) -> MomentKept:
    return MomentKept(time=1.0, step=step, path=f"moments/step-{step:08d}.safetensors")


class TestEvents:
    def test_those_that_were_kept_are_offered_in_order_and_0_always(self) -> None:
        assert seen() == (0,)
        assert seen(started(), kept(1), kept(2), stepped(3), kept(4)) == (0, 1, 2, 4)
        assert NO_RUN.moments == ()

    def test_those_that_were_dropped_are_no_longer_offered(self) -> None:
        dropped = MomentsDropped(time=2.0, steps=[2, 4, 77])
        assert seen(started(), *map(kept, (1, 2, 4, 8)), dropped, kept(16)) == (0, 1, 8, 16)

    def test_those_that_are_trained_again_are_offered_once_they_have_been(self) -> None:
        first = (started(), *map(kept, (1, 2, 4, 8)))
        assert seen(*first, started(step=3)) == (0, 1, 2)
        assert seen(*first, started(step=3), kept(4)) == (0, 1, 2, 4)
        assert seen(*first, started(step=8), kept(16)) == (0, 1, 2, 4, 8, 16)


class TestOption:
    def test_a_run_json_from_before_it_keeps_64_mb(self, tmp_path: Path) -> None:
        run = create_run(tmp_path, configure({"keep_moments": 3}), "one")
        file = run.path / "run.json"
        content = msgspec.json.decode(file.read_bytes())
        assert content["config"].pop("keep_moments") == 3
        file.write_bytes(msgspec.json.encode(content))
        assert run.read().config.keep_moments == 64

    def test_it_does_not_tell_one_training_from_another(self) -> None:
        assert configure({"keep_moments": 0}).identity == configure({"keep_moments": 9}).identity
