"""The sources: every colour and every share against the answer, on the lines of the sample."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from kit import fake_engine, made_answers
from kit.asking import about_sequence
from kit.fake_engine import probed
from kit.screen import ROOMY, Visit, exploring, finished_run
from msgspec.structs import replace
from rich.style import Style

from explorer.protocol import probes
from explorer.protocol.questions import Answer, Ask, Intervention, Question, Sample, Selection
from explorer.runs.shape import DIGITS
from explorer.ui.base.oklab import to_oklab
from explorer.ui.screens.explore.screen import Explore
from explorer.ui.views.gate_layout import BAR, MARGIN
from explorer.ui.views.gates import Gates
from explorer.ui.views.sources import Sources
from explorer.ui.views.sources_data import Shares
from explorer.ui.views.sources_words import come_from, earlier
from explorer.ui.widgets import palette

Answering = Callable[[Answer], None]
"""Has the engine answer with these sources."""


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Answering:
    """Have the engine answer with these sources, and with a sample of as many timesteps."""

    def answer(sources: Answer) -> None:
        timesteps = sources.arrays["sources"].shape[0]
        sample = about_sequence(timesteps, bytes(timesteps * 28))
        for what, made in (("sources", sources), ("activations", sample)):
            monkeypatch.setitem(
                fake_engine.ANSWERS,
                what,
                lambda question, about, step, cell, made=made: replace(made, step=step),
            )

    return answer


def view_of(visit: Visit) -> Sources:
    return visit.app.screen_stack[0].query_one(Sources)


def share_of(answer: Answer, written_at: int, timestep: int) -> float:
    """Return a share of an answer."""
    part = answer.arrays["sources"]
    share: float = part.numbers[written_at * part.shape[1] + timestep]
    return share


def colour_of(share: float, dark: bool) -> str:
    """Return the colour that a share must have: what rounds to 0 % the lowest, else by the square root."""
    if Fraction(share) < Fraction(1, 200):
        return palette.hex_of(palette.counts(dark)[0])
    above = math.isqrt(math.floor(Fraction(share) * 14**2))  # ⌊14 √share⌋
    return palette.hex_of(palette.counts(dark)[2 + min(13, above)])


def cells(visit: Visit, y: int) -> list[tuple[str, Style]]:
    """Return the characters of a line of the view, each with its style."""
    strip = view_of(visit).render_line(y)
    return [(text, segment.style or Style()) for segment in strip for text in segment.text]


def halves(text: str, style: Style) -> tuple[str, str]:
    """Return the colours of a cell's upper and lower half."""
    ground, ink = style.bgcolor, style.color
    assert text in "▀ " and ground and ground.triplet and (text == " " or (ink and ink.triplet))
    above = ink.triplet.hex if text == "▀" and ink and ink.triplet else ground.triplet.hex
    return above, ground.triplet.hex


async def shown(visit: Visit) -> None:
    """Turn to the sources, and wait until they are shown, alone and in their place."""
    await visit.sees("weights of step", "#gates")
    await visit.turn_to("sources")
    await visit.enlarge()
    await visit.sees("written at", "#sources")


@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
@pytest.mark.parametrize(
    ("timesteps", "size", "per_line", "cell"),
    [(27, (80, 24), 2, 1), (27, ROOMY, 1, 2), (7, (80, 24), 1, 2), (5, (60, 20), 1, 2)],
)
async def test_every_cell_has_the_colour_of_its_share(
    timesteps: int,
    size: tuple[int, int],
    per_line: int,
    cell: int,
    dark: bool,
    answering: Answering,
    tmp_path: Path,
) -> None:
    answer = made_answers.sources(timesteps, 3)
    shares = [[share_of(answer, s, t) for t in range(timesteps)] for s in range(timesteps)]
    shares[0][1:5] = [0.0049, 0.005, 1.0, 0.25]  # at the edges between two colours
    data = array("f", [share for row in shares for share in row]).tobytes()
    part = replace(answer.arrays["sources"], data=data)
    answer = replace(answer, arrays=answer.arrays | {"sources": part})
    answering(answer)
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await shown(visit)
        if not dark:
            await visit.press("t")
        await visit.until(lambda: view_of(visit).dark is dark)

        def colours(written_at: int, timestep: int) -> set[str]:
            """The colours of a share, in each column of its cell."""
            line = cells(visit, 1 + written_at // per_line)
            painted = line[1 + timestep * cell : 1 + (timestep + 1) * cell]
            return {halves(text, style)[written_at % per_line] for text, style in painted}

        first = {colour_of(share_of(answer, 0, 0), dark)}
        await visit.until(lambda: colours(0, 0) == first)  # it is laid out
        for written_at in range(timesteps):
            for timestep in range(timesteps):
                found = colours(written_at, timestep)
                assert found == {colour_of(share_of(answer, written_at, timestep), dark)}


async def test_the_cursor_is_marked_on_both_axes_and_moving_it_asks_nothing(
    answering: Answering, tmp_path: Path
) -> None:
    answer = made_answers.sources(28, 28)
    answering(answer)
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        await shown(visit)
        requests = len(visit.engines[0].requests)
        for timestep in range(27, -1, -1):
            text = visit.text_in("#sources").splitlines()
            assert text[0].index("▾") == 1 + timestep
            marks = {number: line[0] for number, line in enumerate(text[1:15]) if line[0] != " "}
            assert marks == {timestep // 2: "▝▗"[timestep % 2]}
            most = max(range(timestep + 1), key=lambda s: share_of(answer, s, timestep))
            assert text[16].startswith(f" written at {most + 1}: {share_of(answer, most, timestep):.0%}")
            await visit.press("up")
        await visit.press("end")
        for timestep in (9, 10, 9):  # a second click on the line means the lower one
            await visit.click("#sources", 0, 1 + 4)
            assert view_of(visit).timestep == timestep - 1
        await visit.click("#sources", 1 + 13, 5)  # in the triangle a column is meant
        assert view_of(visit).timestep == 13
        assert len(visit.engines[0].requests) == requests


@pytest.mark.parametrize(("size", "lines"), [((34, 20), 14), ((32, 15), 9)])
async def test_below_the_maps_of_a_page_the_axis_the_words_and_the_scale_are_in_sight(
    size: tuple[int, int], lines: int, answering: Answering, tmp_path: Path
) -> None:
    answer = made_answers.sources(28, 28)
    answering(answer)
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await shown(visit)
        await visit.place("sources", *size)
        await visit.until(lambda: len(view_of(visit)._lines) == lines + 4)
        text = visit.text_in("#sources").splitlines()
        columns = min(28, size[0] - 5)
        assert text[0].index("▾") == columns
        first = str(29 - columns)
        assert re.fullmatch(rf" {first} +timestep now → +28 *", text[1 + lines])
        held = sorted(range(28), key=lambda s: -share_of(answer, s, 27))
        said = ", ".join(f"{s + 1}: {share_of(answer, s, 27):.0%}" for s in held[:2])
        assert text[2 + lines].strip() == f"written at {said}"
        if lines < 14:  # a page of them
            share = sum(share_of(answer, s, 27) for s in range(10))
            assert text[3 + lines].startswith(f" before 11: {share:.0%}")
        else:
            assert text[3 + lines].split() == ["1%", "10%", "100%"]


def gates_of(visit: Visit) -> Gates:
    return visit.app.screen_stack[0].query_one(Gates)


def bar(visit: Visit) -> list[tuple[str, str] | None]:
    """Return the colours of the bar beside the sample, by line; None where nothing is painted."""
    layout = gates_of(visit)._layout()
    assert layout is not None and layout.barred
    found = []
    for line in range(1, 1 + layout.lines):
        strip = gates_of(visit).render_line(line)
        every = [(text, segment.style or Style()) for segment in strip for text in segment.text]
        painted = every[layout.bar : layout.bar + BAR]
        (gap, ground), (after, _) = every[layout.bar - 1], every[layout.bar + BAR]
        assert (gap, after) == (" ", " ")
        colours = {halves(*one) if one != (" ", ground) else None for one in painted}
        assert len(colours) == 1
        found.append(colours.pop())
    return found


def asked_for(visit: Visit) -> list[Ask]:
    """Return the requests with the question."""
    asks = [one for engine in visit.engines for one in engine.requests if isinstance(one, Ask)]
    return [one for one in asks if any(question.what == "sources" for question in one.questions)]


@pytest.mark.parametrize("size", [ROOMY, (120, 40), (80, 24)])
async def test_the_bar_beside_the_sample_is_the_cursor_s_column_on_its_lines(
    size: tuple[int, int], answering: Answering, tmp_path: Path
) -> None:
    answer = made_answers.sources(26, 28)
    answering(answer)
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.sees("weights of step", "#gates")
        assert not asked_for(visit)
        await visit.press("2")
        await visit.sees("^  sample 0 +c from ", "#gates")
        requests = len(visit.engines[0].requests)
        for timestep in range(25, -1, -1):
            column = [colour_of(share_of(answer, s, timestep), dark=True) for s in range(26)]
            assert bar(visit) == [*zip(column[::2], column[1::2], strict=True)]
            await visit.press("up")
        layout = gates_of(visit)._layout()
        assert layout is not None
        await visit.click("#gates", layout.bar, 1 + 4)
        assert gates_of(visit).timestep == 8
        assert len(visit.engines[0].requests) == requests
        main = visit.app.screen_stack[0]
        assert isinstance(main, Explore)
        main.choice.change(unread=True)  # of the next timestep on the cursor's line nothing is painted
        column = [colour_of(share_of(answer, s, 8), dark=True) for s in range(26)]
        lines = bar(visit)
        assert lines[:4] == [*zip(column[:8:2], column[1:8:2], strict=True)]
        assert lines[4] is not None and lines[4][0] == column[8] and lines[5:] == [None] * 8
        await visit.press("1")
        await visit.until(lambda: "c from" not in visit.text_in("#gates"))


@pytest.mark.parametrize("size", [ROOMY, (80, 24)])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
async def test_without_shares_there_is_neither_a_bar_nor_a_hole_nor_a_question_that_takes_long(
    cell: str, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = probes.work(Question("sources"), Selection(), DIGITS, 1)
    monkeypatch.setattr(probes, "LIGHT", work - 1 if cell == "gru" else work)
    finished_run(tmp_path, cell=cell)
    async with exploring(tmp_path, size) as visit:
        await visit.sees("weights of step", "#gates")
        visit.engines[0].lacking["sources"] = "no time"  # for the LSTM
        await visit.press("2", "z")
        await visit.until(lambda: visit.views.single)
        if cell == "lstm":
            await visit.sees("sources unavailable: no time", "#gates")
        await visit.press("]")
        await visit.sees("sample 1 ", "#gates")
        layout = gates_of(visit)._layout()
        assert layout is not None and not layout.barred and " from" not in visit.text_in("#gates")
        assert layout.left(layout.shown[0]) == MARGIN + layout.panel.width + MARGIN
        alone = [one for one in asked_for(visit) if one.selection.subject == Sample(1)]
        assert len(alone) == (cell == "lstm")


async def test_the_bar_is_asked_for_under_what_is_changed(answering: Answering, tmp_path: Path) -> None:
    answering(made_answers.sources(28, 28))
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        await visit.sees("weights of step", "#gates")
        await visit.press("2")
        await visit.sees("c from ", "#gates")
        main = visit.app.screen_stack[0]
        assert isinstance(main, Explore)
        held = Intervention(hold={"f": 1.0})
        main.what_if.change(held)
        await visit.until(lambda: asked_for(visit)[-1].selection.intervention == held)
        await visit.sees("c from ", "#gates")


@pytest.mark.parametrize("timesteps", [61, 300])
async def test_of_a_long_sequence_every_timestep_is_on_a_page_with_the_cursor_in_sight(
    timesteps: int, answering: Answering, tmp_path: Path
) -> None:
    answer = made_answers.sources(timesteps, 1)
    answering(answer)
    finished_run(tmp_path)
    async with exploring(tmp_path, (60, 20)) as visit:
        await shown(visit)
        await visit.press("home")
        seen: set[int] = set()
        while True:
            rows, view = view_of(visit).rows, view_of(visit)
            assert rows is not None
            columns, cell = view._columns(rows, view.size.width)
            assert view.timestep in columns and cell == 1 and len(columns) == min(timesteps, 59)
            last = min(timesteps, rows.first + rows.lines * rows.per_line)
            seen |= {*range(rows.first, last)}
            assert rows.first <= view.timestep < last
            for written_at in (rows.first, last - 1):
                line = cells(visit, 1 + (written_at - rows.first) // 2)
                painted = [halves(*one)[(written_at - rows.first) % 2] for one in line[1:60]]
                assert painted == [colour_of(share_of(answer, written_at, t), dark=True) for t in columns]
            if rows.first:
                share = sum(share_of(answer, s, view.timestep) for s in range(rows.first))
                await visit.sees(rf"before {rows.first + 1}: {share:.0%}", "#sources")
            if view.timestep == timesteps - 1:
                break
            await visit.press("shift+down")
        assert seen == {*range(timesteps)}


async def test_a_cell_that_declares_no_memory_has_one_line_and_is_asked_nothing(tmp_path: Path) -> None:
    finished_run(tmp_path, cell="rnn")
    async with exploring(tmp_path) as visit:
        await visit.sees("weights of step", "#gates")
        await visit.turn_to("sources")
        await visit.press("z")
        await visit.sees(
            "a plain RNN overwrites its memory at every timestep, so there are no parts to trace"
        )
        await visit.press("up", "down", "end")
        asked = [one.what for ask in visit.engines[0].asked(Ask) for one in ask.questions]  # type: ignore[attr-defined]
        assert "sources" not in asked


async def test_without_an_answer_it_says_why_and_the_old_one_stays(
    answering: Answering, tmp_path: Path
) -> None:
    answering(made_answers.sources(28, 28))
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        await shown(visit)
        visit.engines[0].lacking["sources"] = "no\x1b time"
        await visit.press("]")
        await visit.sees("sources unavailable: no.* time", "#sources")
        assert "written at" in visit.text_in("#sources")


async def test_the_bar_is_of_the_same_weights_and_of_the_same_sequence_as_the_maps(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("weights of step", "#gates")
        (read,) = probed(0, step=5).answers
        for step in (5, 4, 5):
            sources = replace(made_answers.sources(28, 28), step=step)
            gates_of(visit).take({"activations": read, "sources": sources}, learning=True, sparing=False)
            layout = gates_of(visit)._layout()
            assert layout is not None and layout.barred == (step == 5)
        other = replace(made_answers.sources(27, 28), step=5)
        with pytest.raises(ValueError, match="no sources of the sequence"):
            gates_of(visit).take({"activations": read, "sources": other}, learning=True, sparing=False)


class TestWords:
    shares = Shares(made_answers.sources(50, 3))

    @pytest.mark.parametrize("timestep", [0, 1, 20, 49])
    def test_the_largest_shares_come_first_and_only_whole_ones_are_written(self, timestep: int) -> None:
        held = sorted(range(timestep + 1), key=lambda s: -self.shares.share(s, timestep))
        parts = [f"{s + 1}: {self.shares.share(s, timestep):.0%}" for s in held]
        parts = [part for part in parts if not part.endswith(" 0%")]
        begins = f"c after timestep {timestep + 1} of 50 was written at "
        for room in (20, 30, 60, 150, 1000):
            line = come_from(self.shares, timestep, room)
            start = begins if 2 * len(begins) <= room else "written at "
            count = line.removeprefix(start).count(",") + 1
            assert line == start + ", ".join(parts[:count])
            assert len(line) <= room
            assert count == len(parts) or len(line) + 2 + len(parts[count]) > room

    def test_what_was_written_before_the_page_is_said_only_on_a_later_one(self) -> None:
        assert earlier(self.shares, 20, 0) == ""
        share = sum(self.shares.share(s, 20) for s in range(12))
        assert earlier(self.shares, 20, 12) == f"before 13: {share:.0%}"


@pytest.mark.parametrize("share", [0.01, 0.98])
@pytest.mark.parametrize("dark", [True, False])
def test_1_percent_is_visible_beside_98(dark: bool, share: float) -> None:
    scale = palette.counts(dark)
    none, some = (to_oklab(scale[palette.share_level(one, len(scale))]) for one in (0.0, share))
    assert math.dist(none, some) > 0.08


def test_what_is_not_a_share_has_the_lowest_colour() -> None:
    assert palette.share_level(math.nan, 16) == 0
    assert [palette.share_level(one, 9) for one in (0.0, 0.005, 1.0)] == [0, 1, 8]


@pytest.mark.parametrize("change", [{"sources": None}, {"memory": None}, {"sources": (2, 3)}])
def test_an_answer_of_another_version_is_refused(change: dict[str, object]) -> None:
    answer = made_answers.sources(3, 1)
    facts = answer.facts | {name: None for name in change if name == "memory"}
    part = made_answers.part([[0.5] * 3] * 2, "written_at", "timestep")
    arrays = {name: part if change.get(name) else one for name, one in answer.arrays.items()}
    arrays = {name: one for name, one in arrays.items() if name not in change or change[name]}
    with pytest.raises(ValueError, match="sources"):
        Shares(replace(answer, arrays=arrays, facts=facts))
