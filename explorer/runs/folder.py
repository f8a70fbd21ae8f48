"""A run's folder: where its files are, what was asked for, and whether its engine is alive."""

from __future__ import annotations

import fcntl
import hashlib
import os
from pathlib import Path

import msgspec

from explorer.runs.config import Config, check
from explorer.runs.errors import GatescopeError, UsageError
from explorer.runs.sockets import private_socket

FORMAT = 1
"""The version of `run.json`."""


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
