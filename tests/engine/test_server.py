"""The engine's end of the socket: whatever its viewers do, the engine keeps running."""

from __future__ import annotations

import shutil
import socket as sockets
import struct
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Event, current_thread
from types import SimpleNamespace

import pytest
from kit.asking import activations_of
from kit.viewers import DEADLINE, ask, echo, raw, running, serving, until

from explorer.engine import server as servers
from explorer.engine.server import Server
from explorer.protocol.client import EngineClient, EngineGone
from explorer.protocol.messages import (
    LARGEST_REQUEST,
    Done,
    Pause,
    Progress,
    Refused,
    Stop,
    pack,
    unpack_reply,
)
from explorer.system.errors import Cancelled


@pytest.fixture
def socket():
    """A short path for a socket."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    yield folder / "s"
    shutil.rmtree(folder)


@pytest.fixture
def server(socket):
    server = Server(lambda: socket)
    yield server
    server.close()


def is_closed(end):
    """Whether the other side closes the connection, cleanly or with a reset."""
    end.settimeout(DEADLINE)
    try:
        return end.recv(1) == b""
    except ConnectionError:
        return True


class TestServing:
    def test_requests_are_answered_on_the_engines_thread_and_only_while_it_serves(self, socket, server):
        answers, threads = [], []
        with running(lambda: answers.append(ask(socket, activations_of(3)))):
            until(lambda: server.viewers == 1)
            assert not answers
            server.serve(lambda request: threads.append(current_thread()) or echo(request), wait=DEADLINE)
        assert answers == [Done("3")] and threads == [current_thread()]

    def test_without_requests_it_waits_for_the_given_time(self, server):
        for wait in (0.0, 0.2):
            began = time.monotonic()
            server.serve(echo, wait)
            assert wait <= time.monotonic() - began < wait + DEADLINE / 2

    def test_many_viewers_each_get_their_own_answers(self, socket, server):
        answers = {}

        def view(number):
            client = EngineClient(socket)
            answers[number] = [client.ask(activations_of(100 * number + n), DEADLINE) for n in range(10)]
            client.close()

        with serving(server), running(*(lambda n=n: view(n) for n in range(30))):
            pass
        assert answers == {n: [Done(str(100 * n + m)) for m in range(10)] for n in range(30)}
        until(lambda: server.viewers == 0)

    def test_viewers_that_never_stop_asking_do_not_hold_up_the_engine(self, socket, server):
        over = Event()

        def hammer():
            client = EngineClient(socket)
            while not over.is_set():
                client.ask(Pause(), DEADLINE)
            client.close()

        def work(request):
            time.sleep(0.002)  # long enough for the other viewers to ask again
            return Done()

        with running(hammer, hammer, hammer, hammer):
            until(lambda: server.viewers == 4)
            with running(lambda: server.serve(work, wait=DEADLINE)):
                pass
            over.set()
            with serving(server):
                until(lambda: server.viewers == 0)


class TestRepliesThatTakeLong:
    """Computed on the thread of their viewer, and given up when that hangs up."""

    @pytest.fixture
    def work(self, server, monkeypatch):
        """An engine that takes its time for a pause, as often as the test lets it say how far it is."""
        monkeypatch.setattr(servers, "PROGRESS_SECONDS", 0.0)
        work = SimpleNamespace(shares=SimpleQueue(), threads=[], cancelled=Event())

        def later(tell):
            work.threads.append(current_thread())
            try:
                while (share := work.shares.get(timeout=DEADLINE)) is not None:
                    tell(share)
            except Cancelled:
                work.cancelled.set()
                raise
            return Done("long")

        with serving(server, lambda request: later if isinstance(request, Pause) else echo(request)):
            yield work

    def test_others_are_answered_meanwhile_and_it_hears_how_far_it_is(self, socket, work):
        answers, told = [], []

        def wait():
            client = EngineClient(socket)
            answers.append(client.ask(Pause(), DEADLINE, told.append))
            client.close()

        with running(wait):
            work.shares.put(0.25)
            until(lambda: told == [0.25])
            assert [ask(socket, activations_of(n)) for n in range(3)] == [Done("0"), Done("1"), Done("2")]
            work.shares.put(0.75)
            work.shares.put(None)
        assert (answers, told) == ([Done("long")], [0.25, 0.75])
        assert work.threads != [current_thread()] and work.threads[0].name == "viewer"

    def test_it_ends_when_the_viewer_hangs_up(self, socket, server, work):
        with raw(socket) as connection:
            connection.send_bytes(pack(Pause()))
            work.shares.put(0.5)
            assert unpack_reply(connection.recv_bytes()) == Progress(0.5)
        while not work.cancelled.is_set():
            work.shares.put(0.6)
            work.cancelled.wait(0.01)
        until(lambda: server.viewers == 0)
        assert ask(socket, activations_of(1)) == Done("1")

    def test_progress_is_told_no_more_often_than_it_has_to_be(self, socket, work, monkeypatch):
        monkeypatch.setattr(servers, "PROGRESS_SECONDS", 10 * DEADLINE)
        told = []
        for share in (0.1, 0.2, 0.3, None):
            work.shares.put(share)
        client = EngineClient(socket)
        assert client.ask(Pause(), DEADLINE, told.append) == Done("long")
        client.close()
        assert told == [0.1]

    def test_a_failure_is_refused_in_one_line(self, socket, server):
        def fail(tell):
            raise ValueError("two\nlines")

        with serving(server, lambda request: fail):
            assert ask(socket, Pause()) == Refused("the engine couldn't do that: two lines")


class TestItsPath:
    def test_it_moves_to_a_path_that_has_changed_and_its_viewers_stay(self, socket, monkeypatch):
        monkeypatch.setattr(servers, "CHECK_SECONDS", 0.05)
        paths, announced = [socket], []
        server = Server(lambda: paths[-1], announced.append)
        viewer = EngineClient(socket)
        with serving(server):
            assert viewer.ask(activations_of(1), DEADLINE) == Done("1")
            paths.append(socket.with_name("t"))
            until(lambda: announced == paths and not socket.exists())
            assert ask(paths[-1], activations_of(2)) == viewer.ask(activations_of(2), DEADLINE) == Done("2")
        viewer.close()
        server.close()
        assert not list(socket.parent.iterdir())

    def test_it_never_removes_the_socket_of_another_engine(self, socket, monkeypatch):
        monkeypatch.setattr(servers, "CHECK_SECONDS", 0.05)
        paths = [socket]
        old, new = Server(lambda: paths[-1]), Server(lambda: socket)
        inode = socket.stat().st_ino
        paths.append(socket.with_name("t"))
        until(paths[-1].exists)
        old.close()
        assert socket.stat().st_ino == inode
        third = Server(lambda: socket)  # in the place of one that ends without having moved
        inode = socket.stat().st_ino
        new.close()
        assert socket.stat().st_ino == inode
        third.close()
        assert not list(socket.parent.iterdir())


class TestNonsense:
    @pytest.mark.parametrize(
        "garbage", [b"", b"\xc1", b"nonsense", b"\x91" * 60_000, pack(Done("an answer"))]
    )
    def test_garbage_is_refused_and_the_connection_stays_open(self, socket, server, garbage):
        with serving(server), raw(socket) as connection:
            for sent, kind in ((garbage, Refused), (pack(Pause()), Done)):
                connection.send_bytes(sent)
                assert connection.poll(DEADLINE)
                assert isinstance(unpack_reply(connection.recv_bytes()), kind)

    @pytest.mark.parametrize(
        "sent",
        [
            struct.pack("!i", LARGEST_REQUEST + 1) + b"x" * (LARGEST_REQUEST + 1),
            struct.pack("!i", 2**31 - 1),
            struct.pack("!iQ", -1, 2**64 - 1),
            struct.pack("!i", 10) + b"torn",
        ],
        ids=["too long", "2 GB", "2^64", "torn"],
    )
    def test_a_request_that_is_too_long_or_torn_closes_its_connection_and_no_other(
        self, socket, server, sent
    ):
        polite = EngineClient(socket)
        with serving(server):
            assert polite.ask(activations_of(1), DEADLINE) == Done("1")
            with sockets.socket(sockets.AF_UNIX) as rude:
                rude.connect(str(socket))
                with suppress(OSError):  # closed before all was sent
                    rude.sendall(sent)
                    rude.shutdown(sockets.SHUT_WR)
                assert is_closed(rude)
            assert polite.ask(activations_of(2), DEADLINE) == Done("2")
        polite.close()

    def test_a_viewer_that_never_reads_does_not_hold_up_others(self, socket, server):
        long = Done("x" * 2_000_000)  # more than a socket buffer holds
        with serving(server, lambda request: long if isinstance(request, Pause) else echo(request)):
            with raw(socket) as lazy:
                lazy.send_bytes(pack(Pause()))
                assert lazy.poll(DEADLINE)
                assert [ask(socket, activations_of(n)) for n in range(3)] == [Done("0"), Done("1"), Done("2")]
            until(lambda: server.viewers == 0)

    def test_one_viewer_too_many_is_disconnected_at_once(self, socket, server, monkeypatch):
        monkeypatch.setattr(servers, "MOST_VIEWERS", 2)
        with serving(server), raw(socket), raw(socket):
            until(lambda: server.viewers == 2)
            with pytest.raises(EngineGone):
                ask(socket, Pause())
        until(lambda: server.viewers == 0)
        with serving(server):
            assert ask(socket, Pause()) == Done("Pause")


def test_the_last_answers_are_sent_before_it_closes(socket, server):
    answers = []

    def stop():
        answers.append(ask(socket, Stop()))

    def late():
        answers.append(ask(socket, Pause()))

    with running(stop):
        until(lambda: server.viewers)
        server.serve(echo, wait=DEADLINE)
        with running(late):
            until(server._waiting.qsize)
            server.close()
            assert not server._asked
    assert {type(answer) for answer in answers} == {Done, Refused}
