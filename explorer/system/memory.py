"""Running out of memory: told apart from every other failure, and said with what to lower. No torch here."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from explorer.system.errors import GatescopeError

_SAID: Final = (
    "out of memory",  # torch on a GPU, Apple's too
    "can't allocate memory",  # torch on a CPU: a RuntimeError of its DefaultCPUAllocator
    "cannot allocate memory",  # the system, ENOMEM
    "not enough memory",  # torch's allocator on Windows, and for pinned memory
    "unable to allocate",  # numpy
    "bad_alloc",  # C++: a RuntimeError, or a MemoryError
    "alloc_failed",  # cuBLAS and cuDNN, without a word about memory
)
"""How libraries say it; few of them raise `MemoryError`."""
_UNMAPPED: Final = "failed to map segment"
"""How the system's loader says that a library has no room, or lies where nothing may be executed: it doesn't
say which."""


def ran_out(error: BaseException) -> bool:
    """Whether a failure means that there wasn't enough memory."""
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    text = str(error).lower()
    said = (*_SAID, _UNMAPPED)
    return isinstance(error, RuntimeError | ImportError) and any(words in text for words in said)


def lack(error: BaseException, cure: str) -> str:
    """A lack of memory in one line, with what to do; `cure` is for all but a library that can't be loaded."""
    if isinstance(error, ImportError) and _UNMAPPED in str(error).lower():
        return (
            "torch can't be loaded: not enough memory for it, or its folder may not run programs (noexec); "
            "raise `ulimit -v`, or install gatescope elsewhere"
        )
    return f"out of memory; {cure}"


@contextmanager
def naming(cure: str) -> Iterator[None]:
    """Turn a lack of memory into one line with this cure.

    Raises:
        GatescopeError: there wasn't enough memory.
    """
    try:
        yield
    except Exception as error:
        if not ran_out(error):
            raise
        raise GatescopeError(lack(error, cure)) from None
