"""A run's folder: where its files are, what was asked for, and whether its engine is alive."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Annotated, Final

import msgspec

from explorer.runs.config import Config, check
from explorer.runs.lock import Engine, read_last, read_lock
from explorer.system.errors import GatescopeError, UsageError
from explorer.system.files import last_line, open_file, read_file, write_atomically
from explorer.system.patience import refusal
from explorer.system.sockets import is_ours, private_socket

FORMAT = 2
"""The version of a run's folder and of its `run.json`."""
LARGEST = 1 << 20
"""The most bytes of a `run.json`; it has some 600."""


class OtherFormatError(GatescopeError):
    """A run made by another version of gatescope."""

    def __init__(self, name: str, format: int, gatescope: str) -> None:
        """Describe the run by its format and the version of gatescope that made it."""
        self.origin = "from an older version" if format < FORMAT else "from a newer version"
        """Where the run comes from, in a few words for a list."""
        made = f"{gatescope}, format {format}" if gatescope else f"format {format}"
        super().__init__(f"run {name} is {self.origin} of gatescope ({made}); open it with that version")


class UnreadableError(GatescopeError):
    """A run that can't be read now; whether anything is wrong with it isn't known."""


class _Header(msgspec.Struct, frozen=True):
    """What `run.json` says in every format."""

    format: int
    gatescope: str = ""


class Extension(msgspec.Struct, frozen=True):
    """The plan that a run had before its total of epochs was changed."""

    until: Annotated[int, msgspec.Meta(ge=0)]
    """The last step trained under that plan."""
    epochs: Annotated[int, msgspec.Meta(ge=1)]
    """The total of epochs in that plan."""


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
    """Every option, resolved; `epochs` as last asked for."""
    extensions: list[Extension] = []
    """The earlier plans, oldest first: a recomputed step needs the schedule of its time."""
    race: str = ""
    """The race that it is part of; empty: none. Versions from before there were races ignore it."""

    def encode(self) -> bytes:
        """The file's content, indented for a person to read."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


KEPT: Final = 3
"""How many checkpoints of a run are kept: the newest ones."""


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
    def moments(self) -> Path:
        """The folder of the weights that were kept as the run went."""
        return self.path / "moments"

    @property
    def exports(self) -> Path:
        """The folder of the exported pictures."""
        return self.path / "exports"

    @property
    def drawings(self) -> Path:
        """The folder of the inputs that a person drew or changed."""
        return self.path / "drawings"

    @property
    def log(self) -> Path:
        """What an engine in the background prints, and any engine's traceback."""
        return self.path / "engine.log"

    @property
    def lock(self) -> Path:
        """Held by the engine as long as it lives; contains its process id."""
        return self.path / "engine.lock"

    @property
    def race_lock(self) -> Path:
        """Of a run in a race: held by the race's supervisor for as long as the run waits for its turn.

        It stays: so what couldn't be prepared isn't removed either, and says why when somebody looks.
        """
        return self.path / "race.lock"

    @property
    def socket(self) -> Path:
        """Where the run's engine answers, as its lock says; without an engine, where the next one would.

        Not in the run's folder, because a unix socket's path may not exceed about 100 bytes. Not derived
        from the folder's path alone, because it also depends on the engine's environment.

        Raises:
            GatescopeError: there is no folder for sockets.
        """
        engine = self.engine()
        return (engine and self.socket_of(engine)) or private_socket(self._key)

    def socket_of(self, engine: Engine) -> Path | None:
        """The socket where this engine of the run says it answers; None if it isn't there, or isn't ours."""
        path = Path(engine.socket)
        return path if engine.socket and is_ours(path, self._key) else None

    @property
    def _key(self) -> str:
        """What the run's socket is called after."""
        return hashlib.sha256(os.fsencode(self.path.resolve())).hexdigest()[:16]

    def read(self) -> RunFile:
        """What was asked for.

        Raises:
            OtherFormatError: it was made by another version of gatescope.
            UnreadableError: `run.json` is there, but can't be read now.
            GatescopeError: it is missing or damaged.
        """
        file = self.path / "run.json"
        try:
            content = read_file(file, LARGEST)
            header = msgspec.json.decode(content, type=_Header)
            if header.format != FORMAT:
                raise OtherFormatError(self.name, header.format, header.gatescope)
            run = msgspec.json.decode(content, type=RunFile)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise GatescopeError(f"can't read {file}: {error.strerror}; is this a run?") from None
        except OSError as error:
            raise UnreadableError(refusal(str(file), error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise GatescopeError(f"{file} is damaged ({error}); the run can't be opened") from None
        try:
            check(run.config)
        except UsageError as error:
            raise GatescopeError(f"{file} is damaged: {error}") from None
        name = os.fsencode(self.name).decode(errors="replace")  # of a folder that may have been copied
        return msgspec.structs.replace(run, run=name)

    def is_readable(self) -> bool:
        """Whether this version of gatescope can open it."""
        try:
            self.read()
        except GatescopeError:
            return False
        return True

    def write(self, run: RunFile) -> None:
        """Write `run.json`, whole or not at all.

        Raises:
            OSError: the folder can't be written, or the disk is full.
        """
        write_atomically(self.path / "run.json", run.encode())

    def checkpoint_at(self, step: int) -> Path:
        """Where the checkpoint of a step is, or would be."""
        return self.checkpoints / _name_of(step)

    def moment_at(self, step: int) -> Path:
        """Where the weights of a step are kept, or would be."""
        return self.moments / _name_of(step)

    def checkpoint_files(self) -> list[Path]:
        """The checkpoints, newest first; none if their folder is a link to elsewhere."""
        return _newest_first(self.checkpoints)

    def moment_files(self) -> list[Path]:
        """The weights that were kept as the run went, newest first; none if their folder is a link."""
        return _newest_first(self.moments)

    def kept_steps(self) -> list[int]:
        """The steps whose weights can be asked about, ascending.

        Step 0 needs no file: those weights come from the seed. A checkpoint has weights, too.
        """
        files = self.moment_files() + self.checkpoint_files()
        return sorted({0, *(step for path in files if (step := step_of(path)) is not None)})

    def last_words(self) -> str:
        """The last line that an engine printed; empty if there is none."""
        try:
            with os.fdopen(open_file(self.log), "rb") as file:
                return last_line(file.fileno())
        except OSError:
            return ""

    def unrecorded_end(self) -> str:
        """How the newest engine ended, if it couldn't write that into the events; else empty."""
        return read_last(self.lock).ended

    def engine(self) -> Engine | None:
        """The living engine; None if none holds the lock."""
        return read_lock(self.lock)

    def waits(self) -> bool:
        """Whether a supervisor lives that will start an engine for it, in its turn."""
        return read_lock(self.race_lock) is not None

    def engine_pid(self) -> int | None:
        """The process id of the living engine; None if there is none."""
        engine = self.engine()
        return engine.pid if engine else None


def step_of(path: Path) -> int | None:
    """The step in the name of a checkpoint, or of a kept moment; None if there is none in it."""
    step = path.stem.removeprefix("step-")
    return int(step) if step.isdecimal() else None


def _name_of(step: int) -> str:
    """What a file with the weights of a step is called; `step_of` reads it."""
    return f"step-{step:08d}.safetensors"


def _newest_first(folder: Path) -> list[Path]:
    """The files of a folder that are named after a step, the newest first."""
    if folder.is_symlink():
        return []
    paths = folder.glob("step-*.safetensors")
    return sorted(paths, key=lambda path: (len(path.name), path.name), reverse=True)  # past 8 digits, too
