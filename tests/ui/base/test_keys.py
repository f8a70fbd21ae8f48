"""A key that steers a training does nothing in one piece with an escape, but is a letter in a text field."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit.fake_engine import FakeEngine
from kit.screen import exploring, live_run
from textual.events import Key
from textual.widgets import Input

from explorer.protocol.messages import Pause, ScaleLearningRate, Stop
from explorer.ui.base.keys import KEYS, STEERING, behind_escape


def steered(engine: FakeEngine) -> list[object]:
    """Return what an engine was asked that steers its training."""
    return [*engine.asked(Pause), *engine.asked(Stop), *engine.asked(ScaleLearningRate)]


def test_the_keys_that_steer_are_those_of_state_and_rate() -> None:
    actions = ("pause", "stop", "rate")
    steering = [key.keys for key in KEYS["Training"] if key.action.startswith(actions)]
    assert {*",".join(steering).split(",")} == STEERING
    assert {"p", "s", "plus", "minus", "equals_sign"} == STEERING


@pytest.mark.parametrize(
    ("key", "character", "shown"),
    [("p", "p", "p"), ("s", "s", "s"), ("plus", "+", "+"), ("equals_sign", "=", "+"), ("minus", "-", "-")],
)
async def test_behind_an_escape_it_says_to_press_it_again(
    tmp_path: Path, key: str, character: str, shown: str
) -> None:
    with live_run(tmp_path) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees("● training")
            visit.app.post_message(Key(behind_escape(key), character))
            await visit.sees(rf"[{shown}] came with an escape: press [{shown}] again")
            assert len(visit.app.screen_stack) == 1
            assert not steered(engine)


async def test_behind_an_escape_it_is_a_letter_in_a_text_field(tmp_path: Path) -> None:
    with live_run(tmp_path):
        async with exploring(tmp_path) as visit:
            await visit.sees("● training")
            await visit.press("n")
            visit.app.post_message(Key(behind_escape("p"), "p"))
            await visit.until(lambda: visit.app.screen.query(Input).first().value == "p")
