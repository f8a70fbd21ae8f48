"""An engine's computation that goes on until a test lets it end."""

from __future__ import annotations

import threading
from collections.abc import Iterator


class Held:
    """What an engine says of its progress that doesn't end before it is told to, or its viewer hangs up."""

    def __init__(self) -> None:
        """Compute."""
        self.released, self.hung_up = threading.Event(), threading.Event()

    def __iter__(self) -> Iterator[float]:
        """Say that a third is done, again and again."""
        try:
            while not self.released.wait(0.01):
                yield 0.34
        except GeneratorExit:
            self.hung_up.set()
            raise
