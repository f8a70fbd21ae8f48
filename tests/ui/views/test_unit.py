"""One unit under the lens: its curves, its numbers at the cursor, and when it is asked about."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from kit import fake_engine, made_answers
from kit.fake_engine import HIDDEN
from kit.screen import ROOMY, Visit, exploring, finished_run, live_run
from msgspec.structs import replace

from explorer.drawing.colours import colours_of
from explorer.protocol.questions import Answer, Ask, Question, Selection
from explorer.ui.views.unit import Unit
from explorer.ui.views.unit_words import number

GRU = {"r": "unit", "z": "unit", "n": "signed", "h": "signed"}
SPANS = {"lstm": made_answers.LSTM, "gru": GRU, "rnn": {"h": "signed"}}
LABELS = {"lstm": ("f·c", "i·g"), "gru": ("z·h", "(1−z)·n")}


def one_unit(cell: str, timesteps: int, unit: int, classes: Sequence[str]) -> Answer:
    """Return a made-up unit whose numbers depend on which it is; what it keeps and writes is the product of
    its gates.
    """
    answer = made_answers.unit(timesteps, classes, SPANS[cell])
    parts = {
        name: [value * (unit + 1) / HIDDEN for value in answer.arrays[name].numbers] for name in SPANS[cell]
    }
    state, labels = {"lstm": "c", "gru": "h", "rnn": None}[cell], LABELS.get(cell, ("", ""))
    kept, written, now = [], [], 0.0
    for t in range(timesteps if state else 0):
        at = {name: values[t] for name, values in parts.items()}
        kept.append(now * (at["f"] if cell == "lstm" else at["z"]))
        written.append(at["i"] * at["g"] if cell == "lstm" else (1 - at["z"]) * at["n"])
        now = parts[state or ""][t] = kept[-1] + written[-1]
    arrays = {
        name: made_answers.part(values, "timestep", span=SPANS[cell][name]) for name, values in parts.items()
    }
    if state:
        arrays["kept"] = made_answers.part(kept, "timestep", label=labels[0])
        arrays["written"] = made_answers.part(written, "timestep", label=labels[1])
    arrays |= {name: answer.arrays[name] for name in ("votes", "votes_over_time")}
    facts = answer.facts | {"unit": unit, "memory": state, "half_life": 3.25 if state else None}
    return replace(answer, arrays=arrays, facts=facts, options={"unit": unit})


@pytest.fixture(autouse=True)
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Sequence[str]], None]:
    """Have the engine answer about units; what is returned sets T and the classes."""

    def of(timesteps: int, classes: Sequence[str]) -> None:
        def answer(question: Question, about: Selection, step: int, cell: str) -> Answer:
            unit = question.options["unit"]
            assert isinstance(unit, int) and 0 <= unit < HIDDEN
            return replace(one_unit(cell, timesteps, unit, classes), step=step)

        monkeypatch.setitem(fake_engine.ANSWERS, "unit", answer)

    of(28, [*"0123456789"])
    return of


def view_of(visit: Visit) -> Unit:
    return visit.app.screen_stack[0].query_one(Unit)


def units_asked(visit: Visit) -> list[object]:
    """Return the units that were asked about, in order."""
    asks = [one for one in visit.engines[0].requests if isinstance(one, Ask)]
    return [one.options["unit"] for ask in asks for one in ask.questions if one.what == "unit"]


async def shown(visit: Visit) -> None:
    """Put a unit under the lens, and wait until it is shown."""
    await visit.sees("weights of step", "#gates")
    await visit.press("enter")
    await visit.until(lambda: visit.app.focused is view_of(visit))
    await visit.enlarge()
    await visit.sees("^unit 0 ", "#unit")


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("size", [(80, 24), (60, 20), ROOMY])
async def test_the_values_and_the_equation_are_those_of_the_timestep(
    cell: str, size: tuple[int, int], answering: Callable[[int, Sequence[str]], None], tmp_path: Path
) -> None:
    answering(11, ["ant", "bee", "cow"])
    finished_run(tmp_path, cell=cell)
    async with exploring(tmp_path, size) as visit:
        await shown(visit)
        answer = one_unit(cell, 11, 0, ["ant", "bee", "cow"])
        for timestep in range(10, -1, -1):
            at = {
                name: part.numbers[timestep]
                for name, part in answer.arrays.items()
                if part.axes == ("timestep",)
            }
            text = visit.text_in("#unit")
            legend = text.splitlines()[0]
            equation = next(line for line in text.splitlines() if re.match("[ch][₀-₉]+ = ", line))
            shown_here = {"lstm": ["c", "h", "o"], "gru": ["h", "r"], "rnn": ["h"]}[cell]
            said = {name: at[name] for name in shown_here}
            said |= dict(zip(LABELS.get(cell, ()), (at.get("kept", 0), at.get("written", 0)), strict=False))
            for name, value in said.items():
                assert f"{name} {number(value)}" in legend
            state = {"lstm": "c", "gru": "h", "rnn": "h"}[cell]
            lowered = "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in str(timestep + 1))
            assert equation.startswith(f"{state}{lowered} = ")
            assert re.split("  |$", equation)[0].endswith(f"= {number(at[state])}")
            votes = answer.arrays["votes_over_time"].numbers[3 * timestep : 3 * timestep + 3]
            best = max(range(3), key=votes.__getitem__)
            assert (
                votes[best] < 0
                or f"votes at {timestep + 1} for {['ant', 'bee', 'cow'][best]} (+{votes[best]:.2f})" in text
            )
            await visit.press("up")


async def test_another_unit_is_asked_about_once_and_the_cursor_asks_nothing(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        await shown(visit)
        await visit.press("up", "up", "home", "down", "end")
        assert units_asked(visit) == [0]
        await visit.press("right")
        await visit.sees("^unit 1 ", "#unit")
        await visit.press("right", "up")
        await visit.sees("^unit 2 ", "#unit")
        assert units_asked(visit) == [0, 1, 2]
        visit.engines[0].silent = True  # nothing more comes
        await visit.press("left")
        await visit.sees("^unit 1 ", "#unit")
        assert units_asked(visit) == [0, 1, 2]


async def test_enter_in_the_gates_puts_their_unit_under_the_lens_and_escape_goes_back(
    tmp_path: Path,
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("weights of step", "#gates")
        await visit.press("right", "right", "right", "enter")
        await visit.sees("^unit 3 ", "#unit")
        await visit.press("escape")
        await visit.until(lambda: visit.app.focused is visit.widget("#gates"))
        await visit.sees("unit 3 ", "#gates")


async def test_of_a_run_with_fewer_units_the_last_one_is_shown_not_refused(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await shown(visit)
        view_of(visit)._choice.change(unit=1_000)
        await visit.sees(f"^unit {HIDDEN - 1} ", "#unit")
        await visit.press("right")
        assert view_of(visit).unit == HIDDEN - 1


@pytest.mark.parametrize("size", [(80, 24), ROOMY])
async def test_a_dashed_line_is_at_the_cursor_and_a_click_moves_it_there(
    size: tuple[int, int], tmp_path: Path
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await shown(visit)
        seen = []
        for timestep in range(27, -1, -1):
            text = visit.text_in("#unit").splitlines()
            below = next(y for y, line in enumerate(text) if line.startswith("c")) - 1
            lines, axis = text[1:below], text[below]
            columns = {line.index("┊") for line in lines if "┊" in line}
            assert len(columns) == 1
            seen += columns
            assert str(timestep + 1) in axis.split()
            await visit.press("up")
        assert seen == sorted(seen, reverse=True) and len({*seen}) == 28
        for timestep in (0, 13, 27):
            await visit.click("#unit", seen[27 - timestep], 4)
            assert view_of(visit).timestep == timestep
        await visit.click("#unit", 0, 4)  # beside the curves
        assert view_of(visit).timestep == 27


@pytest.mark.parametrize(("size", "drawn"), [((60, 20), 12), ((88, 15), 8), ((28, 10), 3)])
async def test_in_the_region_of_a_page_every_line_has_its_place(
    size: tuple[int, int], drawn: int, tmp_path: Path
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await shown(visit)
        await visit.place("unit", *size)
        await visit.until(lambda: len(view_of(visit)._lines) == size[1] - 2)
        text = visit.text_in("#unit").splitlines()
        assert text[drawn + 1].split()[-1] == "28"
        assert text[drawn + 2].startswith("c₂₈ = ") and text[drawn + 3].startswith("keeps ")
        fading = "half-life 3.2 timesteps, if nothing were written"
        assert (fading in text[drawn + 3], text[drawn + 4].startswith(fading)) == {
            60: (False, True),  # a line of its own
            88: (True, False),
            28: (False, False),  # no room at all
        }[size[0]]
        names = [name for line in text[1 : drawn + 1] for name in line.split()]
        wanted = {"f·c", "i·g", "c"} | ({"o", "h"} if drawn > 6 else set())
        assert wanted <= {*names}  # at the line's end, also readable without colour


@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
async def test_each_curve_has_the_colour_of_an_activation_of_its_own_in_both_themes(
    dark: bool, tmp_path: Path
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        await shown(visit)
        if not dark:
            await visit.press("t")
        await visit.until(lambda: view_of(visit).dark is dark)
        ends: dict[str, str] = {}
        for y in range(1, view_of(visit).size.height - 4):
            for part in view_of(visit).render_line(y):
                if (name := part.text.strip()) in ("f·c", "i·g", "c", "o", "h"):
                    assert part.style and part.style.color and part.style.color.triplet
                    ends[name] = part.style.color.triplet.hex
        colours = colours_of("ifgoch", "hc")
        own = {"f·c": "f", "i·g": "g", "c": "c", "o": "o", "h": "h"}
        wanted = {name: colours[letter] for name, letter in own.items()}
        assert ends == {name: (one.light if dark else one.line).lower() for name, one in wanted.items()}


async def test_it_follows_the_weights_and_says_their_step(tmp_path: Path) -> None:
    with live_run(tmp_path) as engine:
        async with exploring(tmp_path, (80, 24)) as visit:
            await shown_live(visit, engine.requests)
            for step in (4, 5, 6):
                engine.train(step)
                await visit.sees(f"weights of step {step}", "#unit")


async def shown_live(visit: Visit, requests: Sequence[object]) -> None:
    """Put a unit of a run that is being trained under the lens."""
    await visit.sees("weights of step 3", "#gates")
    await visit.press("enter")
    await visit.sees("weights of step 3", "#unit")
    assert any(isinstance(one, Ask) and Question("unit", {"unit": 0}) in one.questions for one in requests)


async def test_without_an_answer_it_says_why_and_the_unit_before_stays(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        await shown(visit)
        visit.engines[0].lacking["unit"] = "no\x1b time"
        await visit.press("right")
        await visit.sees("unit unavailable: no.* time", "#unit")
        await visit.sees("^unit 0 ", "#unit")


async def test_the_longest_sequence_fits_and_another_run_clears_it(
    answering: Callable[[int, Sequence[str]], None], tmp_path: Path
) -> None:
    answering(1000, ["no", "yes"])
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        await shown(visit)
        await visit.sees(" 1,000 *$", "#unit")
        view_of(visit).clear("another run")
        await visit.sees("another run", "#unit")
        assert view_of(visit).one is None and view_of(visit).timesteps == 0
        await visit.press("up", "shift+up")
        assert view_of(visit).chosen.timestep is None
