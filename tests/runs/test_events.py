"""The events of a run, on their way to the file and back."""

from __future__ import annotations

import math
import os
import tempfile
import tracemalloc
import typing
from itertools import pairwise
from pathlib import Path
from random import Random
from unittest import mock

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kit.facts import EVERY_KIND, any_event, changed, evaluated, started, stepped

from explorer.runs import events as e
from explorer.runs import reader as reading
from explorer.runs import writer as writing
from explorer.runs.reader import EventReader
from explorer.runs.writer import EventWriter


def lines_of(events):
    """The events as they are in the file."""
    return b"".join(e.encode(event) for event in events)


def read_all(reader):
    """Everything that can be read now."""
    events = []
    while new := reader.read():
        events.extend(new)
    return events


def append(path, data):
    """Append to a file."""
    with path.open("ab") as file:
        file.write(data)


def altered(event, /, **fields):
    """An event's line with some fields changed."""
    return msgspec.json.encode(msgspec.json.decode(e.encode(event)) | fields)


class TestLines:
    @pytest.mark.parametrize("kind", EVERY_KIND, ids=lambda kind: kind.__name__)
    def test_an_event_of_any_kind_survives_its_line(self, kind):
        @given(EVERY_KIND[kind])
        @settings(max_examples=40, deadline=None)
        def survives(event):
            line = e.encode(event)
            assert line.endswith(b"\n")
            assert line.count(b"\n") == 1
            assert e.decode(line) == event

        survives()

    def test_the_tests_know_every_kind_of_event(self):
        assert set(EVERY_KIND) == set(typing.get_args(e.AnyEvent))

    def test_a_line_carries_its_kind_its_version_and_its_time(self):
        line = msgspec.json.decode(e.encode(stepped(3)))
        assert (line["event"], line["v"], line["time"], line["step"]) == ("StepTrained", 2, 2.0, 3)

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    @pytest.mark.parametrize("field", ["loss", "gradient_norm"])
    def test_a_number_that_is_not_finite_is_null_and_still_an_event(self, field, value):
        line = e.encode(stepped(**{field: value}))
        assert msgspec.json.decode(line)[field] is None
        read = e.decode(line)
        assert read == stepped(**{field: None}, not_finite={field: str(value)})
        assert str(e.measured(read, field)) == str(value)
        assert e.encode(read) == line

    def test_a_null_of_an_older_version_is_nan(self):
        line = e.encode(stepped(loss=None))
        assert b"not_finite" not in line and b"updates" not in line
        assert math.isnan(e.measured(e.decode(line), "loss"))

    def test_a_batch_that_diverged_says_what_its_numbers_were(self):
        line = e.encode(changed("diverged", refused=stepped(7, loss=math.nan, gradient_norm=-math.inf)))
        read = e.decode(line).refused
        assert (read.step, read.loss, read.not_finite) == (7, None, {"loss": "nan", "gradient_norm": "-inf"})

    def test_a_test_loss_that_is_not_finite_is_null_and_still_an_event(self):
        assert e.decode(e.encode(evaluated(loss=math.nan))) == evaluated(
            loss=None, not_finite={"loss": "nan"}
        )

    def test_an_unknown_field_of_a_later_version_is_ignored(self):
        assert e.decode(altered(stepped(3), surprise=[1, 2])) == stepped(3)

    STRANGE = {  # noqa: RUF012
        "another version": altered(stepped(), v=1),
        "another version with other fields": b'{"event": "StepTrained", "v": 1, "time": 1.0}',
        "an unknown event": altered(stepped(), event="StepForgotten"),
        "an event without its time": b'{"event": "StateChanged", "v": 2, "state": "paused"}',
        "an unknown state": altered(changed("paused"), state="dreaming"),
        "a step that is no number": altered(stepped(), step="three"),
        "a step below zero": altered(stepped(), step=-1),
        "a step of 400 digits": e.encode(stepped(77)).replace(b'"step":77', b'"step":' + b"9" * 400),
        "a loss of 400 digits": e.encode(stepped(loss=7.5)).replace(b"7.5", b"9" * 400),
        "nothing": b"",
        "a blank": b"  ",
        "a word": b"killed",
        "a number": b"17",
        "null": b"null",
        "a list": b"[1, 2]",
        "an empty object": b"{}",
        "a torn line": e.encode(stepped())[:40],
        "two events in one line": e.encode(stepped()).strip() * 2,
        "bytes that are no text": b"\xff\xfe\x00",
        "a text that is no text": e.encode(changed("failed", "why")).replace(b"why", b"\xff\xff\xff"),
        "half a surrogate": b'{"event":"StateChanged","v":2,"time":1,"state":"failed","reason":"\\ud800"}',
        "a very deep list": b"[" * 100_000,
        "a very deep field": altered(stepped())[:-1] + b',"x":' + b"[" * 100_000,
    }

    @pytest.mark.parametrize("line", STRANGE.values(), ids=STRANGE.keys())
    def test_a_line_that_is_no_event_of_this_format_is_none(self, line):
        assert e.decode(line) is None

    @given(st.binary())
    @settings(deadline=None)
    def test_any_bytes_are_an_event_or_none(self, line):
        assert e.decode(line) is None


class TestReader:
    def test_a_file_that_does_not_exist_yet_gives_no_events(self, tmp_path):
        reader = EventReader(tmp_path / "events.jsonl")
        assert reader.read() == []
        append(reader.path, lines_of([started()]))
        assert reader.read() == [started()]

    def test_a_folder_in_place_of_the_file_gives_no_events(self, tmp_path):
        assert EventReader(tmp_path).read() == []

    def test_events_are_not_read_twice(self, tmp_path):
        reader = EventReader(tmp_path / "events.jsonl")
        append(reader.path, lines_of([stepped(1)]))
        assert read_all(reader) == [stepped(1)]
        assert read_all(reader) == []
        append(reader.path, lines_of([stepped(2)]))
        assert read_all(reader) == [stepped(2)]

    @given(
        events=st.lists(any_event, max_size=8),
        cuts=st.lists(st.integers(0, 4000), max_size=12),
        chunk=st.integers(1, 300) | st.just(reading.CHUNK),
    )
    @settings(max_examples=80, deadline=None)
    def test_however_the_bytes_arrive_the_events_are_the_same_in_the_same_order(self, events, cuts, chunk):
        data = lines_of(events)
        edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(reading, "CHUNK", chunk):
            reader, found = EventReader(Path(folder) / "events.jsonl"), []
            for begin, end in pairwise(edges):
                append(reader.path, data[begin:end])
                found += read_all(reader)
            assert found == events
            assert reader.bad_lines == 0

    @given(
        before=st.lists(any_event, max_size=3),
        after=st.lists(any_event, max_size=3),
        garbage=st.integers(0, 2**32).map(lambda seed: Random(seed).randbytes(5000)),
        chunk=st.sampled_from([64, 1000, reading.CHUNK]),
    )
    @example([stepped(1)], [stepped(2)], b"\n" * 5000, 64)
    @example([stepped(1)], [stepped(2)], b"\r\n \t\n\x00\n{}\nnull\n", 64)
    @settings(max_examples=60, deadline=None)
    def test_garbage_between_lines_loses_nothing_around_it_and_is_counted(
        self, before, after, garbage, chunk
    ):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(reading, "CHUNK", chunk):
            reader = EventReader(Path(folder) / "events.jsonl")
            append(reader.path, lines_of(before) + garbage + b"\n" + lines_of(after))
            assert read_all(reader) == before + after
            assert reader.bad_lines == sum(bool(line.strip()) for line in garbage.split(b"\n"))

    def test_garbage_longer_than_a_chunk_does_not_look_like_the_end(self, tmp_path, monkeypatch):
        monkeypatch.setattr(reading, "CHUNK", 100)
        reader = EventReader(tmp_path / "events.jsonl")
        append(reader.path, lines_of([stepped(1)]) + b"x\n" * 500 + lines_of([stepped(2)]))
        assert read_all(reader) == [stepped(1), stepped(2)]

    def test_a_torn_last_line_is_read_once_complete(self, tmp_path):
        reader = EventReader(tmp_path / "events.jsonl")
        line = lines_of([stepped(2)])
        append(reader.path, lines_of([stepped(1)]) + line[:30])
        assert read_all(reader) == [stepped(1)]
        assert read_all(reader) == []
        append(reader.path, line[30:])
        assert read_all(reader) == [stepped(2)]
        assert reader.bad_lines == 0

    @pytest.mark.parametrize(
        "event", [stepped(1), changed("paused", "ünïcödé \u2028 \n")], ids=["step", "state"]
    )
    def test_a_line_may_arrive_byte_by_byte(self, tmp_path, event):
        reader, found = EventReader(tmp_path / "events.jsonl"), []
        for byte in lines_of([event]):
            assert found == []
            append(reader.path, bytes([byte]))
            found = read_all(reader)
        assert found == [event]

    def test_a_line_that_is_too_long_is_skipped_and_counted_once(self, tmp_path, monkeypatch):
        monkeypatch.setattr(reading, "LONGEST_LINE", 1000)
        reader = EventReader(tmp_path / "events.jsonl")
        long_line = e.encode(changed("failed", "x" * 5000))
        append(reader.path, lines_of([stepped(1)]) + long_line[:2000])
        assert read_all(reader) == [stepped(1)]
        append(reader.path, long_line[2000:] + lines_of([stepped(2)]))
        assert read_all(reader) == [stepped(2)]
        append(reader.path, long_line + lines_of([stepped(3)]))
        assert read_all(reader) == [stepped(3)]
        assert reader.bad_lines == 2

    def test_a_line_that_is_too_long_is_not_kept_in_memory(self, tmp_path, monkeypatch):
        monkeypatch.setattr(reading, "CHUNK", 1 << 14)
        monkeypatch.setattr(reading, "LONGEST_LINE", 1 << 15)
        reader = EventReader(tmp_path / "events.jsonl")
        append(reader.path, b"x" * (1 << 22))
        tracemalloc.start()
        try:
            assert read_all(reader) == []
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 1 << 18
        append(reader.path, b"\n" + lines_of([stepped(1)]))
        assert read_all(reader) == [stepped(1)]
        assert reader.bad_lines == 1

    def test_a_truncated_file_is_read_from_its_start(self, tmp_path):
        reader = EventReader(tmp_path / "events.jsonl")
        append(reader.path, lines_of([stepped(1), stepped(2)]) + b'{"torn')
        assert len(read_all(reader)) == 2
        reader.path.write_bytes(lines_of([stepped(7)]))
        assert read_all(reader) == [stepped(7)]

    def test_a_replaced_file_is_read_from_its_start_however_long_it_is(self, tmp_path):
        reader = EventReader(tmp_path / "events.jsonl")
        append(reader.path, lines_of([stepped(1)]) + b'{"torn')
        assert read_all(reader) == [stepped(1)]
        append(tmp_path / "copy", lines_of([stepped(1), stepped(2), stepped(3)]))
        (tmp_path / "copy").replace(reader.path)
        assert read_all(reader) == [stepped(1), stepped(2), stepped(3)]

    def test_a_file_that_is_written_over_is_read_from_its_start_however_long_it_is(self, tmp_path):
        reader = EventReader(tmp_path / "events.jsonl")
        before, after = ([stepped(step, time=float(step)) for step in steps] for steps in ((1, 2), (7, 8, 9)))
        append(reader.path, lines_of(before))
        assert read_all(reader) == before
        reader.path.write_bytes(lines_of(after))  # the inode stays
        assert read_all(reader) == after
        assert reader.restarts == 1

    def test_a_file_that_vanishes_gives_no_events_until_it_is_back(self, tmp_path):
        reader = EventReader(tmp_path / "events.jsonl")
        append(reader.path, lines_of([stepped(1)]))
        assert read_all(reader) == [stepped(1)]
        reader.path.rename(tmp_path / "away")
        assert read_all(reader) == []
        (tmp_path / "away").rename(reader.path)
        append(reader.path, lines_of([stepped(2)]))
        assert read_all(reader) == [stepped(2)]


class TestWriter:
    def write(self, path, *events):
        """Write the events of one engine, from its start to its end."""
        writer = EventWriter(path)
        for event in events:
            writer.write(event)
        writer.close()

    def test_written_events_are_read_back(self, tmp_path):
        path = tmp_path / "events.jsonl"
        self.write(path, started(), stepped(1), changed("finished"))
        assert read_all(EventReader(path)) == [started(), stepped(1), changed("finished")]

    def test_every_event_can_be_read_as_soon_as_it_is_written(self, tmp_path):
        path = tmp_path / "events.jsonl"
        writer, reader = EventWriter(path), EventReader(path)
        for step in range(1, 4):
            writer.write(stepped(step))
            assert reader.read() == [stepped(step)]
        writer.close()

    def test_a_second_engine_adds_to_what_the_first_wrote(self, tmp_path):
        path = tmp_path / "events.jsonl"
        self.write(path, stepped(1))
        self.write(path, stepped(2))
        reader = EventReader(path)
        assert read_all(reader) == [stepped(1), stepped(2)]
        assert reader.bad_lines == 0

    def test_a_line_torn_by_a_dead_engine_affects_no_other_line(self, tmp_path):
        path = tmp_path / "events.jsonl"
        reader = EventReader(path)
        append(path, lines_of([stepped(1)]) + lines_of([stepped(2)])[:25])
        assert read_all(reader) == [stepped(1)]
        self.write(path, stepped(3))
        assert read_all(reader) == [stepped(3)]
        assert reader.bad_lines == 1

    @pytest.mark.parametrize("kept", [0, 1, 2, 3])
    @pytest.mark.parametrize("torn", [0, 10, -1])
    def test_another_file_in_its_place_gets_the_lines_that_it_lacks(self, tmp_path, kept, torn):
        path = tmp_path / "events.jsonl"
        writer = EventWriter(path)
        events = [changed("training", time=0.5), *(stepped(step, time=float(step)) for step in range(1, 4))]
        for event in events:
            writer.write(event)
        whole = path.read_bytes()
        lines = whole.splitlines(keepends=True)
        path.unlink()
        path.write_bytes(b"".join(lines[:kept]) + lines[kept][: torn or 0])
        assert writer.follow(path, patience=0) and not writer.follow(path, patience=0)
        writer.write(stepped(4, time=4.0))
        writer.close()
        assert path.read_bytes() == whole + e.encode(stepped(4, time=4.0))

    def test_lines_that_were_changed_in_the_other_file_stay_changed(self, tmp_path):
        path = tmp_path / "events.jsonl"
        writer = EventWriter(path)
        for step in range(1, 4):
            writer.write(stepped(step, time=float(step)))
        lines = path.read_bytes().replace(b":", b": ").splitlines(keepends=True)
        path.unlink()
        path.write_bytes(lines[1] + b"a remark\n" + b'{"torn')
        assert writer.follow(path, patience=0)
        writer.flush()
        writer.close()
        written = path.read_bytes().splitlines(keepends=True)
        assert written == [lines[1], b"a remark\n", b'{"torn\n', e.encode(stepped(3, time=3.0))]

    def test_a_file_that_just_came_is_left_alone_for_a_while(self, tmp_path, monkeypatch):
        path = tmp_path / "events.jsonl"
        writer = EventWriter(path)
        writer.write(stepped(1))
        now = 100.0
        monkeypatch.setattr(writing, "time", mock.Mock(monotonic=lambda: now))
        path.unlink()
        assert not writer.follow(path) and not path.exists()
        path.write_bytes(b'{"event": ')  # an editor begins to write it
        for later in (0.0, 0.5):
            now += later
            assert not writer.follow(path)
        append(path, b"...\n")
        now += 0.8
        assert not writer.follow(path)
        now += 1.0
        assert writer.follow(path)
        writer.close()

    def test_a_file_that_was_cut_off_is_noticed_once_and_a_torn_line_in_it_affects_no_other(self, tmp_path):
        path = tmp_path / "events.jsonl"
        writer = EventWriter(path)
        for step in range(1, 4):
            writer.write(stepped(step))
        assert writer.follow(path, patience=0) == ""
        path.write_bytes(path.read_bytes()[:-9])  # in place
        assert writer.follow(path, patience=0) == "truncated"
        assert writer.follow(path, patience=0) == ""
        writer.write(stepped(4))
        writer.close()
        reader = EventReader(path)
        assert read_all(reader) == [stepped(1), stepped(2), stepped(4)]
        assert reader.bad_lines == 1

    def test_what_an_editor_cuts_off_and_writes_again_at_once_is_not_missed(self, tmp_path, monkeypatch):
        path = tmp_path / "events.jsonl"
        writer = EventWriter(path)
        writer.write(stepped(1))
        now = 100.0
        monkeypatch.setattr(writing, "time", mock.Mock(monotonic=lambda: now))
        whole = path.read_bytes()
        path.write_bytes(b"")
        assert writer.follow(path) == ""
        path.write_bytes(whole)
        now += 2.0
        assert writer.follow(path) == ""
        path.write_bytes(b"")
        assert writer.follow(path) == ""
        now += 2.0
        assert writer.follow(path) == "truncated"
        writer.close()

    def test_the_file_is_for_its_owner_alone(self, tmp_path):
        self.write(tmp_path / "events.jsonl", stepped(1))
        assert (tmp_path / "events.jsonl").stat().st_mode & 0o777 == 0o600

    def test_a_short_write_is_completed(self, tmp_path, monkeypatch):
        write = os.write
        monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:7]))
        self.write(tmp_path / "events.jsonl", stepped(1), stepped(2))
        assert read_all(EventReader(tmp_path / "events.jsonl")) == [stepped(1), stepped(2)]

    def test_a_change_of_state_is_forced_to_the_disk(self, tmp_path, monkeypatch):
        forced = []
        monkeypatch.setattr(os, "fsync", forced.append)
        self.write(tmp_path / "events.jsonl", stepped(1))
        assert len(forced) == 0
        self.write(tmp_path / "events.jsonl", changed("paused"))
        assert len(forced) == 1
