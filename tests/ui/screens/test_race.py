"""A race from the explorer: what is asked, what is started and marked, and that coming back finds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

import pytest
from kit.fake_engine import FakeEngine
from kit.screen import Visit, beginning, exploring, finished_run, learning, live_run

from explorer.runs import race as racing
from explorer.runs.catalogue import create_run, list_runs
from explorer.runs.config import configure
from explorer.runs.folder import RunFolder
from explorer.runs.lock import EngineLock
from explorer.runs.race import make_race
from explorer.runs.race_plan import plan
from explorer.runs.shape import DIGITS
from explorer.ui.screens.explore.screen import Explore
from explorer.ui.screens.run_order import Listing

RACE = plan(configure({"cell": "gru", "hidden": 4, "epochs": 2}), DIGITS)
"""Some small networks."""


class Supervised:
    """Stands in for a supervisor: the first run trains, the others wait."""

    def __init__(self) -> None:
        """Nothing is started yet."""
        self.folders: Sequence[RunFolder] = ()
        self.engines: list[FakeEngine] = []
        self.locks: list[EngineLock] = []

    def start(self, folders: Sequence[RunFolder]) -> None:
        """Stand in for `start_supervisor`."""
        self.folders = folders
        self.locks = [EngineLock(folder.race_lock) for folder in folders]
        cell = folders[0].read().config.cell
        self.engines.append(FakeEngine(folders[0], *beginning(cell), *learning(3)))
        self.locks.pop(0).release()

    def end(self) -> None:
        """Let all be as if it were killed."""
        for lock in self.locks:
            lock.release()
        for engine in self.engines:
            engine.end()


@pytest.fixture
def supervised(monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervised]:
    """What the explorer starts in place of a supervisor."""
    supervised = Supervised()
    monkeypatch.setattr(racing, "start_supervisor", supervised.start)
    yield supervised
    supervised.end()


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Know no folders of runs but those of the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


def listing(visit: Visit) -> Listing:
    """What was made of the list of runs."""
    main = visit.app.screen_stack[0]
    assert isinstance(main, Explore)
    return main.listing


async def test_it_says_what_it_would_train_and_escape_starts_nothing(
    tmp_path: Path, supervised: Supervised
) -> None:
    create_run(tmp_path, configure({"hidden": 128, "epochs": 2, "threads": 1}), "like")
    async with exploring(tmp_path) as visit:
        await visit.sees("LSTM 128")
        await visit.press("C")
        await visit.sees(r"LSTM +128 hidden units +82,186 parameters")
        await visit.sees(r"GRU +150 hidden units +82,510 parameters")
        await visit.sees(r"RNN +267 hidden units +81,979 parameters")
        await visit.sees(r"mnist, 2 epochs of the same batches, (\d|all) at a time")
        await visit.press("escape")
        await visit.back()
        assert len(list_runs(tmp_path)) == 1 and supervised.folders == ()


async def test_enter_starts_it_and_shows_the_first_with_all_marked_in_their_order(
    tmp_path: Path, supervised: Supervised
) -> None:
    other = finished_run(tmp_path, "other", "gru")
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished .* other")
        listing(visit).mark(other.path)
        await visit.press("C")
        await visit.sees("start the race")
        await visit.press("enter")
        await visit.sees(r"● training .* race-\d{8}-\d{6}-lstm")
        assert [*listing(visit).marked] == [folder.path for folder in supervised.folders]
        assert [folder.read().config.cell for folder in supervised.folders] == ["lstm", "gru", "rnn"]
        assert supervised.folders[1].read().config == other.read().config
        await visit.press("r")
        await visit.sees("› ● race-.*-lstm .* training ")
        await visit.sees("  ● race-.*-gru .* waiting ")
        await visit.sees("  ● race-.*-rnn .* waiting ")
        await visit.sees("    other .* finished ")


async def test_coming_back_finds_it_marked(tmp_path: Path, supervised: Supervised) -> None:
    finished_run(tmp_path, "other")
    race = make_race(tmp_path, RACE, "one")
    supervised.start(race)
    async with exploring(tmp_path) as visit:
        await visit.sees("● training .* one-lstm")
        await visit.until(lambda: [*listing(visit).marked] == [folder.path for folder in race])


async def test_a_run_of_no_race_leaves_nothing_marked(tmp_path: Path) -> None:
    make_race(tmp_path, RACE, "one")
    finished_run(tmp_path, "other")
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished .* other")
        await visit.press("r")
        await visit.sees("─ 4 runs ─")
        assert not listing(visit).marked


async def test_a_run_that_waits_says_so_and_p_starts_it_at_once(
    tmp_path: Path, supervised: Supervised
) -> None:
    race = make_race(tmp_path, RACE, "one")
    supervised.start(race[::-1])
    supervised.engines[0].end("finished")
    async with exploring(tmp_path) as visit:
        await visit.sees("◌ waiting .* one-lstm")
        await visit.sees("waiting for its turn in one; p starts it now", "MessageLine")
        await visit.press("s")
        await visit.sees("this run waits for its turn; p starts it now", "MessageLine")
        await visit.press("p")
        await visit.sees("● training .* one-lstm")


async def test_a_run_whose_turn_never_came_says_how_to_start_it(tmp_path: Path) -> None:
    make_race(tmp_path, RACE, "one")
    with patch("explorer.ui.live.follower.START_SECONDS", 0.0):
        async with exploring(tmp_path) as visit:
            await visit.sees("◌ not started .* one-lstm")
            await visit.sees("p starts it, or resume its race: `gatescope race --resume one`", "MessageLine")
            await visit.sees("p Start", "KeyLine")
            await visit.press("r")
            await visit.sees("─ 3 runs · 3 marked ─")
            await visit.press("i")
            await visit.sees(
                r"not started: open it and press p, or resume its race: .*\n.*gatescope race --resume one"
            )
            await visit.press("escape", "escape")
            await visit.back()
            await visit.press("p")
            await visit.sees("● training .* one-lstm")


async def test_beside_another_training_it_is_asked_about(tmp_path: Path, supervised: Supervised) -> None:
    with live_run(tmp_path):
        async with exploring(tmp_path) as visit:
            await visit.sees("● training")
            await visit.press("C")
            await visit.sees("start the race")
            await visit.press("enter")
            await visit.sees("─ start another training\\? ─")
            await visit.press("enter")
            await visit.back()
            assert len(list_runs(tmp_path)) == 1 and supervised.folders == ()


async def test_why_there_can_be_none_is_said_in_one_line(tmp_path: Path, supervised: Supervised) -> None:
    create_run(tmp_path, configure({"hidden": 4000}), "wide")
    async with exploring(tmp_path) as visit:
        await visit.sees("LSTM 4000")
        await visit.press("C")
        await visit.sees("hidden: of 64,520,010 parameters, gru would have over", "MessageLine")
        assert len(list_runs(tmp_path)) == 1


@pytest.mark.parametrize(("key", "title"), [("s", "stop the training"), ("q", "training is running")])
async def test_stopping_one_offers_to_stop_the_others_too(
    tmp_path: Path, supervised: Supervised, key: str, title: str
) -> None:
    supervised.start(make_race(tmp_path, RACE, "one"))
    told: list[str] = []

    def stop(race: Sequence[RunFolder]) -> bool:
        told.extend(folder.name for folder in race)
        return True

    with patch("explorer.ui.screens.explore.run_keys.stop_race", stop):
        async with exploring(tmp_path) as visit:
            await visit.sees("● training .* one-lstm")
            await visit.press(key)
            await visit.sees(f"─ {title}")
            await visit.sees("stop the other 2 runs of its race, too")
            await visit.press("down", "down", "enter")
            await visit.until(lambda: told == ["one-lstm", "one-gru", "one-rnn"])
