"""Exports by a separate process, so that the screen stays live and without torch."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from explorer.runs.folder import RunFolder
from explorer.runs.launch import COMPLAINT, program
from explorer.system.errors import GatescopeError, flag


@dataclass(frozen=True)
class ExportWanted:
    """What was asked for."""

    what: str
    """A name of `EXPORTS`."""
    options: Mapping[str, str | bool | list[str]]
    """The values of its own options: text, or whether a flag is given; empty text, or no texts: not given."""
    kind: str
    """One of its formats."""
    output: str | None
    """The file; None: one in the run's folder."""
    replace: bool
    """Whether an existing file is replaced."""


async def export(folder: RunFolder, wanted: ExportWanted) -> AsyncIterator[str]:
    """Export something of a run; yields the lines that the process prints, the last of which names the file.

    Raises:
        GatescopeError: it failed; the message is the one line that the process gave.
    """
    command = ["export", str(folder.path.resolve()), wanted.what]
    for name, value in wanted.options.items():
        spelt = flag(name)
        match value:
            case bool():
                command += [spelt] * value
            case str():
                command += [spelt, value] * bool(value)
            case list():
                command += [part for text in value for part in (spelt, text)]
    command += ["--format", wanted.kind]
    if wanted.output:
        command += ["--output", wanted.output]
    if wanted.replace:
        command.append("--force")
    process = await asyncio.create_subprocess_exec(
        *program(),
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        yield "starting"
        async for line in process.stdout:
            yield line.decode(errors="replace").strip()
        complaint = (await process.stderr.read()).decode(errors="replace").strip().splitlines()
        if await process.wait():
            raise GatescopeError(
                complaint[-1].removeprefix(COMPLAINT) if complaint else "the export ended without a message"
            )
    finally:
        if process.returncode is None:  # the file is no longer wanted
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
