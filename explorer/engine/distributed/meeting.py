"""Waiting until all processes of a training are there, without being deaf meanwhile.

torch waits inside one call of its library, in which Python handles no signal: a rank that never comes could
not be waited out. So the ranks check in at the store that torchrun names, and call torch only once all have.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any, Final

from torch import distributed

from explorer.engine.distributed.rank import Rank
from explorer.system.errors import GatescopeError, UsageError

CONNECT_SECONDS: Final = 0.5
"""Seconds that one try to reach the store may take: a signal is handled between two of them."""
MOST_NAMED: Final = 4
"""How many missing ranks are named."""


def meet(rank: Rank, timeout: timedelta, report: Callable[[str], object], pause: Callable[[], object]) -> Any:
    """Check in, and wait for all others.

    Args:
        rank: this process.
        timeout: how long the store lets a call wait, once all are there.
        report: called with a line whenever somebody else is waited for: `waiting for rank 1`.
        pause: waits a moment; whatever it raises ends the waiting.

    Returns:
        The store, for torch's own meeting.

    Raises:
        UsageError: torchrun's variables are missing.
        GatescopeError: the store can't be made, or is gone.
    """
    try:
        host, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    except (KeyError, ValueError):
        raise UsageError("MASTER_ADDR and MASTER_PORT must be set, as torchrun does") from None
    hosts = rank.rank == 0 and os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True"
    if not hosts:
        _reach(host, port, report, pause)
    try:
        store: Any = distributed.TCPStore(  # type: ignore[attr-defined]
            *(host, port, rank.size),
            is_master=hosts,
            timeout=timeout,
            wait_for_workers=False,
            multi_tenant=True,
        )
        # torchrun may start all of them again, with the same store.
        attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
        store = distributed.PrefixStore(f"gatescope/{attempt}", store)  # type: ignore[attr-defined]
        store.set(str(rank.rank), b"")
        missing, said = list(range(rank.size)), ""
        while missing := [one for one in missing if not store.check([str(one)])]:
            if (line := f"waiting for {_names(missing)}") != said:
                said = line
                report(line)
            pause()
    except distributed.DistError as error:
        reason = str(error).partition("\n")[0]
        raise GatescopeError(f"can't meet the other processes at {host}:{port}: {reason}") from error
    return store


def _reach(host: str, port: int, report: Callable[[str], object], pause: Callable[[], object]) -> None:
    """Wait until somebody listens there: torch would write a page about each try that fails."""
    said = False
    while True:
        try:
            with closing(socket.create_connection((host, port), CONNECT_SECONDS)):
                return
        except OSError:
            if not said:
                said = True
                report(f"waiting for rank 0 at {host}:{port}")
            pause()


def _names(ranks: Sequence[int]) -> str:
    """Ranks for a person: `rank 1`, `ranks 1 and 2`, `ranks 1, 2, 3, 4 and 9 more`."""
    named = [str(one) for one in ranks[:MOST_NAMED]]
    if len(ranks) > MOST_NAMED:
        named.append(f"{len(ranks) - MOST_NAMED} more")
    return f"rank {named[0]}" if len(named) == 1 else f"ranks {', '.join(named[:-1])} and {named[-1]}"
