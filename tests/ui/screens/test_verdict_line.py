"""The verdict about the open run, on the line of messages."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit.facts import changed, stepped
from kit.screen import beginning, exploring, live_run, new_run

from explorer.runs.writer import EventWriter
from explorer.ui.widgets.message_line import MessageLine

SIZES = [(160, 45), (120, 40), (80, 24)]


def at_chance(runs: Path) -> None:
    """Make a run that finished with the accuracy of guessing."""
    writer = EventWriter(new_run(runs).events)
    guessed = [stepped(step, loss=2.3, accuracy=0.1) for step in range(1, 61)]
    for event in [*beginning(), *guessed, changed("finished")]:
        writer.write(event)
    writer.close()


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_what_is_wrong_with_a_run_stands_on_one_line_and_whole_among_the_messages(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    at_chance(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.sees("at chance: accuracy 10 % over the last 50 batches", "MessageLine")
        line = visit.widget("MessageLine")
        assert isinstance(line, MessageLine) and line.size.height == 1 and not line.said
        await visit.press("!")
        await visit.sees(r"now +at chance: ")
        assert "guessing among 10 classes reads 10 %" in " ".join(visit.text.replace("│", " ").split())


async def test_a_training_that_gets_over_it_is_not_blamed_any_more(tmp_path: Path) -> None:
    with live_run(tmp_path) as engine:
        engine.write(*(stepped(step, loss=9.0, accuracy=0.1) for step in range(4, 60)))
        async with exploring(tmp_path) as visit:
            await visit.sees("exploding: loss 9 over the last 50 batches; guessing costs 2.3", "MessageLine")
            engine.write(*(stepped(step, loss=0.1, accuracy=0.99) for step in range(60, 120)))
            await visit.sees_no("exploding")
