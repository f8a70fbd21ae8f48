"""Run folders with arbitrary contents: read, derived and painted, they never end the explorer."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kit.facts import any_event, changed, started, stepped
from kit.plots import INK, draw
from kit.screen import exploring, new_run
from rich.cells import cell_len

from explorer.commands.progress import describe_evaluation, describe_start
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.events import encode
from explorer.runs.filter import parse_filter
from explorer.runs.folder import RunFolder
from explorer.runs.history import History, read_history
from explorer.runs.reader import EventReader, read_events
from explorer.runs.snapshot import take_snapshot
from explorer.runs.summary import Summary, summarise
from explorer.runs.verdict import judge
from explorer.system.text import printable
from explorer.ui.screens import run_lines
from explorer.ui.screens.run_details import facts
from explorer.ui.screens.run_order import Order, arranged
from explorer.ui.views.choice import Choice
from explorer.ui.views.confusion import Confusion
from explorer.ui.widgets.identity import Identity
from explorer.ui.widgets.line import PLAIN
from explorer.ui.widgets.painted import Painted
from explorer.ui.widgets.progress import Progress

SIZES = [(60, 20), (80, 24), (160, 45)]
WORDS = [
    "\x1b[2J",
    "\x9b31m",
    "\u202eevil",
    "[bold]x[/nope]",
    "\ud800",
    "漢字" * 40,
    "e\u0301\u200d\ufeff" * 9,
]
"""Terminal commands, markup, half a character, wide characters, and some of zero width."""

values = st.sampled_from(
    [
        "1e999",
        "-1e999",
        "NaN",
        "1e308",
        "-1e308",
        "5e-324",
        "-0.0",
        "0",
        "1",
        "-1",
        "null",
        "true",
        "[]",
        "{}",
    ]
    + [str(2**63 - 1), str(2**63), str(10**400), "[" * 2000, '"' + "9" * 5000 + '"']
    + [json.dumps(word) for word in WORDS]
    + [
        json.dumps([[2**63 - 1] * 10] * 10),
        json.dumps([[0] * 10] * 9),
        json.dumps([{"name": word} for word in WORDS]),
    ]
)
"""Possible values of a field, as JSON or nearly JSON."""


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """Generate the line of an event with up to three of its fields replaced."""
    fields = {name: json.dumps(value) for name, value in json.loads(encode(draw(any_event))).items()}
    for name in draw(st.lists(st.sampled_from(sorted(fields)), max_size=3)):
        fields[name] = draw(values)
    return ("{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in fields.items()) + "}").encode()


files = st.lists(lines() | st.binary(max_size=40), max_size=12).map(b"\n".join)
"""The content of an `events.jsonl`."""

FOUND = [
    encode(changed("failed", WORDS[5])),
    encode(started(epochs=1, steps_per_epoch=1)) + encode(stepped(2**63 - 1)) + encode(changed("failed")),
]
"""Inputs that once broke it: a line too wide for its widget; a bar 2**63 times its length."""


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run folder for a test that hypothesis calls many times."""
    return create_run(tmp_path_factory.mktemp("runs"), configure({"hidden": 4}), "one")


@contextlib.contextmanager
def undressed() -> Iterator[None]:
    """Let widgets paint without an app, the usual source of their colours."""
    with (
        patch.object(Painted, "tone", lambda *_: PLAIN),
        patch.object(Painted, "get_component_rich_style", lambda *_: PLAIN),
    ):
        yield


def require_painted(widget: Painted, size: tuple[int, int]) -> None:
    """Require every line to have the requested width in terminal cells, and no control character."""
    for strip in widget.paint(*size):
        assert strip.text.isprintable()
        assert cell_len(strip.text) == strip.cell_length == size[0]


class TestAnything:
    @given(files, st.sampled_from(SIZES))
    @example(FOUND[0], SIZES[0])
    @example(FOUND[1], SIZES[1])
    @settings(max_examples=300, deadline=None)
    def test_any_content_is_read_and_painted(
        self, arena: RunFolder, content: bytes, size: tuple[int, int]
    ) -> None:
        arena.events.write_bytes(content)
        reader, history = EventReader(arena.events), History()
        history.extend(reader.read())
        view = take_snapshot(arena.read(), history, None, starting=False, bad_lines=reader.bad_lines)
        identity, progress, confusion = Identity(), Progress(), Confusion(Choice(), id="confusion")
        identity.snapshot = progress.snapshot = view
        confusion.note(view)
        confusion.catch_up()
        with undressed():
            require_painted(identity, size)
            require_painted(progress, size)
            require_painted(confusion, size)
        for strip in draw(history, *size, INK):
            assert strip.text.isprintable() and cell_len(strip.text) == size[0]

    @given(files)
    @settings(max_examples=200, deadline=None)
    def test_any_content_is_listed_and_summarised(self, arena: RunFolder, content: bytes) -> None:
        arena.events.write_bytes(content)
        summary = summarise(arena)
        assert summary is not None
        assert isinstance(summary, Summary)
        table = run_lines.RunTable(arena.path)
        table.widen([summary])
        for width in (54, 74, 124):
            words = [table.head(width), table.line(summary, width)]
            assert all(text.isprintable() for line in words for text, _ in line)
            assert all(sum(cell_len(text) for text, _ in line) <= width for line in words)
        for _, words in run_lines.cells({"lstm": summary}, summary.file.config, arena.path):
            assert not callable(words) and all(text.isprintable() for text, _ in words)
        assert [*facts(summary, "4 KB")]
        assert all(finding.text for finding in judge(read_history(arena.events)))
        assert parse_filter("test>20")(summary) in (True, False)
        assert arranged([summary], Order.of("accuracy", "test")) == [summary]
        for event in read_events(arena.events):
            if type(event).__name__ == "RunStarted":
                assert printable(describe_start(event)).isprintable()
            elif type(event).__name__ == "Evaluated":
                assert describe_evaluation(event).isprintable()


@pytest.mark.parametrize("content", FOUND, ids=["wide", "beyond its end"])
async def test_the_explorer_shows_such_a_run(tmp_path: Path, content: bytes) -> None:
    new_run(tmp_path).events.write_bytes(content)
    async with exploring(tmp_path) as visit:
        await visit.sees("gatescope  ✗ failed")
        await visit.press("r")
        await visit.sees("switch run")
        assert all(line.isprintable() for line in visit.text.splitlines())
