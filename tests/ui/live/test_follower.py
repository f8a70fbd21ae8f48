"""The follower stays with its run, whatever its folder and its events are called by now."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from kit.screen import beginning, exploring, finished_run, learning, live_run

from explorer.runs.events import encode
from explorer.ui.live import follower


async def test_a_run_that_is_renamed_elsewhere_keeps_its_place_on_the_screen(tmp_path: Path) -> None:
    with live_run(tmp_path) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees("● training .* one  .*samples/s *$", "Status")
            engine.folder.path.rename(tmp_path / "other")
            await visit.sees("● training .* other  .*samples/s *$", "Status")
            engine.train(4)
            await visit.sees("step 4/10", "Status")
            await visit.press("y")
            await visit.until(lambda: visit.app.clipboard == str(tmp_path.resolve() / "other"))
            assert "✗" not in visit.text


async def test_a_run_that_takes_the_place_of_the_open_one_is_shown_from_its_start(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished .* LSTM 40 ", "Status")
        shutil.rmtree(tmp_path / "one")
        await visit.sees("^ lost: its folder is gone *$", "MessageLine")
        with live_run(tmp_path, cell="gru", steps=2):
            await visit.sees("● training .* GRU 40 ", "Status")
            await visit.sees("step 2/10", "Status")
            await visit.sees_no("its folder is gone")


async def test_events_that_are_replaced_are_read_again_without_a_hole_or_a_double(tmp_path: Path) -> None:
    with live_run(tmp_path, steps=5) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees("step 5/10", "Status")
            copy = tmp_path / "copy"
            copy.write_bytes(b"".join(map(encode, [*beginning(), *learning(2)])))
            copy.replace(engine.folder.events)
            await visit.sees("step 2/10", "Status")
            with engine.folder.events.open("ab") as events:
                events.writelines(map(encode, learning(6)[2:]))
            await visit.sees("step 6/10", "Status")
            history = visit.app.screen_stack[0].run.follower._history
            assert list(history.train.steps) == [1, 2, 3, 4, 5, 6]


async def test_a_training_whose_lock_is_deleted_is_not_lost_until_it_has_had_time_to_make_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with live_run(tmp_path, steps=2) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees("step 2/10", "Status")
            engine.folder.lock.unlink()
            engine.train(3, 4)
            await visit.sees("step 4/10", "Status")
            assert "● training" in visit.text and "lost" not in visit.text
            monkeypatch.setattr(follower, "LOCK_SECONDS", 0.0)
            await visit.sees("lost: the training process died at step 4", "MessageLine")


async def test_a_training_that_died_is_lost_within_about_a_second(tmp_path: Path) -> None:
    with live_run(tmp_path, steps=2) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees("step 2/10", "Status")
            engine.end()
            died = time.monotonic()
            await visit.sees("lost: the training process died at step 2", "MessageLine")
            assert time.monotonic() - died < follower.LOCK_SECONDS
