"""Untrusted run folders: nothing in them is obeyed, followed, or written through."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from kit.facts import changed, evaluated, started, stepped
from kit.screen import exploring, finished_run

from explorer.engine.record.resume import resume
from explorer.export.names import make_exports
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.folder import RunFolder
from explorer.runs.history import read_history
from explorer.runs.launch import start_engine
from explorer.runs.lock import EngineLock
from explorer.runs.reader import EventReader
from explorer.runs.summary import Summary, Unreadable, summarise
from explorer.runs.writer import EventWriter
from explorer.system.errors import GatescopeError

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e[bold][@click=app.bell]x[/nope]"
"""A terminal's title, a cleared screen, a colour, text from right to left, and markup."""


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return create_run(tmp_path / "runs", configure({"hidden": 4}), "one")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A private file that is not part of the run."""
    path = tmp_path / "secret"
    path.write_text("mine\n")
    return path


class TestLinks:
    @pytest.mark.parametrize(
        "write",
        [
            lambda run: EngineLock(run.lock),
            lambda run: EventWriter(run.events),
            start_engine,
        ],
        ids=["lock", "events", "log"],
    )
    def test_no_file_is_written_through_a_link(self, run: RunFolder, secret: Path, write) -> None:
        for path in (run.lock, run.events, run.log):
            path.unlink(missing_ok=True)
            path.symlink_to(secret)
        with pytest.raises((GatescopeError, OSError)):
            write(run)
        assert secret.read_text() == "mine\n"
        assert EventReader(run.events).read() == [] and run.last_words() == "" and run.engine() is None

    def test_no_checkpoint_and_no_picture_is_written_outside_the_run(
        self, run: RunFolder, tmp_path: Path
    ) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        run.checkpoints.rmdir()
        run.checkpoints.symlink_to(elsewhere)
        run.exports.symlink_to(elsewhere)
        with pytest.raises(GatescopeError, match="symbolic link"):
            resume(run, None)
        with pytest.raises(GatescopeError, match="symbolic link"):
            make_exports(run)
        assert list(elsewhere.iterdir()) == []

    def test_a_pipe_in_place_of_a_file_is_not_waited_for(self, run: RunFolder) -> None:
        for path in (run.events, run.lock, run.log):
            path.unlink(missing_ok=True)
            os.mkfifo(path)
        assert EventReader(run.events).read() == []
        assert run.engine() is None and run.last_words() == ""
        assert summarise(run) is not None
        (run.path / "run.json").unlink()
        os.mkfifo(run.path / "run.json")
        with pytest.raises(GatescopeError, match="not a plain file"):
            run.read()


class TestSizes:
    def test_a_line_of_two_gigabytes_is_skipped_and_the_next_one_is_read(self, run: RunFolder) -> None:
        with open(run.events, "wb") as file:
            file.truncate(2 << 30)
        writer = EventWriter(run.events)
        writer.write(stepped(7))
        writer.close()
        history = read_history(run.events)
        assert history.steps_done == 7

    @pytest.mark.parametrize("content", [b"[" * 100_000, b'{"format":' * 1000, b"", b"\xff" * 100, b"null"])
    def test_an_invalid_run_json_is_reported_in_one_line(self, run: RunFolder, content: bytes) -> None:
        (run.path / "run.json").write_bytes(content)
        with pytest.raises(GatescopeError) as caught:
            run.read()
        assert "\n" not in str(caught.value)
        assert isinstance(summarise(run), Unreadable)

    def test_a_huge_run_json_is_not_read(self, run: RunFolder) -> None:
        os.truncate(run.path / "run.json", 3 << 30)
        with pytest.raises(GatescopeError, match="more than"):
            run.read()

    @pytest.mark.parametrize("made", [1e300, -1e300, 2.0**62])
    def test_a_run_with_an_impossible_time_is_listed(self, run: RunFolder, made: float) -> None:
        run.write(msgspec.structs.replace(run.read(), created=made))
        summary = summarise(run)
        assert isinstance(summary, Summary) and summary.made == "at no time"


class TestText:
    def hostile(self, runs: Path) -> RunFolder:
        """Create a run with hostile content in every text that it has."""
        run = finished_run(runs, "one")
        file = msgspec.structs.replace(run.read(), run=EVIL, gatescope=EVIL)
        run.write(file)
        writer = EventWriter(run.events)
        for event in (
            started(run=EVIL, cell=EVIL, dataset=EVIL, device=EVIL, epochs=2**62, steps_per_epoch=2**62),
            stepped(11, samples_per_second=1e-300, loss=1e308, epoch=2**62),
            evaluated(11, samples=0, accuracy=-1e300),
            changed("failed", EVIL),
        ):
            writer.write(event)
        writer.close()
        run.log.write_text(EVIL)
        evil = run.path.with_name(EVIL.replace("/", ""))
        run.path.rename(evil)
        return RunFolder(evil)

    async def test_the_explorer_shows_the_text_and_obeys_nothing_in_it(self, tmp_path: Path) -> None:
        self.hostile(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("✗ failed")
            await visit.sees("owned")
            await visit.press("r")
            await visit.sees("switch run")
            assert all(line.isprintable() for line in visit.text.splitlines())

    def test_no_command_sends_control_sequences_to_the_terminal(self, tmp_path: Path) -> None:
        run = self.hostile(tmp_path / "runs")
        for arguments in (["runs"], ["runs", "--json"], ["stop", run.name], ["watch", str(run.path) + "x"]):
            done = subprocess.run(
                [sys.executable, "-m", "explorer", *arguments], cwd=tmp_path, capture_output=True, check=False
            )
            said = (done.stdout + done.stderr).decode()
            assert said and "Traceback" not in said
            assert all(line.isprintable() for line in said.splitlines()), arguments
