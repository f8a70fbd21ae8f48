"""One dialog at a time over a screen, however fast and in whatever order keys come.

Most dialogs take a moment to come: a folder is read first, or another dialog asks something before. Without
this, a second key in that moment opened a second one, over the first or below it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial, wraps
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from textual.screen import Screen
from textual.worker import Worker

from explorer.ui.base.input_queue import ERRAND

AGAIN: Final = 0.1
"""Seconds between two looks whether a dialog may come that no key asked for."""

Result = TypeVar("Result")
Parameters = ParamSpec("Parameters")


class Moot(Exception):
    """What an errand asks no longer matters: it is about a run that isn't open any more."""


class Gate:
    """Lets one errand at a time open dialogs over a screen.

    An errand is what a key asks with a dialog: it reads what it needs, asks, and does what was answered.
    """

    def __init__(self, below: Screen[Any], about: Callable[[], object] = lambda: None) -> None:
        """Guard a screen; `about` is what errands on it may be about, the open run."""
        self._below, self._about = below, about
        self._now: Worker[None] | None = None
        self._asked = False
        self._subject: object = None

    @property
    def free(self) -> bool:
        """Whether a dialog may come now: none is open, and no errand is under way."""
        done = self._now is None or self._now.is_finished
        return done and self._below.app.screen_stack[-1:] == [self._below]

    def show(self, dialog: Callable[[], Screen[Any] | str]) -> None:
        """Open a dialog whose answer doesn't matter; nothing happens where another is open or on its way."""
        if self.free:
            self._below.app.push_screen(dialog())

    def begin(
        self, errand: Callable[[], Coroutine[Any, Any, object]], *, about: bool = False, first: bool = False
    ) -> None:
        """Do an errand, unless another is under way, or a dialog is open.

        Args:
            errand: what to do.
            about: whether its answer matters only as long as the same run is open.
            first: an errand that hasn't asked anything yet gives way to this one.
        """
        if first and self._now is not None and not self._asked:
            self._now.cancel()
            self._now = None
        if self.free:
            self._asked, self._subject = False, self._about() if about else None
            self._now = self._below.run_worker(self._do(errand()), group=ERRAND)

    def follow(self, errand: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Do an errand that no key has asked for, as soon as no other is under way."""
        if self.free:
            self.begin(errand)
        else:
            self._below.set_timer(AGAIN, partial(self.follow, errand))

    async def ask(self, dialog: Screen[Result]) -> Result:
        """A person's answer to a dialog. For errands, which end where it isn't wanted any more.

        Raises:
            Moot: another run is open now than when the errand began.
        """
        self._asked = True
        self._check()
        answer: Result = await self._below.app.push_screen_wait(dialog)
        self._check()
        return answer

    def _check(self) -> None:
        """End an errand about a run that isn't open any more.

        Raises:
            Moot: it isn't.
        """
        if self._subject is not None and self._subject is not self._about():
            raise Moot

    async def _do(self, errand: Awaitable[object]) -> None:
        """Do an errand to its end."""
        try:
            await errand
        except Moot:
            return


class Gated(Protocol):
    """A screen with a gate."""

    gate: Gate


Host = TypeVar("Host", bound=Gated)


def errand(
    *, about_run: bool = False, first: bool = False
) -> Callable[
    [Callable[Concatenate[Host, Parameters], Coroutine[Any, Any, None]]],
    Callable[Concatenate[Host, Parameters], None],
]:
    """A method that asks something: called, it begins where the gate lets it, and returns at once.

    Args:
        about_run: whether its answer matters only as long as the same run is open.
        first: whether an errand that hasn't asked anything yet gives way to this one.
    """

    def decorate(
        method: Callable[Concatenate[Host, Parameters], Coroutine[Any, Any, None]],
    ) -> Callable[Concatenate[Host, Parameters], None]:
        """Have the gate begin a method."""

        @wraps(method)
        def begin(host: Host, /, *args: Parameters.args, **options: Parameters.kwargs) -> None:
            """Begin it, if no dialog is open or on its way."""
            host.gate.begin(partial(method, host, *args, **options), about=about_run, first=first)

        return begin

    return decorate
