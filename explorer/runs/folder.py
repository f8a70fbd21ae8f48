"""A run's folder: where its files are, how it is made, found, and known to be alive."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import stat
import tempfile
import time
from pathlib import Path

import msgspec

from explorer import __version__
from explorer.runs.config import Config, check
from explorer.runs.errors import GatescopeError, UsageError
from explorer.runs.files import write_atomically

FORMAT = 1
"""The version of `run.json`."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class RunFile(msgspec.Struct, frozen=True):
    """`run.json`: what was asked for."""

    format: int
    """The version of this file."""
    run: str
    """The run's name."""
    created: float
    """Seconds since 1970."""
    gatescope: str
    """The version of the program that made it."""
    config: Config
    """Every option, resolved."""


class RunFolder:
    """One run on disk."""

    def __init__(self, path: Path) -> None:
        """Name a folder; nothing is read yet."""
        self.path = path

    @property
    def name(self) -> str:
        """The run's name: the folder's."""
        return self.path.name

    @property
    def events(self) -> Path:
        """`events.jsonl`."""
        return self.path / "events.jsonl"

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def exports(self) -> Path:
        """The folder of the pictures."""
        return self.path / "exports"

    @property
    def log(self) -> Path:
        """What the engine prints, when a screen started it."""
        return self.path / "engine.log"

    @property
    def lock(self) -> Path:
        """Held by the engine as long as it lives; holds its process id."""
        return self.path / "engine.lock"

    @property
    def socket(self) -> Path:
        """Where the engine answers.

        Not in the run's folder, because a unix socket's path may not exceed about 100 bytes.
        """
        key = hashlib.sha256(os.fsencode(self.path.resolve())).hexdigest()[:16]
        return private_socket(key)

    def read(self) -> RunFile:
        """What was asked for.

        Raises:
            GatescopeError: `run.json` is missing, damaged or of another version.
        """
        file = self.path / "run.json"
        try:
            run = msgspec.json.decode(file.read_bytes(), type=RunFile)
        except OSError as error:
            raise GatescopeError(f"cannot read {file}: {error.strerror}; is this a run?") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise GatescopeError(f"{file} is damaged ({error}); the run cannot be opened") from None
        if run.format != FORMAT:
            raise GatescopeError(f"{file} has format {run.format}, this gatescope reads {FORMAT}")
        try:
            check(run.config)
        except UsageError as error:
            raise GatescopeError(f"{file} is damaged: {error}") from None
        return run

    def last_words(self) -> str:
        """The last line that an engine printed; empty when there is none."""
        try:
            with open(self.log, "rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
                lines = file.read().decode("utf-8", "replace").split("\n")
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def engine_pid(self) -> int | None:
        """The process id of the living engine; None when none holds the lock.

        The kernel drops the lock when the process dies, however it dies, so this is right at once
        and never depends on a timeout or on a reused process id.
        """
        try:
            with open(self.lock, "rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(file.read(32) or b"0")
        except (OSError, ValueError):
            return None
        return None


class EngineLock:
    """Held by the one engine of a run."""

    def __init__(self, folder: RunFolder) -> None:
        """Take the lock.

        Raises:
            GatescopeError: another engine holds it, or the run's folder can't be written.
        """
        try:
            self._file = os.open(folder.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise GatescopeError(f"cannot write {folder.lock}: {error.strerror}") from None
        # A viewer that asks who is alive holds a shared lock for some microseconds: hence the tries.
        for _ in range(50):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.01)
        else:
            os.close(self._file)
            pid = folder.engine_pid()
            raise GatescopeError(f"run {folder.name} already has an engine (process {pid})")
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let go."""
        os.close(self._file)


def create_run(runs_dir: Path, config: Config, name: str | None = None) -> RunFolder:
    """Make a new run's folder with its `run.json`.

    Args:
        runs_dir: the folder of all runs; made if it isn't there.
        config: what is asked for.
        name: the run's name; None makes one from the cell and the time.

    Raises:
        UsageError: the name can't be a folder's, or is taken.
        GatescopeError: the folder can't be written.
    """
    if name is not None and not _NAME.fullmatch(name):
        raise UsageError(f"--name takes up to 64 letters, digits, dots and dashes, not {name!r}")
    created = time.time()
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
        folder = _make(runs_dir, name) if name else _make_numbered(runs_dir, config, created)
        try:
            folder.checkpoints.mkdir(mode=0o700)
            run = RunFile(FORMAT, folder.name, created, __version__, config)
            text = msgspec.json.format(msgspec.json.encode(run), indent=2)
            write_atomically(folder.path / "run.json", text + b"\n")
        except BaseException:
            shutil.rmtree(folder.path, ignore_errors=True)  # half a run would only take the name
            raise
    except OSError as error:
        where = f"{runs_dir}: {error.strerror}"
        raise GatescopeError(f"cannot write runs to {where}; name another folder with --runs-dir") from None
    return folder


def _make(runs_dir: Path, name: str) -> RunFolder:
    """Make the folder of a name that nobody has taken."""
    folder = RunFolder(runs_dir / name)
    try:
        folder.path.mkdir(mode=0o700)
    except FileExistsError:
        raise UsageError(f"there already is a run {name!r} in {runs_dir}; choose another --name") from None
    return folder


def _make_numbered(runs_dir: Path, config: Config, created: float) -> RunFolder:
    """Make a folder named after the cell and the time, with a number where that is taken."""
    stem = f"{config.cell}-{time.strftime('%Y%m%d-%H%M%S', time.localtime(created))}"
    for number in range(1, 1000):
        try:
            return _make(runs_dir, stem if number == 1 else f"{stem}-{number}")
        except UsageError:
            continue
    raise UsageError(f"there already are 999 runs {stem!r} in {runs_dir}")


def list_runs(runs_dir: Path) -> list[RunFolder]:
    """The runs in a folder, newest first; empty when there is no such folder, or it can't be read."""
    try:
        paths = list(runs_dir.iterdir())
    except OSError:
        return []
    stamped = [(stamp, path) for path in paths if (stamp := _stamp(path)) is not None]
    return [RunFolder(path) for _, path in sorted(stamped, reverse=True)]


def _stamp(path: Path) -> int | None:
    """When a folder's `run.json` was written, in ns; None where there is none that can be seen."""
    try:
        status = (path / "run.json").stat()
    except (OSError, ValueError):  # gone meanwhile, somebody else's, or a name that no file can have
        return None
    return status.st_mtime_ns if stat.S_ISREG(status.st_mode) else None


def find_run(runs_dir: Path, run: str) -> RunFolder:
    """A run by its name in `runs_dir`, or by its path.

    Raises:
        UsageError: there is none; the line names those that there are.
    """
    for path in (runs_dir / run, Path(run)):
        if _stamp(path) is not None:
            return RunFolder(path.resolve())
    names = ", ".join(folder.name for folder in list_runs(runs_dir)[:5])
    hint = f"the newest are {names}" if names else "there are none yet: gatescope train makes one"
    raise UsageError(f"there is no run {run!r} in {runs_dir}; {hint}")


def private_socket(key: str) -> Path:
    """Where a socket of this user may be: a short path in a folder for nobody else.

    Raises:
        GatescopeError: the folder belongs to somebody else, or is open to others.
    """
    return _runtime_folder() / f"{key}.sock"


def _runtime_folder() -> Path:
    """Where this user's sockets are; for nobody else."""
    given = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(given) / "gatescope" if given else Path(tempfile.gettempdir()) / f"gatescope-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise GatescopeError(f"cannot make {folder}: {error.strerror}; set XDG_RUNTIME_DIR") from None
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise GatescopeError(f"{folder} must belong to you alone (mode 700); remove it and try again")
    return folder
