"""Where a process runs, and for whom: whether another one can be reached from here.

A home folder may be shared: by machines, by containers, by users of one group. Then a lock may be held by a
process that no signal and no socket from here reaches, and its process id is that of a stranger here.
"""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec


class Away(NamedTuple):
    """A place that nothing reaches from here."""

    where: str
    """`on HOST as USER`."""
    there: str
    """How to be there: `there`, or `as that user`."""

    def advise(self, verb: str) -> str:
        """What can't be done from here: `it trains on HOST as USER; stop it there`."""
        return f"it trains {self.where}; {verb} it {self.there}"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A machine since it was started, its part that sees the same processes, and a user there."""

    host: str = ""
    """The machine's name, for people: it may change, and two machines may have the same."""
    boot: str = ""
    """Random, made when the machine's kernel started; empty where the system has none."""
    namespace: str = ""
    """Which processes are visible: a container usually has a namespace of its own. Empty on macOS."""
    user: str = ""
    """The user's name, or its number where it has none."""

    def away_from(self, viewer: Place) -> Away | None:
        """How to name this place to a viewer elsewhere; None if it is the viewer's own, as far as is known.

        A field that is missing says nothing: older versions wrote none. Where both sides know their boot, the
        names of the hosts don't count: a machine that gets another name is still the same.
        """
        host, user = self.host or "another machine", self.user or "another user"
        facts = (self.boot, viewer.boot) if self.boot and viewer.boot else (self.host, viewer.host)
        if not _agree(*facts):
            return Away(f"on {host} as {user}", "there")
        if not _agree(self.namespace, viewer.namespace):
            return Away(f"in another container, {host}, as {user}", "there")
        return None if _agree(self.user, viewer.user) else Away(f"as {user}", "as that user")


def _agree(one: str, other: str) -> bool:
    """Whether two facts agree as far as they are known."""
    return one == other or not one or not other


@cache
def here() -> Place:
    """The place of this process."""
    return Place(host=socket.gethostname(), boot=_boot(), namespace=_namespace(), user=_user())


def _boot() -> str:
    """What identifies this start of the machine."""
    if sys.platform == "darwin":
        with suppress(OSError, subprocess.SubprocessError):
            asked = ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"]
            return subprocess.run(asked, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""


def _namespace() -> str:
    """What identifies the processes that are visible: `pid:[4026531836]`."""
    with suppress(OSError):
        return os.readlink("/proc/self/ns/pid")
    return ""


def _user() -> str:
    """The user's name; the number where the machine knows no name for it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
