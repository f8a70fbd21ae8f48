"""A run's folder: created, found, locked by one engine, and written atomically."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from multiprocessing.connection import Client, Listener
from pathlib import Path

import pytest

from explorer.runs import launch
from explorer.runs import lock as locks
from explorer.runs.catalogue import create_run, find_run, known_runs, list_runs
from explorer.runs.config import configure
from explorer.runs.folder import RunFolder
from explorer.runs.lock import EngineLock
from explorer.system import sockets
from explorer.system.errors import GatescopeError, UsageError
from explorer.system.files import write_atomically

HOLD_THE_LOCK = """
import sys
from pathlib import Path
from explorer.runs.folder import RunFolder
from explorer.runs.lock import EngineLock
lock = EngineLock(RunFolder(Path(sys.argv[1])).lock)
print("held", flush=True)
sys.stdin.read()
lock.release()
print("released", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def run(tmp_path):
    """A new run called `one`."""
    return create_run(tmp_path / "runs", configure({}), "one")


@pytest.fixture
def runtime():
    """A folder with a short path, to stand in for the user's runtime folder."""
    path = Path(tempfile.mkdtemp(dir="/tmp"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def in_runtime(runtime, monkeypatch):
    """Put sockets below `runtime`."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    return runtime / "gatescope"


@pytest.fixture
def engine(run):
    """Another process that holds the run's lock."""
    command = [sys.executable, "-c", HOLD_THE_LOCK, str(run.path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def make(runs_dir, *names):
    """Create runs of these names, each newer than the one before."""
    for age, name in enumerate(names):
        file = create_run(runs_dir, configure({}), name).path / "run.json"
        os.utime(file, ns=(0, 10**18 + age))


def names_in(runs_dir):
    """The names of the runs, in the order in which they are listed."""
    return [run.name for run in list_runs(runs_dir)]


class TestCreating:
    @pytest.mark.parametrize(
        "name",
        [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "/x",
            ".hidden",
            "-flag",
            "a b",
            "a\n",
            "a\x00b",
            "a\x1b[31m",
            "ü",
            "a" * 65,
        ],
        ids=repr,
    )
    def test_a_name_that_is_not_a_plain_folder_name_is_refused_in_one_line(self, tmp_path, name):
        with pytest.raises(UsageError, match="--name takes") as caught:
            create_run(tmp_path / "runs", configure({}), name)
        assert str(caught.value).isprintable()
        assert not (tmp_path / "runs").exists()

    @pytest.mark.parametrize("name", ["a", "lstm-1", "v1.2_final", "9", "a" * 64])
    def test_a_plain_name_becomes_the_folder_name(self, tmp_path, name):
        run = create_run(tmp_path, configure({}), name)
        assert (run.name, run.path, run.read().run) == (name, tmp_path / name, name)

    def test_a_taken_name_is_refused_and_the_existing_run_is_unchanged(self, run):
        before = (run.path / "run.json").read_bytes()
        with pytest.raises(UsageError, match="there is already a run 'one'"):
            create_run(run.path.parent, configure({"cell": "gru"}), "one")
        assert (run.path / "run.json").read_bytes() == before

    def test_a_name_taken_by_something_else_is_not_reported_as_a_run(self, tmp_path):
        (tmp_path / "notes").write_text("not a run")
        with pytest.raises(UsageError, match="is already something called 'notes'"):
            create_run(tmp_path, configure({}), "notes")
        assert (tmp_path / "notes").read_text() == "not a run"

    def test_the_hint_on_a_name_lists_every_character_allowed(self, tmp_path):
        with pytest.raises(UsageError, match="letters, digits, dots, dashes and underscores"):
            create_run(tmp_path, configure({}), "a b")
        assert create_run(tmp_path, configure({}), "a-b_c.d9").name == "a-b_c.d9"

    def test_runs_without_a_name_are_named_after_their_cell_and_never_collide(self, tmp_path):
        config = configure({"cell": "gru"})
        runs = [create_run(tmp_path, config) for _ in range(5)]
        assert len({run.name for run in runs}) == 5
        assert all(run.name.startswith("gru-") for run in runs)
        assert all(find_run(tmp_path, run.name).read().run == run.name for run in runs)

    @pytest.mark.parametrize("below", ["runs", "deep/down/runs"])
    def test_a_folder_that_cannot_be_written_is_one_line_with_a_way_out(self, tmp_path, below):
        (tmp_path / "file").write_text("not a folder")
        with pytest.raises(GatescopeError, match="choose another folder with --runs-dir") as caught:
            create_run(tmp_path / "file" / below, configure({}), "one")
        assert not isinstance(caught.value, UsageError)
        assert str(caught.value).isprintable()

    def test_a_run_is_for_its_owner_alone(self, run):
        assert run.path.stat().st_mode & 0o777 == 0o700
        assert run.checkpoints.stat().st_mode & 0o777 == 0o700


class TestFinding:
    def test_runs_are_listed_newest_first(self, tmp_path):
        make(tmp_path, "b", "a", "c")
        assert names_in(tmp_path) == ["c", "a", "b"]

    def test_a_copy_that_keeps_the_time_comes_after_the_run(self, tmp_path):
        make(tmp_path, "one", "two")
        shutil.copytree(tmp_path / "one", tmp_path / "one-copy")
        shutil.copytree(tmp_path / "two", tmp_path / "a-copy")
        for name in ("one", "one-copy", "two", "a-copy"):
            os.utime(tmp_path / name / "run.json", (1, 1))
        assert names_in(tmp_path) == ["a-copy", "one", "one-copy", "two"]

    def test_anything_that_is_not_a_run_is_not_listed(self, tmp_path):
        make(tmp_path, "one")
        (tmp_path / "folder").mkdir()
        (tmp_path / "file").write_text("{}")
        (tmp_path / "trick" / "run.json").mkdir(parents=True)
        (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
        assert names_in(tmp_path) == ["one"]

    def test_a_missing_folder_or_a_file_has_no_runs(self, tmp_path):
        (tmp_path / "file").write_text("not a folder")
        assert list_runs(tmp_path / "nowhere") == []
        assert list_runs(tmp_path / "file") == []

    def test_an_unreadable_run_does_not_hide_the_others(self, tmp_path, monkeypatch):
        make(tmp_path, "mine", "theirs", "mine-too")
        stat = Path.stat

        def guarded(path, **options):
            if path.parent.name == "theirs":
                raise PermissionError(13, "Permission denied", str(path))
            return stat(path, **options)

        monkeypatch.setattr(Path, "stat", guarded)
        assert names_in(tmp_path) == ["mine-too", "mine"]
        with pytest.raises(UsageError):
            find_run(tmp_path, "theirs")

    def test_a_run_is_found_by_its_name_or_its_path(self, run, monkeypatch):
        assert find_run(run.path.parent, "one").path == run.path
        assert find_run(Path("/nowhere"), str(run.path)).path == run.path
        monkeypatch.chdir(run.path.parent)
        assert find_run(Path("/nowhere"), "one").path.resolve() == run.path.resolve()

    def test_the_error_for_an_unknown_run_names_the_newest_five(self, tmp_path):
        make(tmp_path, "a", "b", "c", "d", "e", "f")
        with pytest.raises(UsageError, match=r"no run 'x' in .*; newest first: f, e, d, c, b$"):
            find_run(tmp_path, "x")

    def test_without_runs_here_the_error_names_those_of_the_folder_used_last(self, tmp_path):
        create_run(tmp_path / "elsewhere", configure({}), "a")
        with pytest.raises(UsageError, match=r"no run 'x' in .*here; .*elsewhere has a$"):
            find_run(tmp_path / "here", "x")

    def test_without_any_runs_the_error_says_how_to_start_one(self, tmp_path, monkeypatch):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        with pytest.raises(UsageError, match="no runs yet; start one with `gatescope train`"):
            find_run(tmp_path / "nowhere", "x")

    def test_the_beginning_of_a_name_is_enough_if_it_is_the_only_one(self, tmp_path):
        make(tmp_path, "lstm", "lstm-2", "gru")
        assert find_run(tmp_path, "g").name == "gru"
        assert find_run(tmp_path, "lstm").name == "lstm"  # not the beginning of another
        with pytest.raises(UsageError, match=r"run 'ls' could be lstm-2 or lstm; name one of them$"):
            find_run(tmp_path, "ls")
        with pytest.raises(UsageError, match="there is no run ''"):
            find_run(tmp_path, "")

    def test_of_many_that_begin_alike_five_are_named(self, tmp_path):
        make(tmp_path, *(f"run-{number}" for number in range(7)))
        with pytest.raises(
            UsageError, match=r"could be run-6, run-5, run-4, run-3, run-2, …; name one of them"
        ):
            find_run(tmp_path, "run")

    def test_last_is_the_newest_run_that_can_be_read(self, tmp_path):
        make(tmp_path, "old", "new")
        broken = create_run(tmp_path, configure({}), "newest")
        (broken.path / "run.json").write_text("{}")
        assert find_run(tmp_path, "last").name == "new"
        make(tmp_path, "last")
        os.utime(tmp_path / "last" / "run.json", (0, 0))
        assert find_run(tmp_path, "last").name == "last"  # its name wins, although it is older

    @pytest.mark.parametrize(
        "run", ["a" * 300, "a" * 5000, "a\x00b", "a\nb"], ids=["long", "longer", "nul", "lines"]
    )
    def test_a_name_that_no_folder_can_have_is_an_unknown_run(self, tmp_path, run):
        with pytest.raises(UsageError, match="there is no run") as caught:
            find_run(tmp_path, run)
        assert str(caught.value).isprintable()


class TestKnown:
    @pytest.fixture
    def elsewhere(self, tmp_path, monkeypatch):
        """A run made in one folder while the working directory is another."""
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        (tmp_path / "here").mkdir()
        monkeypatch.chdir(tmp_path / "here")
        return create_run(tmp_path / "there" / "runs", configure({}), "far")

    def names(self, runs_dir=None):
        return [run.name for run in known_runs(runs_dir)]

    def test_in_a_folder_without_runs_those_made_last_are_found(self, tmp_path, elsewhere):
        assert self.names() == ["far"]
        assert find_run(None, "far").path == elsewhere.path
        with pytest.raises(UsageError, match="there is no run 'far'"):
            find_run(tmp_path / "here" / "runs", "far")  # a folder that was asked for is searched alone
        create_run(tmp_path / "third" / "runs", configure({}), "last")
        assert self.names() == ["last"]

    def test_the_beginning_of_a_name_is_looked_for_here_and_then_elsewhere(self, tmp_path, elsewhere):
        assert find_run(None, "fa").path == elsewhere.path
        assert find_run(None, "last").path == elsewhere.path
        with pytest.raises(UsageError, match="there is no run 'fa'"):
            find_run(tmp_path / "here" / "runs", "fa")  # a folder that was asked for is searched alone
        create_run(tmp_path / "third" / "runs", configure({}), "fast")
        with pytest.raises(
            UsageError, match=rf"'fa' could be {tmp_path}/third/runs/fast or {elsewhere.path}"
        ):
            find_run(None, "fa")
        near = create_run(tmp_path / "here" / "runs", configure({}), "fan")
        assert find_run(None, "fa").path == near.path

    def test_runs_that_are_training_come_first_wherever_they_are(self, tmp_path, elsewhere):
        create_run(tmp_path / "third" / "runs", configure({}), "last")
        lock = EngineLock(elsewhere.lock)
        assert self.names() == ["far", "last"]
        lock.release()

    def test_in_a_folder_with_runs_only_those_training_elsewhere_are_added(self, tmp_path, elsewhere):
        create_run(tmp_path / "here" / "runs", configure({}), "near")
        assert self.names() == ["near"]
        lock = EngineLock(elsewhere.lock)
        assert self.names() == ["near", "far"]
        lock.release()

    def test_an_explicit_folder_is_searched_alone(self, tmp_path, elsewhere):
        lock = EngineLock(elsewhere.lock)
        assert self.names(tmp_path / "here" / "runs") == []
        assert self.names(elsewhere.path.parent) == ["far"]
        lock.release()

    def test_remembered_folders_are_private_and_may_be_lost(self, tmp_path, elsewhere):
        (entry,) = (tmp_path / "state" / "gatescope" / "places").iterdir()
        assert (entry.stat().st_mode & 0o777, entry.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        entry.write_bytes(b"/no\0where")
        assert self.names() == []
        entry.unlink()
        entry.parent.rmdir()
        entry.parent.write_text("no folder")
        assert self.names() == []
        create_run(tmp_path / "there" / "runs", configure({}), "unremembered")


class TestLock:
    def test_a_run_without_an_engine_has_no_process(self, run):
        assert run.engine_pid() is None
        run.lock.write_text("4242")  # left by a dead engine
        assert run.engine_pid() is None
        assert RunFolder(run.path / "nowhere").engine_pid() is None

    def test_a_running_engine_is_known_by_its_process(self, run, engine):
        assert run.engine_pid() == engine.pid

    def test_asking_for_the_process_does_not_take_the_lock(self, run, engine):
        assert {run.engine_pid() for _ in range(3)} == {engine.pid}

    def test_a_killed_engine_frees_its_lock_at_once(self, run, engine):
        engine.send_signal(signal.SIGKILL)
        engine.wait()
        assert run.engine_pid() is None
        EngineLock(run.lock).release()

    def test_an_engine_can_release_its_lock_while_it_is_alive(self, run, engine):
        engine.stdin.close()  # the child releases the lock at the end of its input
        assert engine.stdout.readline() == b"released\n"
        assert run.engine_pid() is None

    def test_a_second_engine_is_refused_with_the_firsts_process_id(self, run, engine, monkeypatch):
        monkeypatch.setattr(locks.time, "sleep", lambda seconds: None)
        with pytest.raises(GatescopeError, match=rf"run one is already training \(process {engine.pid}\)"):
            EngineLock(run.lock)

    def test_two_locks_of_one_process_exclude_each_other_too(self, run, monkeypatch):
        monkeypatch.setattr(locks.time, "sleep", lambda seconds: None)
        lock = EngineLock(run.lock)
        assert run.engine_pid() == os.getpid()
        with pytest.raises(GatescopeError, match="is already training"):
            EngineLock(run.lock)
        lock.release()
        EngineLock(run.lock).release()

    def test_a_viewer_that_is_reading_the_lock_does_not_block_an_engine(self, run, monkeypatch):
        with open(run.lock, "wb") as viewer:
            fcntl.flock(viewer, fcntl.LOCK_SH)
            monkeypatch.setattr(locks.time, "sleep", lambda seconds: fcntl.flock(viewer, fcntl.LOCK_UN))
            EngineLock(run.lock).release()

    def test_a_shorter_process_id_fully_overwrites_a_longer_one(self, run):
        run.lock.write_text("99999999999999")
        lock = EngineLock(run.lock)
        assert run.engine_pid() == os.getpid()
        lock.release()

    def test_two_runs_have_two_locks(self, run, engine):
        other = create_run(run.path.parent, configure({}), "two")
        EngineLock(other.lock).release()


@pytest.fixture
def alone(in_runtime, monkeypatch):
    """Allow no other folder for sockets than this one."""
    monkeypatch.setattr(sockets, "_folders", lambda: [in_runtime])


class TestSocket:
    DEEP = Path("/", *["d" * 200] * 15)

    def test_its_path_is_short_however_deep_the_run_is(self, in_runtime):
        socket = RunFolder(self.DEEP / "one").socket
        assert len(os.fsencode(socket)) < 100
        Listener(str(socket), family="AF_UNIX").close()

    def test_its_folder_is_for_this_user_alone(self, in_runtime):
        assert RunFolder(self.DEEP).socket.parent == in_runtime
        assert in_runtime.stat().st_mode & 0o777 == 0o700

    def test_a_folder_that_others_can_enter_is_refused(self, in_runtime, alone):
        in_runtime.mkdir()
        in_runtime.chmod(0o755)
        with pytest.raises(GatescopeError, match="must belong to you alone"):
            _ = RunFolder(self.DEEP).socket

    def test_a_link_to_another_folder_is_refused(self, runtime, in_runtime, alone):
        (runtime / "elsewhere").mkdir(mode=0o700)
        in_runtime.symlink_to(runtime / "elsewhere")
        with pytest.raises(GatescopeError, match="must belong to you alone"):
            _ = RunFolder(self.DEEP).socket

    def test_a_folder_that_cannot_be_made_is_reported_in_one_line(self, runtime, in_runtime, alone):
        in_runtime.write_text("not a folder")
        with pytest.raises(GatescopeError, match=f"can't make {in_runtime}"):
            _ = RunFolder(self.DEEP).socket

    @pytest.mark.parametrize("given", ["gone", "l" * 90])
    def test_if_the_runtime_folder_is_gone_or_too_long_the_next_one_is_used(
        self, runtime, given, monkeypatch
    ):
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime / given))
        monkeypatch.setattr(tempfile, "gettempdir", lambda: str(runtime))
        assert RunFolder(self.DEEP).socket.parent == runtime / f"gatescope-{os.getuid()}"

    def test_it_is_where_the_engine_says_in_any_environment_of_the_viewer(self, run, in_runtime, monkeypatch):
        lock = EngineLock(run.lock)
        with Listener(str(run.socket), family="AF_UNIX") as listener:
            address = Path(str(listener.address))
            lock.say(socket=str(address))
            monkeypatch.delenv("XDG_RUNTIME_DIR")
            assert run.socket == address
        assert run.socket != address  # it is gone
        lock.release()

    def test_a_lock_that_names_another_socket_of_this_machine_is_ignored(self, run, in_runtime):
        lock = EngineLock(run.lock)
        mine = run.socket
        with Listener(str(in_runtime / "agent.sock"), family="AF_UNIX") as listener:
            lock.say(socket=str(listener.address))
            assert run.socket == mine
        lock.release()

    def test_without_a_runtime_folder_it_is_among_the_temporary_files(self, runtime, monkeypatch):
        monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
        monkeypatch.setattr(tempfile, "gettempdir", lambda: str(runtime))
        folder = RunFolder(self.DEEP).socket.parent
        assert folder == runtime / f"gatescope-{os.getuid()}"
        assert folder.stat().st_mode & 0o777 == 0o700

    def test_every_path_to_a_run_gives_the_same_socket_and_never_that_of_another_run(
        self, run, in_runtime, monkeypatch
    ):
        link = run.path.parent / "link"
        link.symlink_to(run.path)
        monkeypatch.chdir(run.path.parent)
        assert run.socket == RunFolder(link).socket == RunFolder(Path("one")).socket
        assert run.socket != RunFolder(run.path.parent / "two").socket

    def test_a_client_and_a_listener_connect_through_it(self, run, in_runtime):
        with Listener(str(run.socket), family="AF_UNIX") as listener:
            client = Client(str(run.socket), family="AF_UNIX")
            server = listener.accept()
            client.send_bytes(b"hello")
            assert server.recv_bytes() == b"hello"
            client.close()
            server.close()


class TestLaunch:
    def test_an_engine_starts_in_its_own_session_and_writes_to_its_log(self, run, tmp_path, monkeypatch):
        program = tmp_path / "python"
        code = "import os, sys; print(os.getsid(0) == os.getpid(), sys.argv[1:], repr(sys.stdin.read()))"
        program.write_text(f"#!{sys.executable}\n{code}\n")
        program.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(program))
        assert launch.start_engine(run, "--serve").wait(timeout=30) == 0
        arguments = ["-P", launch.START, "engine", str(run.path.resolve()), "--serve"]
        assert run.log.read_text() == f"True {arguments} ''\n"
        assert run.log.stat().st_mode & 0o777 == 0o600

    def test_the_last_words_of_an_engine_outlive_its_folder(self, run, tmp_path, monkeypatch):
        program, python = tmp_path / "python", sys.executable
        removing = f"import shutil; shutil.rmtree({str(run.path)!r}); print('gatescope: no such device\\n')"
        program.write_text(f"#!{python}\n{removing}\n")
        program.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(program))
        run.log.write_text("gatescope: an earlier engine's\n")
        engine = launch.start_engine(run)
        assert engine.wait(timeout=30) == 0
        assert engine.last_words() == "no such device" and not run.path.exists()
        again = create_run(run.path.parent, configure({}), "two")
        again.log.write_text("gatescope: an earlier engine's\n")
        program.write_text(f"#!{python}\n")
        silent = launch.start_engine(again)
        assert silent.wait(timeout=30) == 0 and silent.last_words() == ""


class TestAtomicWrites:
    def test_a_file_is_written_and_replaced(self, tmp_path):
        for content in (b"one", b"", b"two" * 100_000):
            write_atomically(tmp_path / "file", content)
            assert (tmp_path / "file").read_bytes() == content
        assert os.listdir(tmp_path) == ["file"]

    def test_without_replace_an_existing_file_stays_and_nothing_is_left_beside_it(self, tmp_path):
        (tmp_path / "file").write_bytes(b"mine")
        with pytest.raises(FileExistsError):
            write_atomically(tmp_path / "file", b"new", replace=False)
        assert (tmp_path / "file").read_bytes() == b"mine"
        assert os.listdir(tmp_path) == ["file"]

    def test_without_replace_a_new_file_is_written(self, tmp_path):
        write_atomically(tmp_path / "file", b"new", replace=False)
        assert (tmp_path / "file").read_bytes() == b"new"
        assert os.listdir(tmp_path) == ["file"]

    @pytest.mark.parametrize("replace", [True, False])
    def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(self, tmp_path, monkeypatch, replace):
        def full(handle):
            raise OSError(28, "No space left on device")

        (tmp_path / "file").write_bytes(b"old")
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            write_atomically(tmp_path / "file", b"new", replace=replace)
        assert (tmp_path / "file").read_bytes() == b"old"
        assert os.listdir(tmp_path) == ["file"]

    def test_an_interruption_leaves_nothing_behind(self, tmp_path, monkeypatch):
        def interrupt(*paths):
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_atomically(tmp_path / "file", b"new")
        assert os.listdir(tmp_path) == []

    def test_a_missing_folder_is_an_os_error(self, tmp_path):
        with pytest.raises(OSError, match="nowhere"):
            write_atomically(tmp_path / "nowhere" / "file", b"new")
