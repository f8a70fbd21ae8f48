"""What starts the engines of a race, one after the other, as many at a time as the cores allow.

It has a process of its own, without torch, that outlives the screen. It keeps nothing that isn't on disk: if
it is killed, the engines go on, and the runs that were waiting can be started by hand, or by another one.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from types import FrameType
from typing import Final

from explorer.runs.folder import RunFolder
from explorer.runs.held_folder import FolderGone, HeldFolder
from explorer.runs.launch import COMPLAINT, StartedEngine, start_engine
from explorer.runs.lock import EngineLock
from explorer.runs.race import unfinished
from explorer.system.cores import at_a_time, threads_of
from explorer.system.errors import GatescopeError
from explorer.system.signals import receiving

POLL: Final = 0.1
"""Seconds between two looks at the engines."""


class _Turn:
    """A run, from before its turn until its engine has ended."""

    def __init__(self, folder: RunFolder) -> None:
        """Take the run's place in the race.

        Raises:
            GatescopeError: another supervisor has it, or its folder can't be written.
        """
        self._held = HeldFolder(folder)
        self._folder = folder
        self._process: StartedEngine | None = None
        self._came_up = False
        self._passed = 0
        self._waiting: EngineLock | None = None
        self.threads = threads_of(folder.read().config.threads)
        """How many cores it takes."""
        try:
            self._waiting = EngineLock(folder.race_lock)
        except GatescopeError:
            if not folder.waits():
                raise
            raise GatescopeError(f"run {folder.name} is already waiting for its turn in a race") from None

    @property
    def has_engine(self) -> bool:
        """Whether an engine has it: ours, or one that somebody else has started."""
        return self._folder.engine() is not None

    def begin(self) -> None:
        """Start its engine, unless the run was deleted meanwhile, or somebody has trained it to its end.

        Raises:
            OSError: it can't be started.
        """
        with suppress(FolderGone):
            self._held.follow()
            if unfinished([self._folder]):
                self._process = start_engine(self._folder)

    def is_over(self) -> bool:
        """Whether its engine has ended, or there is none; once there is one, it no longer waits.

        An engine that has trained may stay for a while to answer viewers: it no longer has the run's lock.
        """
        try:
            self._held.follow()
        except FolderGone:
            return True
        if not self.has_engine:
            return self._came_up or self._process is None or self._process.poll() is not None
        self._came_up = True
        self.wait_no_longer()
        return False

    def wait_no_longer(self) -> None:
        """Give up the place in the race: the run is as any other from now on."""
        if self._waiting is not None:
            self._waiting.release()
            self._waiting = None

    def pass_on(self, signals: int) -> None:
        """Pass on to its engine as many signals as there were, once each: the first ends it between two
        batches. One that can't be reached from here gets none.
        """
        while self._passed < signals:
            self._passed += 1
            engine = self._folder.engine()
            if engine is not None and engine.has_our_pid:
                with suppress(ProcessLookupError):
                    os.kill(engine.pid, signal.SIGTERM)
            elif self._process is not None and not self._came_up:
                self._process.send_signal(signal.SIGTERM)


class Supervisor:
    """Runs a race to its end.

    Two trainings that are compared by their speed shouldn't share a core; so there are as many at a time as
    there are cores for the threads of each.
    """

    def __init__(self, folders: Iterable[RunFolder]) -> None:
        """Have these runs wait for their turns, in this order.

        Raises:
            GatescopeError: one of them waits in a race already, or can't be written; then none does.
        """
        self._waiting: list[_Turn] = []
        self._running: list[_Turn] = []
        self._signals = 0
        self._every = True
        try:
            for folder in folders:
                self._waiting.append(_Turn(folder))
            self._turns = [*self._waiting]
        except GatescopeError:
            self._give_up()
            raise
        self._at_once = at_a_time(max((turn.threads for turn in self._waiting), default=1))

    def run(self) -> bool:
        """Start one after the other, and wait for all of them.

        A signal ends the race: those that wait stay as they are, those that run are stopped, and everything
        is kept. Each further signal is passed on to the engines.

        Returns:
            Whether every engine could be started.
        """
        with receiving(self._receive):
            while self.step():
                time.sleep(POLL)
        return self._every

    def step(self) -> bool:
        """Look at all runs once, and do what is to be done; whether there is more to come."""
        for turn in [turn for turn in self._waiting if turn.has_engine]:  # somebody was faster
            self._waiting.remove(turn)
            self._running.append(turn)
        for turn in [turn for turn in self._running if turn.is_over()]:
            turn.wait_no_longer()
            self._running.remove(turn)
        if self._signals:
            self._give_up()
        while self._waiting and len(self._running) < self._at_once:
            self._begin(self._waiting.pop(0))
        for turn in self._turns:  # those that somebody has resumed since, too
            turn.pass_on(self._signals)
        return bool(self._waiting or self._running)

    def _begin(self, turn: _Turn) -> None:
        """Start an engine, or say why that can't be done."""
        try:
            turn.begin()
        except OSError as error:
            print(f"{COMPLAINT}can't start an engine: {error}", file=sys.stderr, flush=True)
            turn.wait_no_longer()
            self._every = False
        else:
            self._running.append(turn)

    def _give_up(self) -> None:
        """Let no run wait any more."""
        for turn in self._waiting:
            turn.wait_no_longer()
        self._waiting.clear()

    def _receive(self, number: int, frame: FrameType | None) -> None:
        """Handle one signal."""
        self._signals += 1
