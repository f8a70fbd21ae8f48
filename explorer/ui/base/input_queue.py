"""Keys, pastes and clicks, passed on one at a time, as if a person had waited for the effect of each.

But for one that only looks elsewhere and has waited too long.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

from textual.app import App
from textual.events import Event, Key, MouseDown, MouseUp, Paste
from textual.screen import Screen
from textual.widgets import Input
from textual.worker import Worker

from explorer.ui.base.keys import PASSING

LONGEST: Final = 2.0
"""Seconds that one event may hold up the next: whatever happens, the keyboard comes back."""
AT_ONCE: Final = 30
"""Turns of the event loop within which the effect of most keys is complete; after these, it is checked less
often."""
PACE: Final = 0.001
"""Seconds between two checks of an effect that takes longer."""
STALE: Final = 2.0
"""Seconds after which a key that only looks elsewhere is worth nothing: of 75 a second on a busy machine, the
last would act seconds after it was pressed, and so would the key for help behind it. Not less: a machine that
is busy with its first frame must not lose one."""
LEAVE: Final = "ctrl+q"
"""The key with which one leaves at once."""
ERRAND: Final = "errand"
"""The group of the workers that ask something, perhaps more than once."""

_CONSEQUENTIAL: Final = (Key, Paste, MouseDown, MouseUp)
"""Events that may move the focus, or open or close a dialog; moving the mouse or its wheel does neither."""


class InputQueue:
    """Passes an event on only when the effect of the one before is complete.

    That is: all messages that it caused are handled; each worker that it started (an action that asks
    something is one) has finished, or its dialog is open and has the focus. Only a screen's workers are
    waited for: what a key starts that takes long, and asks nothing, should be a worker of the app. An event
    that comes alone is passed on at once, and while nothing is typed, nothing runs here.
    """

    def __init__(
        self,
        app: App[Any],
        pass_on: Callable[[Event], Awaitable[None]],
        unsettled: Callable[[], bool],
        fail: Callable[[Exception], None],
    ) -> None:
        """Queue the input of an app.

        Args:
            app: the app.
            pass_on: has the app handle an event.
            unsettled: whether any of the app's messages is waiting or being handled.
            fail: ends the app because of an unexpected failure.
        """
        self._app = app
        self._handle, self._unsettled, self._fail = pass_on, unsettled, fail
        self._waiting: deque[Event] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether an event is waiting, or the effect of the last one is not complete."""
        return self._task is not None and not self._task.done()

    def put(self, event: Event) -> None:
        """Take an event; the key with which one leaves at once overtakes all others."""
        if _is(event, LEAVE):
            self._waiting.clear()
        self._waiting.append(event)
        if not self.busy:
            self._task = asyncio.create_task(self._pass_on())

    async def _pass_on(self) -> None:
        """Pass on what is there, in order. A failure ends the app, as it would in Textual's own loop."""
        try:
            while self._waiting and self._open:
                event = self._waiting.popleft()
                if self._too_late(event):
                    continue
                screens, workers = [*self._app.screen_stack], {*self._app.workers}
                await self._handle(event)
                if isinstance(event, _CONSEQUENTIAL):
                    await self._complete(screens, workers)
        except Exception as error:
            self._fail(error)

    def _too_late(self, event: Event) -> bool:
        """Whether an event is a key that has waited too long to be wanted; in a dialog, none ever is."""
        passing = isinstance(event, Key) and event.key in PASSING and len(self._app.screen_stack) == 1
        return passing and time.monotonic() - event.time > STALE

    async def _complete(self, screens: list[Screen[Any]], workers: set[Worker[Any]]) -> None:
        """Wait until an event's effect is complete, given what was there before the event."""
        turns, deadline = 0, time.monotonic() + LONGEST
        while self._open and self._incomplete(screens, workers) and time.monotonic() < deadline:
            turns += 1
            await asyncio.sleep(0 if turns < AT_ONCE else PACE)

    @property
    def _open(self) -> bool:
        """Whether there is still a screen that could take an event: none is left while the app exits."""
        return self._app.is_running and bool(self._app.screen_stack)

    def _incomplete(self, screens: list[Screen[Any]], workers: set[Worker[Any]]) -> bool:
        """Whether something that an event has caused still goes on, and the next event should wait for it."""
        coming = self._waiting[0] if self._waiting else None
        if _is(coming, LEAVE):
            return False
        if self._unsettled():
            return True
        top = self._app.screen
        if top not in screens:  # a dialog has opened
            return top.focused is None
        if isinstance(top.focused, Input) and isinstance(coming, Key) and coming.is_printable:
            return False  # it changes what is searched for, and needs no result: 0.1 s where there is none
        # A dialog that has gone leaves its errand behind, which may open another one.
        return any(
            worker.node is top and (worker not in workers or worker.group == ERRAND)
            for worker in self._app.workers
        )


def _is(event: Event | None, key: str) -> bool:
    """Whether an event is this key."""
    return isinstance(event, Key) and event.key == key
