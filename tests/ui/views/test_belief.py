"""The belief: every number and every colour against the shares of the answer, on the lines of the gates."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from kit import fake_engine
from kit.asking import about_sequence
from kit.fake_engine import FakeAnswerer
from kit.screen import ROOMY, Visit, exploring, finished_run, new_run, seeing
from msgspec.structs import replace
from rich.cells import cell_len
from rich.style import Style

from explorer.protocol.messages import Reply, Request
from explorer.protocol.questions import (
    Answer,
    Answers,
    Array,
    Ask,
    Fact,
    Question,
    Sample,
    Selection,
    Unanswerable,
)
from explorer.ui.screens.explore.screen import Explore
from explorer.ui.views.belief import Belief
from explorer.ui.widgets import palette

DASHBOARDS = [ROOMY, (120, 40)]
ALONE = [(80, 24), (60, 20)]
Shares = list[list[float]]
"""The share of each class, a row a timestep."""
Answering = Callable[[Answer], None]
"""Has the engine answer with this belief."""


def shares(timesteps: int = 28, classes: int = 10) -> Shares:
    """Return made-up shares that differ everywhere, and sum to 1."""
    odds = [[((7 * t + 5 * k * k) % 23 + 1) ** 2 for k in range(classes)] for t in range(timesteps)]
    return [[one / sum(row) for one in row] for row in odds]


def about(
    rows: Shares,
    names: Sequence[str] = (),
    label: int | None = 0,
    predicted: int = 0,
    decided_at: int = 1,
    options: Mapping[str, Fact] = {},
) -> Answer:
    """Return an answer with these shares."""
    names = tuple(names or map(str, range(len(rows[0]))))
    data = array("f", [share for row in rows for share in row]).tobytes()
    shape = len(rows), len(names)
    belief = Array(("timestep", "class"), shape, "float32", data, span="unit", coordinates={"class": names})
    facts = {"label": label, "predicted": predicted, "decided_at": decided_at, "samples": 100}
    asked = Selection(subject=Sample(0))
    arrays = {"belief": belief}
    return Answer(what="belief", asked=asked, step=0, facts=facts, arrays=arrays, options=dict(options))


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Answering:
    """Have the engine answer with this belief, and with a sample of as many timesteps."""

    def answer(belief: Answer) -> None:
        timesteps = belief.arrays["belief"].shape[0]
        sample = about_sequence(timesteps, bytes(timesteps * 28))
        monkeypatch.setitem(
            fake_engine.ANSWERS, "belief", lambda question, about, step, cell: replace(belief, step=step)
        )
        monkeypatch.setitem(fake_engine.ANSWERS, "activations", lambda *asked: sample)

    return answer


def belief_of(visit: Visit) -> Belief:
    return visit.app.screen_stack[0].query_one(Belief)


def cells(visit: Visit, y: int) -> list[tuple[str, Style]]:
    """Return the characters of a line of the belief, each with its style."""
    strip = belief_of(visit).render_line(y)
    return [(text, segment.style or Style()) for segment in strip for text in segment.text]


def mark(visit: Visit, view: str) -> tuple[int, str]:
    """Return the line of the screen where a view marks the timestep, and the mark."""
    top = visit.widget(view).content_region.y
    lines = enumerate(visit.text_in(view).splitlines(), start=top)
    return next((y, found[1]) for y, line in lines if (found := re.match(r" ?([▐▝▗])", line)))


def colours(style: Style, text: str) -> tuple[str, str]:
    """Return the colours of a cell's upper and lower half."""
    ground = style.bgcolor
    above = style.color if text == "▀" else ground
    assert ground and ground.triplet and above and above.triplet
    assert text in "▀ "
    return above.triplet.hex, ground.triplet.hex


def colour_of(share: float, dark: bool) -> str:
    """Return the colour that a share must have."""
    scale = palette.scale("unit", dark)
    (sent,) = array("f", [share])
    return palette.hex_of(scale[min(len(scale) - 1, math.floor(Fraction(sent) * len(scale)))])


def entropy(row: Sequence[float]) -> float:
    """Return the entropy of shares, in bits."""
    return sum(-share / sum(row) * math.log(share / sum(row), 2) for share in row if share)


class TestNumbers:
    @pytest.mark.parametrize("size", [*DASHBOARDS, *ALONE])
    async def test_the_likeliest_classes_and_the_entropy_are_those_of_the_timestep(
        self, size: tuple[int, int], answering: Answering, tmp_path: Path
    ) -> None:
        rows = shares()
        answering(about(rows))
        async with seeing("belief", tmp_path, size) as visit:
            for timestep in (27, 26, 25):
                row = rows[timestep]
                first, second, third = sorted(range(10), key=lambda k: -row[k])[:3]
                await visit.sees(rf"(?<![\d.]){entropy(row):.2f} bits", "#belief")
                text = visit.text_in("#belief")
                if size in ALONE:
                    assert f"after timestep {timestep + 1} of 28" in text
                    for k in (first, second, third):
                        bar = "█" * round(12 * row[k])
                        assert re.search(rf" {k} +{bar} +{row[k]:.0%} *$", text, re.M)
                else:
                    guesses = [f"{k} {row[k]:.0%}" for k in (first, second, third)]
                    room = belief_of(visit).size.width - 1
                    said = next(line for line in text.splitlines() if "%" in line).strip()
                    assert "  ".join(guesses).startswith(said)
                    assert len(said) == len("  ".join(guesses)) or len(said) + 2 + len(guesses[2]) > room
                await visit.press("up")

    async def test_the_subtitle_says_the_step_of_the_weights(self, tmp_path: Path) -> None:
        async with seeing("belief", tmp_path) as visit:
            assert belief_of(visit).border_subtitle == "step 0"
            visit.engines[0].step = 1234
            await visit.press("]")
            await visit.sees("─ step 1,234 ─")

    @pytest.mark.parametrize(("label", "tone"), [(0, "right"), (3, "wrong"), (None, "right")])
    @pytest.mark.parametrize("decided_at", [1, 6, 7, 28])
    async def test_a_line_at_the_edge_begins_where_the_answer_no_longer_changes(
        self, decided_at: int, label: int | None, tone: str, answering: Answering, tmp_path: Path
    ) -> None:
        answering(about(shares(), label=label, decided_at=decided_at))
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees(f"decided at {decided_at} ", "#belief")
            edge = 1 + 10 * ((belief_of(visit).size.width - 2) // 10)
            found = [cells(visit, 1 + line)[edge] for line in range(14)]
            begins, lower = divmod(decided_at - 1, 2)
            wanted = [*" " * begins, "╷" if lower else "│", *"│" * (13 - begins)]
            assert [text for text, _ in found] == wanted
            colour = belief_of(visit).get_component_rich_style(f"belief--{tone}").color
            assert {style.color for text, style in found if text != " "} == {colour}

    @pytest.mark.parametrize("label", [3, None])
    async def test_beside_the_map_it_says_what_the_sample_is_and_without_a_label_what_it_was_read_as(
        self, label: int | None, answering: Answering, tmp_path: Path
    ) -> None:
        answering(about(shares(), names="abcdefghij", label=label, predicted=4))
        async with seeing("belief", tmp_path, (80, 24)) as visit:
            assert ("is d, read as e" in visit.text_in("#belief")) == (label is not None)
            await visit.sees("read as e", "#belief")


class TestColours:
    @pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
    @pytest.mark.parametrize("size", [*DASHBOARDS, (60, 20), (80, 45)])
    async def test_every_cell_has_the_colour_of_its_share_and_each_half_is_a_timestep(
        self, size: tuple[int, int], dark: bool, answering: Answering, tmp_path: Path
    ) -> None:
        rows = shares(27)  # an odd number: the last line has an upper half alone
        for place, share in enumerate((0.0, 1.0, 0.0625, 0.0624, 0.5, 0.4999)):
            rows[3][place] = share
        answering(about(rows))
        async with seeing("belief", tmp_path, size) as visit:
            if not dark:
                await visit.press("t")
            await visit.until(lambda: belief_of(visit).dark is dark)
            tall = size == (80, 45)
            await visit.until(lambda: (belief_of(visit).rows.per_line == 1) is tall)
            await visit.pilot.pause()
            words = 30 if size[0] < 118 else 0
            wide = min(6, (belief_of(visit).size.width - words - 2) // 10)
            ground = belief_of(visit).rich_style.bgcolor
            assert ground and ground.triplet
            for timestep, row in enumerate(rows):
                line = cells(visit, 1 + (timestep if tall else timestep // 2))
                for k, share in enumerate(row):
                    painted = [
                        colours(style, text) for text, style in line[1 + k * wide : 1 + (k + 1) * wide]
                    ]
                    halves = {pair[0 if tall else timestep % 2] for pair in painted}
                    assert halves == {colour_of(share, dark)}, (timestep, k)
                    if tall:
                        assert {pair[0] == pair[1] for pair in painted} == {True}
                    elif timestep == 26:
                        assert {pair[1] for pair in painted} == {ground.triplet.hex}


class TestSelection:
    @pytest.mark.parametrize("size", [*DASHBOARDS, (200, 60)])
    async def test_a_timestep_is_on_the_line_that_it_has_in_the_gates(
        self, size: tuple[int, int], tmp_path: Path
    ) -> None:
        async with seeing("belief", tmp_path, size) as visit:
            seen = []
            for timestep in range(28, 0, -1):
                await visit.sees(rf"timestep {timestep} of 28|t {timestep} ", "#gates")
                assert mark(visit, "#gates") == mark(visit, "#belief")
                seen.append(mark(visit, "#belief"))
                await visit.press("up")
            assert len({*seen}) == 28 and seen == sorted(seen, key=lambda one: (-one[0], one[1] == "▝"))

    async def test_pages_of_a_long_sequence_are_those_of_the_gates(
        self, answering: Answering, tmp_path: Path
    ) -> None:
        answering(about(shares(200)))
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("timesteps 17[0-9]–200 of 200", "#gates")
            for key in ("shift+up", "up", "ctrl+u", "home", "down", "shift+down"):
                await visit.press(key)
                await visit.until(lambda: mark(visit, "#gates") == mark(visit, "#belief"))
                rows = visit.app.screen_stack[0].query_one(Belief)._choice.rows
                assert rows is not None
                await visit.sees(f"timesteps {rows.first + 1}–", "#gates")

    async def test_the_cursor_is_the_gates_and_moves_in_either(self, tmp_path: Path) -> None:
        async with seeing("belief", tmp_path) as visit:
            await visit.press("up", "up")
            assert belief_of(visit).timestep == 25
            await visit.turn_to("belief")
            await visit.press("k")
            await visit.sees("timestep 25 of 28", "#gates")
            await visit.press("home", "j")
            await visit.sees("timestep 2 of 28", "#gates")
            await visit.press("end")
            await visit.sees("timestep 28 of 28", "#gates")
            for timestep in (9, 10, 9):  # a second click on the line means the lower one
                await visit.click("#belief", 3, 1 + 4)
                await visit.sees(f"timestep {timestep} of 28", "#gates")
            await visit.click("#belief", 3, 16)  # below the map
            await visit.sees("timestep 9 of 28", "#gates")


class TestShapes:
    @pytest.mark.parametrize("size", [*DASHBOARDS, *ALONE])
    @pytest.mark.parametrize("classes", [2, 10, 100])
    async def test_the_classes_that_are_ever_likeliest_have_columns_in_their_own_order(
        self, classes: int, size: tuple[int, int], answering: Answering, tmp_path: Path
    ) -> None:
        rows = shares(28, classes)
        for t, k in ((5, classes - 1), (9, classes // 2)):  # for one timestep alone
            rows[t] = [0.9 if each == k else 0.1 / (classes - 1) for each in range(classes)]
        answering(about(rows))
        async with seeing("belief", tmp_path, size) as visit:
            belief = belief_of(visit)
            room = belief.size.width - 2 - (30 if size in ALONE else 0)
            count = min(classes, room)
            wide = min(6, room // count)
            assert belief.beliefs is not None
            chosen = belief.beliefs.columns(room)
            peaks = [max(row[k] for row in rows) for k in range(classes)]
            assert chosen == sorted(chosen) and len(chosen) == count
            assert {classes - 1, classes // 2} <= {*chosen}
            others = [peaks[k] for k in range(classes) if k not in chosen]
            assert min(peaks[k] for k in chosen) >= max(others, default=0.0) - 1e-6
            header = "".join(text for text, _ in cells(visit, 0))[1:]
            names = [f"{k}"[-wide:] for k in chosen]
            assert [header[n * wide : (n + 1) * wide].strip() for n in range(count)] == names
            for line in (3, 5):  # timesteps 6 and 10 are lower halves
                painted = [
                    colours(style, text)[1] for text, style in cells(visit, line)[1 : 1 + count * wide]
                ]
                assert painted[::wide] == [colour_of(rows[2 * line - 1][k], dark=True) for k in chosen]

    @pytest.mark.parametrize("size", [ROOMY, *ALONE])
    @pytest.mark.parametrize("timesteps", [1, 28, 61, 1000])
    async def test_every_timestep_of_any_sequence_is_reached_by_page(
        self, timesteps: int, size: tuple[int, int], answering: Answering, tmp_path: Path
    ) -> None:
        rows = shares(timesteps)
        answering(about(rows, decided_at=timesteps))
        async with seeing("belief", tmp_path, size) as visit:
            await visit.turn_to("belief")
            belief, seen = belief_of(visit), set[int]()
            await visit.press("home")
            turns = 0
            while True:
                page = belief.rows
                assert page is not None
                last = min(timesteps, page.first + page.lines * page.per_line)
                seen |= {*range(page.first, last)}
                for timestep in (page.first, last - 1):
                    line, lower = divmod(timestep - page.first, page.per_line)
                    text, style = cells(visit, page.top + line)[1]
                    assert colours(style, text)[lower] == colour_of(rows[timestep][0], dark=True)
                if last == timesteps:
                    break
                await visit.press("ctrl+d" if turns % 2 else "shift+down")
                turns += 1
            assert seen == {*range(timesteps)}
            await visit.press("shift+up")
            assert belief.timestep < timesteps - 1 or timesteps == 1
            await visit.press("end")
            assert belief.timestep == timesteps - 1
            text, _ = cells(visit, mark(visit, "#belief")[0] - belief.content_region.y)[0]
            assert text in "▐▝▗"

    @pytest.mark.parametrize("size", [*DASHBOARDS, *ALONE])
    async def test_no_name_of_a_class_breaks_the_lines(
        self, size: tuple[int, int], answering: Answering, tmp_path: Path
    ) -> None:
        names = ("歩く人々の群れ", "a\x1b[31mred\n", "ankle boot", "x" * 200, "e\u0301")
        answering(about(shares(28, 5), names, label=3, predicted=0))
        async with seeing("belief", tmp_path, size) as visit:
            belief = belief_of(visit)
            for timestep in range(28):
                lines = [belief.render_line(y) for y in range(belief.size.height)]
                assert {line.cell_length for line in lines} == {belief.size.width}
                assert {cell_len(line.text) for line in lines} == {belief.size.width}
                assert not re.search(r"[\x00-\x1f\x7f]", "".join(line.text for line in lines)), timestep
                await visit.press("up")

    @pytest.mark.parametrize("size", [ROOMY, (80, 24)])
    async def test_of_a_run_that_diverged_nothing_is_claimed(
        self, size: tuple[int, int], answering: Answering, tmp_path: Path
    ) -> None:
        answering(about([[math.nan] * 10 for _ in range(28)]))
        async with seeing("belief", tmp_path, size) as visit:
            text = visit.text_in("#belief")
            assert "nan bits" in text
            assert re.findall(r"[\w.]+%", text) == ["nan%"] * len(re.findall("%", text))
            assert "█" not in text


class TestOtherWay:
    """On `b`, every later timestep is read blank."""

    async def test_it_is_asked_for_and_the_way_back_is_painted_at_once(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("─ step 0 ─")
            await visit.sees("decided at 20", "#belief")
            await visit.press("b")
            await visit.sees("─ step 0, blanked ─")
            engine = visit.engines[0]
            asked = [one.questions for one in engine.requests if isinstance(one, Ask)]
            assert asked[-1] == (Question("activations"), Question("belief", {"blanked": True}))
            engine.silent = True  # nothing more comes
            await visit.press("b")
            assert belief_of(visit).border_subtitle == "step 0"
            assert [one.questions for one in engine.requests if isinstance(one, Ask)] == asked
            await visit.press("b")
            assert belief_of(visit).border_subtitle == "step 0, blanked"

    async def test_alone_it_says_in_words_which_way_is_shown(self, tmp_path: Path) -> None:
        async with seeing("belief", tmp_path, (80, 24)) as visit:
            await visit.sees("if the sample ended here", "#belief")
            await visit.press("b")
            await visit.sees("every later timestep blank", "#belief")

    async def test_a_view_that_comes_back_shows_what_is_chosen_by_then(self, tmp_path: Path) -> None:
        async with seeing("belief", tmp_path, (80, 24)) as visit:
            await visit.sees("is 0, ", "#belief")
            await visit.press("]")
            await visit.sees("is 1, ", "#belief")
            await visit.turn_to("gates")
            await visit.sees("is 1, ", "#gates")
            await visit.press("[")
            await visit.sees("is 0, ", "#gates")
            await visit.turn_to("belief")
            await visit.sees("is 0, ", "#belief")


def without_belief(answer: object) -> object:
    """Return the method `answer` of an engine that can't answer this one question."""

    def partly(self: FakeAnswerer, request: Request) -> Reply:
        if not isinstance(request, Ask):
            return answer(self, request)  # type: ignore[operator, no-any-return]
        kept = tuple(one for one in request.questions if one.what != "belief")
        reply = answer(self, replace(request, questions=kept))  # type: ignore[operator]
        assert isinstance(reply, Answers)
        missing = (Unanswerable("belief", "this cell has no\x1b head"),) if kept != request.questions else ()
        return Answers(reply.answers, missing)

    return partly


class TestNothingToShow:
    async def test_an_engine_that_refuses_it_shows_the_gates_nonetheless_and_the_reason_here(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(FakeAnswerer, "answer", without_belief(FakeAnswerer.answer))
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("weights of step 0", "#gates")
            await visit.sees("belief unavail", "#belief")
            assert "unavailable" not in visit.text_in("#gates")
            assert belief_of(visit).beliefs is None
            await visit.turn_to("belief")
            await visit.press("z")
            await visit.sees("belief unavailable: this cell has no.* head", "#belief")

    async def test_another_run_clears_it(self, tmp_path: Path) -> None:
        finished_run(tmp_path, "one")
        other = finished_run(tmp_path, "two")
        async with exploring(tmp_path) as visit:
            await visit.sees("decided at 20", "#belief")
            visit.engines[0].silent = True
            main = visit.app.screen_stack[0]
            assert isinstance(main, Explore)
            main.open_run(other)
            await visit.sees("waiting for", "#belief")
            assert belief_of(visit).beliefs is None and not belief_of(visit).border_subtitle
            assert "decided" not in visit.text_in("#belief")


class TestNothingShown:
    """While there is no answer, no key moves the cursor: it would stay there once one comes."""

    async def test_the_cursor_stays_where_it_is(self, tmp_path: Path) -> None:
        new_run(tmp_path)
        async with exploring(tmp_path) as visit:
            for view in ("belief", "gates"):
                await visit.turn_to(view)
                await visit.press("up", "down", "shift+up", "shift+down")
                await visit.click(f"#{view}", 3, 3)
                assert belief_of(visit).chosen.timestep is None
