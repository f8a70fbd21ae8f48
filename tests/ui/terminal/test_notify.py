"""The terminal's own notification: which sequence is sent to which terminal, and when."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.facts import changed
from kit.screen import finished_run, live_run
from kit.terminal import gatescope

from explorer.ui.terminal.notify import announcement


@pytest.mark.parametrize(
    ("environ", "sequence"),
    [
        ({"TERM": "xterm-256color"}, "\x1b]9;gatescope: done\a\a"),
        ({}, "\x1b]9;gatescope: done\a\a"),
        ({"TERM": "foot-extra"}, "\x1b]777;notify;gatescope;done\a\a"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "\x1b]777;notify;gatescope;done\a\a"),
        (
            {"TERM": "tmux-256color", "TMUX": "/x,1,0"},
            "\x1bPtmux;\x1b\x1b]9;gatescope: done\a\x1b\\\a",
        ),
        ({"TERM": "screen"}, "\x1bP\x1b]9;gatescope: done\a\x1b\\\a"),
        ({"TERM": "linux"}, "\a"),
        ({"TERM": "dumb"}, "\a"),
    ],
)
def test_each_terminal_gets_one_notification_that_it_knows_and_the_bell(
    environ: dict[str, str], sequence: str
) -> None:
    assert announcement("done", environ) == sequence


@given(st.text(), st.sampled_from(["xterm", "foot", "screen"]))
def test_no_text_ends_the_sequence_that_it_stands_in(text: str, term: str) -> None:
    said = announcement(text, {"TERM": term})
    assert re.fullmatch(r"(\x1bP)?\x1b\][^\x00-\x1f\x7f-\x9f]*\a(\x1b\\)?\a", said)


NOTIFIED = b"\x1b]9;gatescope: one "
WHOLE = re.compile(rb"\x1b\[\?2026h(.*?)\x1b\[\?2026l", re.S)
"""A frame that a terminal shows at once."""


def ended(runs: Path, *options: str) -> bytes:
    """Return what the explorer sends, with a training that ends while it is open, and is looked at."""
    with live_run(runs) as engine, gatescope(*options, size=(160, 45), cwd=runs.parent) as shown:
        shown.until("● training")
        engine.write(changed("finished"))
        engine.end()
        shown.until("✓ finished")
        shown.settle()
        shown.press("q")
        assert shown.ended() == 0
        return shown.bytes


def test_a_run_that_ends_while_it_is_open_is_announced_once_and_between_two_frames(tmp_path: Path) -> None:
    sent = ended(tmp_path / "runs", "watch", "one")
    assert sent.count(NOTIFIED) == 1
    assert re.search(rb"gatescope: one finished: test accuracy \d+\.\d\d%\a\a", sent)
    assert not any(NOTIFIED in frame for frame in WHOLE.findall(sent))
    before = sent[: sent.index(NOTIFIED)]
    assert re.search(rb"(\x1b\[\?2026l|H|\x1b\[6n)$", before), before[-80:]  # a frame's end, or a question


@pytest.mark.parametrize("options", [["--no-notify"], ["watch", "one", "--no-notify"]], ids=" ".join)
def test_the_option_keeps_it_quiet(tmp_path: Path, options: list[str]) -> None:
    assert b"\x1b]9;" not in ended(tmp_path / "runs", *options)


def test_a_run_that_had_ended_before_it_was_opened_is_not_announced(tmp_path: Path) -> None:
    finished_run(tmp_path / "runs")
    with gatescope(size=(160, 45), cwd=tmp_path) as shown:
        shown.until("✓ finished")
        shown.settle()
        shown.press("q")
        shown.ended()
        assert b"\x1b]9;" not in shown.bytes
