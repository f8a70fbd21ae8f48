"""Whatever is typed, clicked and dragged, the explorer survives and still works."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest
from kit.screen import ROOMY, Visit, exploring, finished_run, live_run
from kit.terminal import PATIENCE, gatescope
from textual import events
from textual.geometry import Size

pytestmark = pytest.mark.slow

EACH = 500
"""Inputs in each of four visits: 2,000."""
KEYS = [
    *"nps+-cre123zgxmut?[]0123456789az .,/",
    *("tab", "shift+tab", "enter", "escape", "space", "backspace", "delete", "home", "end", "pageup"),
    *("pagedown", "up", "down", "left", "right", "ctrl+p", "ctrl+s", "ctrl+a", "f1", "ctrl+l", "ctrl+o"),
]
"""All keys with a meaning anywhere, and some with none; not those that leave."""


PIECES = [
    *(bytes([code]) for code in range(256) if chr(code) not in "\x03\x10\x11qQncp "),
    *(b"\x1b", b"\x1b[", b"\x1b[<", b"\x1b[200~", b"\x1b[201~", b"\x1bO", b"\x1b]0;"),
    *(b"\xf0\x9f", b"[A", b"9" * 40, b"M", b"\t", b"\r"),
    *(b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[1;5C", b"\x1b[15~", b"\x1b[I", b"\x1b[O"),
]
"""Keys, pieces of keys, and nonsense; not those that leave or train, nor the palette, which can do both."""


async def mouse(visit: Visit, chance: random.Random) -> str:
    """Point, click, drag or scroll somewhere."""
    kind = chance.choice([events.MouseDown, events.MouseUp, events.MouseMove])
    x, y = chance.randrange(260), chance.randrange(80)
    button = chance.choice([0, 1, 1, 2, 3])
    kind = chance.choice([kind, kind, events.MouseScrollUp, events.MouseScrollDown])
    flags = (chance.random() < 0.1, False, False)
    event = kind(None, x, y, chance.randint(-3, 3), chance.randint(-3, 3), button, *flags, x, y)
    if visit.app.screen.is_attached:
        visit.app.screen._forward_event(event)
    return f"{kind.__name__}({x}, {y})"


async def resize(visit: Visit, chance: random.Random) -> str:
    """Resize the terminal, down to a single character."""
    size = chance.choice([(1, 1), (2, 3), (20, 5), (59, 19), (60, 20), (80, 24), (120, 40), ROOMY, (250, 70)])
    size = chance.choice([size, (chance.randint(1, 200), chance.randint(1, 60))])
    visit.app.post_message(events.Resize(Size(*size), Size(*size)))
    return f"{size[0]}x{size[1]}"


async def key(visit: Visit, chance: random.Random) -> str:
    """Press any key."""
    name = chance.choice(KEYS)
    await visit.pilot.press(name)
    return name


async def play(visit: Visit, seed: int) -> None:
    """Send random input, and show the last of it if something goes wrong."""
    chance, happened = random.Random(seed), []
    for _ in range(EACH):
        what = chance.choices([key, mouse, resize], [6, 3, 1])[0]
        happened.append(await what(visit, chance))
        assert visit.app.is_running, f"seed {seed} ended it after {happened[-20:]}"
        assert visit.app._exception is None, f"seed {seed}: {visit.app._exception!r} after {happened[-20:]}"


async def still_works(visit: Visit) -> None:
    """Leave every dialog, and use all three views."""
    await visit.until(lambda: not visit.app.input_queue.busy, seconds=60)
    await visit.pilot.resize_terminal(*ROOMY)
    await visit.until(lambda: tuple(visit.app.screen.outer_size) == ROOMY)
    while len(visit.app.screen_stack) > 1:
        depth = len(visit.app.screen_stack)
        await visit.pilot.press("escape")
        await visit.until(lambda depth=depth: len(visit.app.screen_stack) < depth or visit.app.screen.focused)
    await visit.sees("gatescope")
    for view in ("curves", "confusion", "gates"):
        await visit.turn_to(view)
    await visit.sees("Help")


def test_bytes_that_are_not_utf_8_are_skipped(tmp_path: Path) -> None:
    finished_run(tmp_path / "runs", "one")
    with gatescope("watch", "one", size=ROOMY, cwd=tmp_path) as screen:
        screen.until("✓ finished")
        for sent in (b"\xff", b"\xe8A", b"\xf0\x9f", b"\x80\x81", b"\xc3\x28"):
            screen.send(sent)
            screen.read(0.2)
        screen.press("?")
        screen.until("pixels per timestep")
        os.kill(screen.pid, signal.SIGTERM)
        assert screen.ended() == 128 + signal.SIGTERM
        assert b"Traceback" not in screen.bytes


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_no_input_ends_the_explorer(tmp_path: Path, seed: int, monkeypatch) -> None:
    async def export(folder, wanted):
        yield "drawn"

    monkeypatch.setattr("explorer.ui.live.export_process.export", export)
    finished_run(tmp_path, "two", "rnn")
    if seed % 2:
        finished_run(tmp_path, "one")
        async with exploring(tmp_path) as visit:
            await visit.sees("is 0, read as 0")
            await play(visit, seed)
            await still_works(visit)
    else:
        with live_run(tmp_path):
            async with exploring(tmp_path) as visit:
                await visit.sees("● training")
                await play(visit, seed)
                await still_works(visit)


def piece(chance: random.Random) -> bytes:
    """Return input that a terminal may send at once; no click on the last line, where the key to leave is."""
    sent = b"".join(chance.choices(PIECES, k=chance.randint(1, 6)))
    if chance.random() < 0.3:
        button = chance.choice([0, 1, 2, 32, 35, 64, 65])
        sent += b"\x1b[<%d;%d;%d" % (button, chance.randint(-2, 400), chance.randint(-2, 18))
        sent += chance.choice([b"M", b"m", b"x"])
    return sent


@pytest.mark.parametrize("seed", [102, 207])  # each once ended the explorer, in a different way
def test_no_bytes_from_a_terminal_end_the_explorer(tmp_path: Path, seed: int) -> None:
    for name, cell in (("one", "lstm"), ("two", "rnn")):
        finished_run(tmp_path / "runs", name, cell)
    chance = random.Random(seed)
    with gatescope("watch", "one", size=ROOMY, cwd=tmp_path) as screen:
        screen.until("✓ finished")
        for number in range(250):
            screen.send(piece(chance))
            if number % 20 == 0:
                screen.resize(
                    chance.choice([1, 59, 60, 80, 160, 300]), chance.choice([1, 19, 20, 24, 45, 90])
                )
            screen.read(0.005)
        screen.resize(*ROOMY)
        screen.send(b"\x1b\\\x1b[201~")  # ends a string or a paste that may have begun
        screen.settle()
        deadline = time.monotonic() + PATIENCE
        while "next view of the page" not in screen.text and time.monotonic() < deadline:
            for key in ("escape", "?"):  # in case a dialog is open
                screen.press(key)
                screen.settle()
        assert "next view of the page" in screen.text, screen.text
