"""Play: the network reads, the cursor goes down, and what is not read yet is not painted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kit.screen import exploring, finished_run

from explorer.protocol.questions import Sample
from explorer.ui.screens.play import LONGEST, TICK, Play
from explorer.ui.terminal.pace import Pace
from explorer.ui.views.choice import Choice


class Clock:
    """Stands in for a widget whose timers go as the test says."""

    def __init__(self) -> None:
        """No timer runs."""
        self.tick: Callable[[], object] | None = None

    def set_interval(self, seconds: float, tick: Callable[[], object]) -> Clock:
        """Start the timer."""
        assert seconds == TICK
        self.tick = tick
        return self

    def stop(self) -> None:
        """Stop the timer."""
        self.tick = None

    def run(self, most: int = 10_000) -> int:
        """Tick as often as the timer lets it; returns how often that was."""
        ticks = 0
        while self.tick is not None and ticks < most:
            self.tick()
            ticks += 1
        return ticks


def playing(timesteps: int = 28, at: int | None = None, lean: bool = False) -> tuple[Play, Choice, Clock]:
    """Return a play that has been started with the cursor at a timestep."""
    choice, clock = Choice(), Clock()
    choice.change(timestep=at)
    play = Play(choice, Pace(lean), lambda: timesteps)
    play.start(clock)  # type: ignore[arg-type]
    return play, choice, clock


def test_it_reads_from_the_first_timestep_to_the_last_one_at_a_time() -> None:
    play, choice, clock = playing()
    seen = [choice.now.timestep]
    while play.playing:
        assert choice.now.unread
        clock.run(1)
        seen.append(choice.now.timestep)
    assert seen == [*range(27), None] and not choice.now.unread


def test_it_goes_on_from_the_cursor_and_begins_again_at_the_end() -> None:
    assert playing(at=10)[1].now.timestep == 10
    assert playing(at=27)[1].now.timestep == 0
    assert playing(at=40)[1].now.timestep == 0


def test_of_a_long_sequence_several_timesteps_are_read_at_a_time() -> None:
    _, _, clock = playing(1_000)
    assert LONGEST <= clock.run() <= LONGEST + 10


def test_where_bytes_are_few_only_the_marks_move() -> None:
    _, choice, clock = playing(lean=True)
    assert not choice.now.unread
    clock.run(3)
    assert choice.now.timestep == 3 and not choice.now.unread


def test_it_stops_where_it_is_and_when_the_cursor_is_put_elsewhere() -> None:
    play, choice, clock = playing()
    clock.run(5)
    play.stop()
    assert (choice.now.timestep, choice.now.unread, play.playing) == (5, False, False)
    play, choice, clock = playing()
    choice.change(timestep=20)
    clock.run(1)
    assert (choice.now.timestep, choice.now.unread, play.playing) == (20, False, False)


def test_without_a_sample_there_is_nothing_to_read() -> None:
    play, choice, clock = playing(0)
    assert not play.playing and clock.tick is None and not choice.now.unread


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock for the play of the real screen, which ticks as the test says."""
    clock, start = Clock(), Play.start
    monkeypatch.setattr(Play, "start", lambda play, _: start(play, clock))  # type: ignore[arg-type]
    return clock


@pytest.mark.parametrize("size", [(160, 45), (120, 40), (80, 24)])
async def test_only_what_was_read_is_painted_and_nothing_says_the_answer_before_it(
    size: tuple[int, int], by_hand: Clock, tmp_path: Path
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.turn_to("gates")
        await visit.sees("is 0, read as 0|0, read as 0", "#gates")
        gates: Any = visit.widget("#gates")
        await visit.press("space")
        await visit.sees("reading …", "#gates")
        by_hand.run(12)
        await visit.sees("timestep 13 of 28|t 13 of 28|timestep 13", "#gates")
        assert "read as" not in visit.text_in("#gates")
        rows = gates.rows
        for number in range(rows.lines):
            first = rows.first + number * rows.per_line
            text = gates.render_line(rows.top + number).text
            assert ("▀" in text) == (first < 13)
        by_hand.run()
        await visit.sees("read as 0", "#gates")
        assert not visit.main.play.playing


async def test_any_key_stops_it_there_and_does_what_it_does_but_space_only_stops(
    by_hand: Clock, tmp_path: Path
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        main = visit.main
        await visit.sees("is 0, read as 0", "#gates")
        await visit.press("space")
        by_hand.run(7)
        await visit.press("right_square_bracket")
        assert not main.play.playing and main.choice.now.timestep == 7
        await visit.sees("sample 1", "#gates")
        assert main.choice.now.selection.subject == Sample(1)
        await visit.press("space")
        by_hand.run(2)
        await visit.press("space")
        assert not main.play.playing and main.choice.now.timestep == 9
        await visit.press("space")
        assert main.play.playing and main.choice.now.timestep == 9
        await visit.press("question_mark")
        assert not main.play.playing
        await visit.press("escape")
        await visit.back()


async def test_a_view_without_a_sample_says_that_there_is_nothing_to_read(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        await visit.turn_to("curves")
        await visit.press("space")
        await visit.sees("nothing here is read over time")


async def test_belief_follows_what_was_read_and_decides_nothing_before_the_end(
    by_hand: Clock, tmp_path: Path
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("decided at", "#belief")
        await visit.press("space")
        by_hand.run(4)
        await visit.sees("after timestep 5", "#belief")
        text = visit.text_in("#belief")
        assert "decided" not in text and "│" not in text and "╷" not in text
        by_hand.run()
        await visit.sees("decided at", "#belief")


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
async def test_the_curves_of_a_unit_end_at_the_cursor_and_its_half_life_is_not_known_yet(
    cell: str, by_hand: Clock, tmp_path: Path
) -> None:
    finished_run(tmp_path, cell=cell)
    async with exploring(tmp_path) as visit:
        await visit.sees("read as 0", "#gates")
        await visit.turn_to("unit")
        await visit.sees(r"votes (at [0-9]+ )?(for|against)", "#unit")

        def dotted() -> list[int]:
            """Return the columns in which a curve has dots."""
            lines = visit.text_in("#unit").splitlines()
            return sorted({x for line in lines for x, one in enumerate(line) if "\u2800" < one <= "\u28ff"})

        whole = dotted()
        half_life = "half-life" in visit.text_in("#unit")
        assert half_life == (cell != "rnn")
        await visit.press("space")
        for timestep in (3, 11, 26):
            by_hand.run(timestep - (visit.main.choice.now.timestep or 0))
            await visit.until(lambda: "┊" in visit.text_in("#unit"))
            left, columns = whole[0], whole[-1] - whole[0] + 1
            cursor = left + round(timestep * (2 * columns - 1) / 27) // 2
            await visit.until(lambda cursor=cursor: dotted() == [x for x in whole if x <= cursor])
            assert "half-life" not in visit.text_in("#unit")
        by_hand.run()
        await visit.until(lambda: dotted() == whole)
        assert ("half-life" in visit.text_in("#unit")) == half_life
