"""A system that refuses one call: `python refusing.py CALL ERRNO ARGUMENT…` runs gatescope there.

The kernel itself refuses (seccomp), so what is tested is what happens on such a system. For Linux only.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys

NUMBERS = {"flock": {"x86_64": 73, "aarch64": 32}}
"""The number of a call, by machine."""


def refuse(call: str, error: int) -> None:
    """Have the kernel answer a call of this process, and of all that it starts, with an error.

    Raises:
        OSError: the kernel doesn't do that.
    """
    load_number, if_equal, give_back = 0x20, 0x15, 0x06
    allow, fail = 0x7FFF0000, 0x00050000 | error
    lines = [
        (load_number, 0, 0, 0),
        (if_equal, 0, 1, NUMBERS[call][platform.machine()]),
        (give_back, 0, 0, fail),
        (give_back, 0, 0, allow),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(lines), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_seccomp, filtered = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(set_seccomp, filtered, program, 0, 0):
        raise OSError(ctypes.get_errno(), "no seccomp")


if __name__ == "__main__":
    call, name, *arguments = sys.argv[1:]
    try:
        refuse(call, getattr(errno, name))
    except (OSError, KeyError, AttributeError):
        sys.exit("can't be refused here")
    from explorer.cli import main

    main(arguments)
