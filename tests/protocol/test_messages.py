"""Requests and answers between a viewer and an engine, and their way through the socket."""

from __future__ import annotations

import math
import shutil
import tempfile
import time
from contextlib import contextmanager
from multiprocessing.connection import Listener
from pathlib import Path
from threading import Thread

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kit.facts import any_state, counts, numbers, words

from explorer.protocol import client as clients
from explorer.protocol import messages as m
from explorer.protocol import questions as q
from explorer.protocol.client import EngineClient, EngineGone
from explorer.system.errors import Cancelled

maybe_counts = st.none() | counts
any_fact = st.one_of(st.none(), st.booleans(), counts, numbers, words)
any_question = st.builds(q.Question, words, st.dictionaries(words, any_fact, max_size=3))


@st.composite
def any_array(draw):
    """An array whose parts agree."""
    shape = draw(st.lists(st.integers(0, 4), max_size=3).map(tuple))
    kind = draw(st.sampled_from([*q.SIZES]))
    size = q.SIZES[kind] * math.prod(shape)
    axes = draw(st.lists(words, min_size=len(shape), max_size=len(shape)).map(tuple))
    data = draw(st.binary(min_size=size, max_size=size))
    names = draw(st.dictionaries(words, st.lists(words, max_size=3).map(tuple), max_size=2))
    return q.Array(axes, shape, kind, data, draw(words), draw(st.sampled_from(["unit", "open"])), names)


timesteps = st.integers(1, 1000)
any_set = st.builds(q.Samples, st.none() | timesteps, maybe_counts, maybe_counts)
any_subject = st.one_of(st.builds(q.Sample, counts), any_array().map(q.Given), any_set)
any_intervention = st.builds(
    q.Intervention,
    st.dictionaries(words, numbers, max_size=3),
    st.lists(counts, max_size=3).map(tuple),
    st.lists(st.builds(q.Wipe, timesteps, words), max_size=3).map(tuple),
    st.lists(st.builds(q.Span, timesteps, timesteps), max_size=3).map(tuple),
    st.integers(0, 1000),
)
any_selection = st.builds(
    q.Selection, run=words, moment=maybe_counts, subject=any_subject, intervention=any_intervention
)


any_answer = st.builds(
    q.Answer,
    what=words,
    asked=any_selection,
    step=counts,
    facts=st.dictionaries(words, any_fact, max_size=3),
    arrays=st.dictionaries(words, any_array(), max_size=3),
    options=st.dictionaries(words, any_fact, max_size=2),
)
requests = st.one_of(
    st.sampled_from([m.Pause(), m.Continue(), m.Stop(), m.FetchWeights()]),
    st.builds(m.ScaleLearningRate, numbers),
    st.builds(q.Ask, any_selection, st.lists(any_question, min_size=1, max_size=8).map(tuple)),
    st.builds(m.FindSample, counts, words),
)
answers = st.one_of(
    st.builds(m.Done, words),
    st.builds(m.Refused, words),
    st.builds(m.SampleFound, counts),
    st.builds(
        q.Answers,
        st.lists(any_answer, max_size=2).map(tuple),
        st.lists(st.builds(q.Unanswerable, words, words, st.booleans(), st.booleans()), max_size=2).map(
            tuple
        ),
        st.none() | any_state,
    ),
    st.builds(m.Weights, counts),
    st.builds(m.Piece, words, counts, st.binary(max_size=50).map(memoryview)),
    st.builds(m.Progress, numbers),
)

DEEP = m.pack(m.Pause()).replace(b"\x81", b"\x82", 1) + b"\xa1x" + b"\x91" * 60_000
NOT_TEXT = m.pack(m.Done("why")).replace(b"why", b"\xff\xff\xff")


def assert_message_or_decode_error(unpack, kinds, data):
    """The bytes give a message or raise a `DecodeError`, and nothing else."""
    try:
        message = unpack(data)
    except msgspec.DecodeError:
        return
    assert isinstance(message, kinds)


class TestBytes:
    @given(requests)
    @settings(deadline=None)
    def test_a_request_survives_the_socket_and_is_small(self, request):
        assert m.unpack_request(m.pack(request)) == request
        assert len(m.pack(request)) <= m.LARGEST_REQUEST

    @given(answers)
    @settings(deadline=None)
    def test_an_answer_survives_the_socket(self, answer):
        assert m.unpack_reply(m.pack(answer)) == answer

    @given(st.binary(max_size=200))
    @example(b"")
    @example(DEEP)
    @example(NOT_TEXT)
    @example(b"\x81\xa4type\xa1\xff")
    @settings(max_examples=300, deadline=None)
    def test_arbitrary_bytes_are_a_message_or_a_decode_error(self, data):
        assert_message_or_decode_error(m.unpack_request, m.Request, data)
        assert_message_or_decode_error(m.unpack_reply, m.Sent, data)

    @given(requests | answers, st.integers(0, 300), st.integers(0, 20), st.binary(max_size=20))
    @settings(max_examples=300, deadline=None)
    def test_a_damaged_message_is_a_message_or_a_decode_error(self, message, begin, length, instead):
        data = m.pack(message)
        damaged = data[:begin] + instead + data[begin + length :]
        assert_message_or_decode_error(m.unpack_request, m.Request, damaged)
        assert_message_or_decode_error(m.unpack_reply, m.Sent, damaged)

    def test_a_request_is_not_an_answer_and_an_answer_is_not_a_request(self):
        with pytest.raises(msgspec.DecodeError):
            m.unpack_reply(m.pack(m.Pause()))
        with pytest.raises(msgspec.DecodeError):
            m.unpack_request(m.pack(m.Done()))

    def test_a_number_that_is_not_finite_arrives_unchanged(self):
        assert math.isnan(m.unpack_request(m.pack(m.ScaleLearningRate(math.nan))).by)


@pytest.fixture
def socket():
    """A short path for a socket."""
    folder = tempfile.mkdtemp(dir="/tmp")
    yield Path(folder) / "s"
    shutil.rmtree(folder)


@contextmanager
def an_engine(socket, *conversations):
    """A listener that holds these conversations one after another, each on its own connection."""

    def talk():
        for conversation in conversations:
            with listener.accept() as connection:
                conversation(connection)

    with Listener(str(socket), family="AF_UNIX") as listener:
        thread = Thread(target=talk, daemon=True)
        thread.start()
        yield
        thread.join(timeout=10)
        assert not thread.is_alive()


def answers_with(*answers):
    """A conversation that gives the next answer to each request."""

    def converse(connection):
        for answer in answers:
            m.unpack_request(connection.recv_bytes())
            connection.send_bytes(answer if isinstance(answer, bytes) else m.pack(answer))

    return converse


def hears_and_goes(connection):
    """A conversation that ends after the request."""
    connection.recv_bytes()


def hears_and_waits(connection):
    """A conversation without an answer: it ends when the other side disconnects."""
    connection.recv_bytes()
    with pytest.raises(EOFError):
        connection.recv_bytes()


class TestClient:
    def test_answers_come_in_the_order_of_the_requests_on_one_connection(self, socket):
        with an_engine(socket, answers_with(m.Done("paused"), m.SampleFound(7))):
            client = EngineClient(socket)
            assert client.ask(m.Pause()) == m.Done("paused")
            assert client.ask(m.FindSample(0)) == m.SampleFound(7)
            client.close()

    def test_without_a_listener_the_engine_is_gone(self, socket):
        with pytest.raises(EngineGone):
            EngineClient(socket).ask(m.Pause())

    @pytest.mark.parametrize(
        "nonsense", [b"", b"nonsense", NOT_TEXT, DEEP], ids=["empty", "text", "utf-8", "deep"]
    )
    def test_an_engine_that_sends_nonsense_is_gone(self, socket, nonsense):
        with an_engine(socket, answers_with(nonsense)), pytest.raises(EngineGone):
            EngineClient(socket).ask(m.Pause())

    def test_an_engine_that_dies_during_a_request_is_gone_and_the_next_one_is_found(self, socket):
        client = EngineClient(socket)
        with an_engine(socket, hears_and_goes, answers_with(m.Done("back"))):
            with pytest.raises(EngineGone):
                client.ask(m.Pause())
            assert client.ask(m.Continue()) == m.Done("back")

    def test_a_connection_that_timed_out_is_not_used_again(self, socket):
        client = EngineClient(socket)
        with an_engine(socket, hears_and_waits, answers_with(m.Done("fresh"))):
            with pytest.raises(EngineGone, match="no answer"):
                client.ask(m.Pause(), timeout=0.01)
            assert client.ask(m.Continue()) == m.Done("fresh")

    def test_it_hears_how_far_an_answer_is_before_it_gets_it(self, socket):
        def converse(connection):
            connection.recv_bytes()
            for share in (0.0, 0.25, 0.9):
                connection.send_bytes(m.pack(m.Progress(share)))
            connection.send_bytes(m.pack(m.Done("read")))
            answers_with(m.Progress(0.5))(connection)
            with pytest.raises(EOFError):
                connection.recv_bytes()

        told = []
        with an_engine(socket, converse):
            client = EngineClient(socket)
            assert client.ask(m.Pause(), progress=told.append) == m.Done("read")
            assert told == [0.0, 0.25, 0.9]
            with pytest.raises(EngineGone, match="no answer"):  # it isn't taken for the answer
                client.ask(m.Pause(), timeout=0.05)
            client.close()

    def test_an_answer_may_take_as_long_as_the_engine_says_how_far_it_is(self, socket):
        def converse(connection):
            connection.recv_bytes()
            for _ in range(11):
                time.sleep(0.1)
                connection.send_bytes(m.pack(m.Progress(0.5)))
            connection.send_bytes(m.pack(m.Done("late")))

        with an_engine(socket, converse):
            client = EngineClient(socket)
            assert client.ask(m.Pause(), timeout=1.0) == m.Done("late")
            client.close()

    @pytest.mark.parametrize("says", [True, False], ids=["progress", "nothing"])
    def test_it_hangs_up_when_the_answer_is_no_longer_wanted(self, socket, says):
        def converse(connection):
            connection.recv_bytes()
            if says:
                connection.send_bytes(m.pack(m.Progress(0.5)))
            with pytest.raises(EOFError):
                connection.recv_bytes()

        def give_up(*_):
            raise Cancelled

        callback = {"progress" if says else "meanwhile": give_up}
        client = EngineClient(socket)
        with an_engine(socket, converse, answers_with(m.Done("fresh"))):
            with pytest.raises(Cancelled):
                client.ask(m.Pause(), **callback)
            assert client.ask(m.Pause()) == m.Done("fresh")

    def test_a_reply_that_is_larger_than_any_can_be_ends_the_connection(self, socket, monkeypatch):
        monkeypatch.setattr(clients, "LARGEST_REPLY", 100)
        with an_engine(socket, answers_with(m.Done("x" * 50), m.Done("x" * 101))):
            client = EngineClient(socket)
            assert client.ask(m.Pause()) == m.Done("x" * 50)
            with pytest.raises(EngineGone):
                client.ask(m.Pause())

    def test_closing_twice_or_before_the_first_request_is_fine(self, socket):
        client = EngineClient(socket)
        client.close()
        client.close()
