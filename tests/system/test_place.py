"""Where an engine runs: the same machine, the same processes, the same user, or out of reach."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import msgspec
import pytest
from kit.elsewhere import ELSEWHERE, THERE, WHERE, trained_elsewhere

from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.folder import RunFolder
from explorer.runs.lock import SIZE, Engine, EngineLock
from explorer.runs.manage import delete_run
from explorer.runs.summary import Summary, summarise
from explorer.system.errors import GatescopeError
from explorer.system.place import Place, here


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A new run."""
    return create_run(tmp_path / "runs", configure({}), "one")


def test_an_engine_says_in_its_lock_where_it_runs_and_as_whom(run: RunFolder) -> None:
    lock = EngineLock(run.lock)
    lock.say(socket="/run/one.sock")
    engine = run.engine()
    lock.release()
    assert engine is not None and engine.place == here() and engine.away is None and engine.has_our_pid
    assert engine.place.host == socket.gethostname()
    if os.path.exists("/proc/self/ns/pid"):
        assert engine.place.namespace.startswith("pid:[") and len(engine.place.boot) == 36


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_an_engine_that_cannot_be_reached_is_known_by_its_lock(run: RunFolder, kind: str) -> None:
    with trained_elsewhere(run, kind):
        engine = run.engine()
    assert engine is not None and engine.away is not None and not engine.has_our_pid
    assert engine.away.advise("stop") == f"it trains {WHERE[kind]}; stop it {THERE[kind]}"


def test_a_lock_of_an_older_version_is_read_and_its_process_id_is_not_trusted(run: RunFolder) -> None:
    lock = EngineLock(run.lock)
    run.lock.write_bytes(b'{"pid":4242,"socket":"/run/one.sock","trouble":""}'.ljust(1024))
    engine = run.engine()
    lock.release()
    assert engine == Engine(pid=4242, socket="/run/one.sock") and engine.away is None
    assert not engine.has_our_pid


def test_the_longest_lock_fits_into_its_file(run: RunFolder) -> None:
    lock = EngineLock(run.lock)
    lock.say(socket="/" + "s" * 107, trouble="\x01" * 1000)  # six bytes each
    lock.say(trouble="")
    engine = run.engine()
    assert engine is not None and engine.socket.endswith("s") and run.lock.stat().st_size == SIZE
    lock.release()


def test_a_machine_that_gets_another_name_is_still_the_same() -> None:
    renamed = msgspec.structs.replace(here(), host="laptop.guest.example")
    assert renamed.away_from(here()) is None
    without = msgspec.structs.replace(here(), boot="")  # then only its name can tell
    assert msgspec.structs.replace(renamed, boot="").away_from(without) is not None
    assert Place().away_from(here()) is None


def test_who_wants_the_run_of_an_engine_elsewhere_is_told_where_that_is(run: RunFolder) -> None:
    with trained_elsewhere(run, "machine"):
        with pytest.raises(
            GatescopeError, match=r"^run one is already training on node7 as ann; stop it there"
        ):
            EngineLock(run.lock)
        with pytest.raises(
            GatescopeError, match=r"^run one is training on node7 as ann; stop it before you delete it$"
        ):
            delete_run(run)


def test_a_list_names_no_process_id_that_would_be_a_strangers_here(run: RunFolder) -> None:
    with trained_elsewhere(run, "machine"):
        listed = summarise(run)
    assert isinstance(listed, Summary) and (listed.state, listed.pid) == ("starting", None)
