"""A process whose files can't be mapped into memory, as on some network and FUSE file systems."""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from typing import Final

CALLS: Final = {"x86_64": 9, "aarch64": 222}
"""The number of `mmap` by processor."""
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2


def refuse_mappings() -> None:
    """Have the kernel refuse, from now on, to map any file into this process (ENODEV); plain memory is left.

    Raises:
        OSError: this kernel has no seccomp.
    """
    load, equal, end = 0x20, 0x15, 0x06
    program = [
        (load, 0, 0, 0),  # which call
        (equal, 0, 3, CALLS[platform.machine()]),
        (load, 0, 0, 16 + 4 * 8),  # its fifth argument: the file, -1 for plain memory
        (equal, 1, 0, 0xFFFFFFFF),
        (end, 0, 0, 0x50000 | errno.ENODEV),
        (end, 0, 0, 0x7FFF0000),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    given = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    system = ctypes.CDLL(None, use_errno=True)
    for call in ((_NO_NEW_PRIVILEGES, 1, 0), (_SECCOMP, _FILTER, ctypes.c_char_p(given))):
        if system.prctl(*call, 0, 0):
            raise OSError(ctypes.get_errno(), "seccomp")
