"""What the system refuses to read is not damaged: tried again, then named; not renamed, not passed over."""

from __future__ import annotations

import errno
import os
import platform
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from kit.asking import activations_of
from kit.facts import stepped
from kit.no_mapping import CALLS
from kit.refusals import refusing
from kit.trainings import require_same, save

from explorer.engine.read_only import Library
from explorer.engine.record import tensor_contents
from explorer.engine.record.checkpoints import newest_checkpoint, newest_model, set_aside
from explorer.engine.record.recorded import read_recorded
from explorer.protocol.messages import Refused
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.events import encode
from explorer.runs.folder import RunFolder
from explorer.runs.lock import EngineLock
from explorer.runs.manage import delete_run
from explorer.runs.shape import DIGITS
from explorer.system import patience
from explorer.system.errors import GatescopeError

CONFIG = configure({"hidden": 4, "seed": 3})
PASSING = ("EMFILE", "ENFILE", "ESTALE", "EACCES", "EIO", "ENOMEM", "ENODEV", "EINTR", "ETIMEDOUT")


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run with checkpoints of steps 5 and 6."""
    run = create_run(tmp_path, CONFIG, "one")
    save(run, 5)
    save(run, 6, steps=3)
    return run


def names(run: RunFolder) -> list[str]:
    """The files beside the checkpoints, these included."""
    return sorted(path.name for path in run.checkpoints.iterdir())


@pytest.mark.parametrize("name", PASSING)
class TestRefused:
    def test_for_a_moment_the_newest_is_read_all_the_same(self, run: RunFolder, name: str) -> None:
        weights = newest_checkpoint(run, CONFIG, DIGITS).model.state_dict()
        with refusing(run.checkpoint_files()[0], getattr(errno, name), times=2) as refused:
            newest = newest_checkpoint(run, CONFIG, DIGITS)
        assert len(refused) == 2 and newest.checkpoint.progress.step == 6 and not newest.damaged
        require_same(newest.model.state_dict(), weights)

    @pytest.mark.parametrize("what", ["checkpoint", "folder"])
    def test_for_good_it_is_named_and_no_older_one_taken(self, run: RunFolder, name: str, what: str) -> None:
        before = names(run)
        path = run.checkpoint_files()[0] if what == "checkpoint" else run.checkpoints
        code = getattr(errno, name)
        with refusing(path, code) as refused, pytest.raises(GatescopeError) as caught:
            newest_checkpoint(run, CONFIG, DIGITS)
        line = str(caught.value)
        assert str(path) in line and f"now: {os.strerror(code)}; " in line and "\n" not in line
        assert "damaged" not in line and len(refused) == 1 + len(patience.WAITS)
        assert names(run) == before


def test_with_no_file_left_to_open_it_waits_until_there_is_one(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    waits: list[float] = []

    def release(seconds: float) -> None:
        waits.append(seconds)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)

    monkeypatch.setattr(patience.time, "sleep", release)
    handle = os.open(os.devnull, os.O_RDONLY)
    os.close(handle)  # the lowest number that is free
    resource.setrlimit(resource.RLIMIT_NOFILE, (handle, limits[1]))
    try:
        assert newest_model(run, CONFIG, DIGITS)[1] == 6
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert waits == [patience.WAITS[0]]


def test_a_checkpoint_larger_than_any_of_this_run_is_named_and_left_alone(run: RunFolder) -> None:
    config = configure({"hidden": 128, "seed": 3})
    save(create_run(run.path.parent, config, "large"), 7)[0].rename(
        run.checkpoints / "step-00000007.safetensors"
    )
    before = names(run)
    with pytest.raises(
        GatescopeError, match=r"0007.safetensors is no checkpoint of this run: .* move it out"
    ):
        newest_checkpoint(run, CONFIG, DIGITS)
    assert names(run) == before


def test_a_checkpoint_that_is_removed_meanwhile_is_no_failure(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = run.checkpoint_files()
    listed[0].unlink()
    monkeypatch.setattr(RunFolder, "checkpoint_files", lambda run: listed)
    newest = newest_checkpoint(run, CONFIG, DIGITS)
    assert newest.checkpoint.progress.step == 5 and not newest.damaged


def test_without_the_memory_for_it_a_checkpoint_is_not_damaged(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 9 bytes")

    monkeypatch.setattr(tensor_contents, "read_into", fail)
    with pytest.raises(RuntimeError, match="DefaultCPUAllocator"):
        newest_checkpoint(run, CONFIG, DIGITS)
    monkeypatch.setattr(tensor_contents, "read_into", lambda *_: bytearray(1 << 62))
    with pytest.raises(MemoryError):
        newest_checkpoint(run, CONFIG, DIGITS)


def test_damage_that_cannot_be_set_aside_ends_the_resume(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = run.checkpoint_files()[0]
    path.write_bytes(b"nonsense")
    damaged = newest_checkpoint(run, CONFIG, DIGITS).damaged

    def refuse(path: Path, target: Path) -> None:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(patience, "WAITS", (0.001,))
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(GatescopeError, match=r"damaged: .*; it can't be renamed to \S+.damaged: Permission"):
        set_aside(run, damaged)
    assert path.exists()


def test_the_read_only_engine_says_what_it_cannot_read_now(run: RunFolder, tmp_path: Path) -> None:
    from kit.digits import tiny_config, write_tiny_mnist

    write_tiny_mnist(tmp_path)
    run = create_run(tmp_path / "runs", tiny_config(tmp_path), "two")
    save(run, 1)
    library = Library()
    with refusing(run.checkpoint_files()[0], errno.EIO):
        answer = library.answer(activations_of(0, str(run.path)))
    assert isinstance(answer, Refused)
    assert f"can't read the checkpoint {run.checkpoint_files()[0]} now: Input/output error" in answer.message
    assert not isinstance(library.answer(activations_of(0, str(run.path))), Refused)


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in CALLS, reason="needs seccomp, and the number of mmap"
)
def test_where_nothing_can_be_mapped_checkpoints_and_data_are_read(run: RunFolder, tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from kit.no_mapping import refuse_mappings\n"
        "from explorer.engine.data.dataset import load_dataset\n"
        "from explorer.engine.record.checkpoints import newest_checkpoint\n"
        "from explorer.runs.folder import RunFolder\n"
        "from explorer.runs.shape import DIGITS\n"
        "load_dataset('mnist', None, lambda *_: None)\n"
        "folder = RunFolder(pathlib.Path(sys.argv[1]))\n"
        "newest_checkpoint(folder, folder.read().config, DIGITS)\n"  # everything is imported now
        "refuse_mappings()\n"
        "newest = newest_checkpoint(folder, folder.read().config, DIGITS)\n"
        "data = load_dataset('mnist', None, print)\n"
        "print(newest.checkpoint.progress.step, newest.damaged, len(data.train.labels))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(run.path)],
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("6 [] 60000\n", "")


@pytest.mark.parametrize("code", [errno.EIO, errno.EMFILE, errno.EACCES])
def test_events_that_are_refused_are_not_taken_for_none_when_a_run_is_resumed(
    run: RunFolder, code: int
) -> None:
    run.events.write_bytes(encode(stepped(1)) + encode(stepped(2)))
    with refusing(run.events, code), pytest.raises(GatescopeError, match=r"can't read \S+events.jsonl now: "):
        read_recorded(run.events, after=0)
    with refusing(run.events, code, times=2) as refused:
        assert read_recorded(run.events, after=0).newest == 2
    assert len(refused) == 2


@pytest.mark.parametrize("code", [errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ESTALE])
def test_a_lock_that_is_refused_now_may_be_held(run: RunFolder, code: int) -> None:
    assert run.engine() is None
    lock = EngineLock(run.lock)
    try:
        with refusing(run.lock, code):
            engine = run.engine()
            assert engine is not None and not engine.socket
            with pytest.raises(GatescopeError):
                delete_run(run)
        assert run.engine_pid() == os.getpid()
    finally:
        lock.release()
    assert run.engine() is None and run.path.is_dir()
