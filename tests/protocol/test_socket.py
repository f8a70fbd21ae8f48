"""The private socket: its permissions, its life cycle, and that no viewer waits forever."""

from __future__ import annotations

import errno
import shutil
import socket as sockets
import stat
import struct
import tempfile
import time
from pathlib import Path
from threading import Event

import pytest
from kit.viewers import DEADLINE, ask, running, serving, until

from explorer.engine import server as servers
from explorer.engine.server import Server
from explorer.protocol.client import EngineClient, EngineGone
from explorer.protocol.messages import Done, Pause
from explorer.protocol.questions import MOST_QUESTIONS, Array, Ask, Given, Question, Selection


@pytest.fixture
def socket():
    """A short path for a socket."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    yield folder / "s"
    shutil.rmtree(folder)


def test_the_largest_input_fits_into_a_request_and_what_is_larger_ends_the_connection(socket):
    def answer(request):
        return Done(f"{len(request.selection.subject.x.data):,} bytes")

    def asked(timesteps):
        x = Array(("timestep", "input"), (timesteps, 512), "float32", bytes(4 * timesteps * 512))
        questions = tuple(Question("activations") for _ in range(MOST_QUESTIONS))
        selection = Selection(run="/r" * 2000, subject=Given(x))
        return Ask(selection, questions, selection)

    server = Server(lambda: socket)
    with serving(server, answer):
        assert ask(socket, asked(1000)) == Done("2,048,000 bytes")
        with pytest.raises(EngineGone):
            ask(socket, asked(1100))
    server.close()


class TestSocket:
    def test_it_is_for_this_user_alone_and_is_removed_when_closed(self, socket):
        server = Server(lambda: socket)
        assert stat.S_ISSOCK(socket.stat().st_mode) and stat.S_IMODE(socket.stat().st_mode) == 0o600
        server.close()
        assert not socket.exists()
        with pytest.raises(EngineGone):
            ask(socket, Pause())

    def test_its_file_appears_only_once_the_server_listens(self, socket):
        for _ in range(20):
            refused, over = [], Event()

            def knock(refused=refused, over=over):
                while not over.is_set():
                    with sockets.socket(sockets.AF_UNIX) as viewer:
                        refused.append(viewer.connect_ex(str(socket)) == errno.ECONNREFUSED)

            with running(knock):
                until(lambda refused=refused: refused)
                server = Server(lambda: socket)
                over.set()
            server.close()
            assert not any(refused)

    def test_a_socket_that_cannot_be_made_leaves_no_file(self, socket):
        with pytest.raises(OSError, match="AF_UNIX path too long"):
            Server(lambda: socket.parent / ("long" * 30))
        with pytest.raises(FileNotFoundError):
            Server(lambda: socket.parent / "nowhere" / "s")
        assert not list(socket.parent.iterdir())

    def test_the_socket_of_a_dead_engine_is_replaced(self, socket):
        with sockets.socket(sockets.AF_UNIX) as dead:
            dead.bind(str(socket))
        with pytest.raises(EngineGone):
            ask(socket, Pause())
        server = Server(lambda: socket)
        with serving(server):
            assert ask(socket, Pause()) == Done("Pause")
        server.close()

    def test_running_out_of_file_descriptors_briefly_does_not_make_it_deaf(self, socket, monkeypatch):
        accept, failures = sockets.socket.accept, iter([errno.EMFILE, errno.EMFILE])

        def flaky(listener):
            for code in failures:
                raise OSError(code, "no descriptors")
            return accept(listener)

        monkeypatch.setattr(sockets.socket, "accept", flaky)
        monkeypatch.setattr(servers, "RETRY_SECONDS", 0.001)
        server = Server(lambda: socket)
        with serving(server):
            assert ask(socket, Pause()) == Done("Pause")
        server.close()


class TestUnresponsiveEngine:
    @pytest.mark.parametrize("goes", [True, False], ids=["dies", "is suspended"])
    def test_an_engine_that_breaks_off_mid_answer_is_gone(self, socket, goes):
        over = Event()

        def break_off():
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(struct.pack("!i", 100) + b"half of it")
                if not goes:
                    over.wait(DEADLINE)

        with sockets.socket(sockets.AF_UNIX) as listener:
            listener.bind(str(socket))
            listener.listen()
            with running(break_off):
                began = time.monotonic()
                with pytest.raises(EngineGone):
                    EngineClient(socket).ask(Pause(), timeout=DEADLINE if goes else 0.2)
                assert time.monotonic() - began < DEADLINE / 2
                over.set()

    def test_requests_to_a_suspended_engine_time_out_even_when_its_queue_is_full(self, socket):
        with sockets.socket(sockets.AF_UNIX) as listener:
            listener.bind(str(socket))
            listener.listen(1)  # and never accepts
            for _ in range(4):
                began = time.monotonic()
                with pytest.raises(EngineGone, match=r"no answer within 0\.05 s"):
                    EngineClient(socket).ask(Pause(), timeout=0.05)
                assert time.monotonic() - began < DEADLINE / 2
