"""What starts a race's engines in their turns: with real processes, killed at the worst moments."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.light_engine import FINISH, light_engines
from kit.viewers import kill_engine, until

from explorer.runs import supervisor as supervising
from explorer.runs.config import configure
from explorer.runs.folder import RunFolder
from explorer.runs.launch import StartedEngine, start_engine, start_supervisor
from explorer.runs.manage import delete_run, rename_run
from explorer.runs.race import make_race, stop_race, under_way, unfinished
from explorer.runs.race_plan import plan
from explorer.runs.shape import DIGITS
from explorer.runs.summary import Summary, summarise
from explorer.runs.supervisor import Supervisor
from explorer.system.cores import at_a_time, cores, threads_of
from explorer.system.errors import GatescopeError


class Race:
    """The runs of a race, and their supervisor, which has one core."""

    def __init__(self, runs_dir: Path) -> None:
        """Make the runs; each wants all cores, so that one trains at a time."""
        config = configure({"hidden": 4, "threads": cores()})
        self.folders = make_race(runs_dir, plan(config, DIGITS), "one")
        self._started: list[StartedEngine] = []

    def start(self) -> StartedEngine:
        """Start a supervisor for what is left."""
        self._started.append(start_supervisor(unfinished(self.folders)))
        return self._started[-1]

    @property
    def states(self) -> list[str]:
        """What a list says of the runs."""
        found = [summarise(RunFolder(folder.path)) for folder in self.folders]
        return [one.state if isinstance(one, Summary) else one.reason for one in found]

    def comes_to(self, *states: str) -> None:
        """Wait until a list says this."""
        try:
            until(lambda: self.states == [*states])
        except AssertionError:
            raise AssertionError(f"never {states}, but {self.states}") from None

    def finish(self, index: int) -> None:
        """Let a run finish, as soon as it trains."""
        (self.folders[index].path / FINISH).touch()

    def end(self) -> None:
        """Kill everything."""
        for process in self._started:
            process.kill()
            process.wait()
        for folder in self.folders:
            kill_engine(folder)


@pytest.fixture
def race(tmp_path: Path) -> Iterator[Race]:
    """A race that hasn't begun."""
    race = Race(tmp_path)
    with light_engines():
        yield race
    race.end()


def test_they_train_one_after_the_other_where_each_wants_all_cores(race: Race) -> None:
    supervisor = race.start()
    assert os.getsid(supervisor.pid) == supervisor.pid  # closing the terminal sends it nothing
    for index, states in enumerate(
        (
            ["training", "waiting", "waiting"],
            ["finished", "training", "waiting"],
            ["finished", "finished", "training"],
        )
    ):
        race.comes_to(*states)
        assert supervisor.poll() is None
        assert "torch" not in Path(f"/proc/{supervisor.pid}/maps").read_text()
        race.finish(index)
    race.comes_to("finished", "finished", "finished")
    assert supervisor.wait(20) == 0


def test_once_it_is_killed_the_engine_goes_on_and_another_one_starts_what_is_left(race: Race) -> None:
    killed = race.start()
    race.comes_to("training", "waiting", "waiting")
    first = race.folders[0].engine_pid()
    killed.kill()
    killed.wait()
    race.comes_to("training", "not started", "not started")
    second = race.start()
    race.comes_to("training", "waiting", "waiting")
    assert race.folders[0].engine_pid() == first
    for index in range(3):
        race.finish(index)
    race.comes_to("finished", "finished", "finished")
    assert second.wait(20) == 0


def test_an_engine_that_is_killed_costs_its_own_run_alone_which_the_next_one_resumes(race: Race) -> None:
    supervisor = race.start()
    race.comes_to("training", "waiting", "waiting")
    kill_engine(race.folders[0])
    race.comes_to("lost", "training", "waiting")
    for index in range(3):
        race.finish(index)
    race.comes_to("lost", "finished", "finished")
    assert supervisor.wait(20) == 0
    assert race.start().wait(20) == 0
    assert race.states == ["finished"] * 3


def test_the_one_that_is_stopped_makes_room_for_the_next_and_for_no_second_supervisor(race: Race) -> None:
    race.start()
    race.comes_to("training", "waiting", "waiting")
    other = start_supervisor(race.folders)
    assert other.wait(20) == 1
    assert other.last_words() == "run one-gru is already waiting for its turn in a race"
    os.kill(race.folders[0].engine_pid() or 0, signal.SIGTERM)
    race.comes_to("stopped", "training", "waiting")


def test_a_signal_stops_those_that_train_and_lets_the_others_be(race: Race) -> None:
    supervisor = race.start()
    race.comes_to("training", "waiting", "waiting")
    os.kill(race.folders[0].engine_pid() or 0, signal.SIGTERM)
    race.comes_to("stopped", "training", "waiting")
    start_engine(race.folders[0])  # by a person, who wants it after all
    race.comes_to("training", "training", "waiting")
    assert stop_race(under_way(race.folders[1]))
    assert supervisor.wait(20) == 0
    race.comes_to("stopped", "stopped", "not started")
    assert not stop_race(race.folders)


def test_without_a_supervisor_those_that_train_are_stopped_all_the_same(race: Race) -> None:
    killed = race.start()
    race.comes_to("training", "waiting", "waiting")
    killed.kill()
    killed.wait()
    assert stop_race(race.folders)
    race.comes_to("stopped", "not started", "not started")


def test_a_run_that_is_renamed_has_its_turn_and_one_that_is_deleted_has_none(race: Race) -> None:
    supervisor = race.start()
    race.comes_to("training", "waiting", "waiting")
    renamed = rename_run(race.folders[2], "mine")
    delete_run(race.folders[1])
    (renamed.path / FINISH).touch()
    race.finish(0)
    assert supervisor.wait(20) == 0
    found = summarise(renamed)
    assert isinstance(found, Summary) and found.state == "finished"
    assert not race.folders[1].path.exists()


def test_a_run_that_somebody_starts_before_its_turn_is_not_started_again(race: Race) -> None:
    supervisor = race.start()
    race.comes_to("training", "waiting", "waiting")
    start_engine(race.folders[2])
    race.comes_to("training", "waiting", "training")
    race.finish(2)
    race.comes_to("training", "waiting", "finished")
    for index in (0, 1):
        race.finish(index)
    assert supervisor.wait(20) == 0
    assert race.states == ["finished"] * 3


def test_an_engine_that_cannot_be_started_costs_its_own_run_alone(
    race: Race, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def start(folder: RunFolder) -> StartedEngine:
        if folder.name == "one-lstm":
            raise OSError(12, "Cannot allocate memory")
        return start_engine(folder)

    monkeypatch.setattr(supervising, "start_engine", start)
    for index in range(3):
        race.finish(index)
    assert Supervisor(race.folders).run() is False
    assert race.states == ["not started", "finished", "finished"]
    assert capsys.readouterr().err == "gatescope: can't start an engine: [Errno 12] Cannot allocate memory\n"


def test_where_a_run_cannot_wait_none_does(race: Race, monkeypatch: pytest.MonkeyPatch) -> None:
    race.folders[2].race_lock.mkdir()
    with pytest.raises(GatescopeError, match=r"can't write .*race\.lock"):
        Supervisor(race.folders)
    assert not any(folder.waits() for folder in race.folders[:2])


def test_as_many_at_a_time_as_the_cores_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.system.cores.cores", lambda: 2)
    assert [threads_of(0), at_a_time(1), at_a_time(2), at_a_time(8)] == [1, 2, 1, 1]
    monkeypatch.setattr("explorer.system.cores.cores", lambda: 16)
    assert [threads_of(0), at_a_time(4), threads_of(3)] == [4, 4, 3]
