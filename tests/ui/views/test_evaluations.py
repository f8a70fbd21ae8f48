"""The confusion matrix under an intervention: asked for, with its progress; with, without, the difference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from kit import fake_engine
from kit.fake_engine import SHARES, FakeAnswerer, counted, evaluation
from kit.held import Held
from kit.screen import CONFUSION, Visit, exploring, finished_run, live_run

from explorer.protocol.questions import Ask, Intervention, Selection
from explorer.ui.base.oklab import to_oklab
from explorer.ui.live import read_only
from explorer.ui.live.evaluating import Evaluating
from explorer.ui.views.confusion import ONE, OWN, SETTLED, Confusion
from explorer.ui.views.evaluations import Evaluation, Evaluations, whole
from explorer.ui.views.matrix_sheet import Way, difference
from explorer.ui.views.matrix_words import compared
from explorer.ui.widgets import palette

HELD = Selection(intervention=Intervention(hold={"f": 1.0}))
WITH = counted(HELD)
SIZES = [(160, 45), (120, 40), (80, 24)]
THEMES = pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])


def matrix_of(visit: Visit) -> Confusion:
    """Return the view."""
    return visit.app.screen_stack[0].query_one(Confusion)


def evaluations_asked(visit: Visit) -> list[tuple[Selection, ...]]:
    """Return the selections under which evaluations were asked for, those of one request together."""
    asked = [request for engine in visit.engines for request in engine.asked(Ask)]
    return [one.selections for one in asked if isinstance(one, Ask) and one.questions[0].what == "evaluation"]


def numbers(visit: Visit) -> list[list[int]]:
    """Return the numbers in the squares, by rows."""
    lines = re.findall(r"^ +\d ((?: *(?:[+−]?\d+|·)){10}) +[\d.+−–]+%?", visit.text_in("#confusion"), re.M)
    rows = [re.findall(r"[+−]?\d+|·", line) for line in lines]
    return [[0 if text == "·" else int(text.replace("−", "-")) for text in row] for row in rows]


async def hold_f(visit: Visit, **moment: int) -> None:
    """Turn to the matrix, and intervene."""
    await visit.turn_to("confusion")
    await visit.sees("all 10,000", "#confusion")
    visit.main.choice.select(intervention=HELD.intervention, **moment)
    await visit.sees("not evaluated yet; E", "#confusion")


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Evaluations that are under way until the test lets them go."""
    held = Held()
    monkeypatch.setitem(SHARES, "evaluation", held)
    yield held
    held.released.set()


@pytest.mark.parametrize("size", SIZES)
async def test_with_without_and_the_difference_are_the_numbers_of_the_answers(
    size: tuple[int, int], tmp_path: Path
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.until(lambda: visit.engines)
        visit.engines[0].step = 10
        await hold_f(visit)
        await visit.sees("f = 1 · the newest weights", "#confusion")
        await visit.sees("E Evaluate", "KeyLine")
        assert "w Compare" not in visit.text_in("KeyLine")
        assert not evaluations_asked(visit)
        await visit.press("E")
        accuracy = sum(WITH[k][k] for k in range(10)) / sum(map(sum, WITH))
        await visit.sees(rf"f = 1: {accuracy:.2%} \(without: 95\.00%\), .*step 10", "#confusion")
        assert numbers(visit) == WITH
        await visit.sees(r"4 read as 9: 49 \(without: 49\) +w: without", "#confusion")
        await visit.press(*["left"] * 4)
        await visit.sees(r"4 read as 5: 145 \(without: 45\)", "#confusion")
        await visit.press("w")
        await visit.sees(rf"without f = 1: 95\.00% \(with: {accuracy:.2%}\)", "#confusion")
        assert numbers(visit) == CONFUSION
        await visit.press("w")
        await visit.sees(rf"difference by f = 1: {accuracy:.2%} \(without: 95\.00%\)", "#confusion")
        assert numbers(visit) == [
            [one - other for one, other in zip(*rows, strict=True)]
            for rows in zip(WITH, CONFUSION, strict=True)
        ]
        assert "+100" in visit.text_in("#confusion") and "−100" in visit.text_in("#confusion")
        await visit.press("w")
        await visit.until(lambda: numbers(visit) == WITH)
        # The run's own evaluation is of the same step: nothing else had to be asked.
        assert evaluations_asked(visit) == [(whole(HELD),)]


async def test_answers_are_kept_and_now_without_intervention_shows_the_run_s_own(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await hold_f(visit, moment=0)
        await visit.press("E")
        await visit.sees(r"f = 1: .*\(without: ", "#confusion")
        await visit.until(lambda: "E Evaluate" not in visit.text_in("KeyLine"))  # they don't change
        await visit.sees("w Compare", "KeyLine")
        held = Selection(moment=0, intervention=HELD.intervention)
        assert evaluations_asked(visit) == [(whole(held), whole(Selection(moment=0)))]
        choice = visit.main.choice
        choice.select(intervention=Intervention(), moment=None)
        await visit.sees("all 10,000 test samples, evaluated at step 10", "#confusion")
        await visit.until(lambda: not re.search("Evaluate|Compare", visit.text_in("KeyLine")))
        await visit.press("E")
        await visit.sees(re.escape(OWN))
        await visit.press("w")
        await visit.sees(re.escape(ONE))
        choice.select(intervention=HELD.intervention, moment=0)
        await visit.sees(r"f = 1: .*\(without: .*step 0", "#confusion")
        choice.select(intervention=Intervention())
        await visit.sees("^ weights of step 0 *$", "#confusion")
        await visit.press("E")
        await visit.sees(r"^ *\d\d\.\d\d%, all 10,000 test samples, weights of step 0", "#confusion")
        await visit.press("E")
        await visit.sees(re.escape(SETTLED))
        assert evaluations_asked(visit)[1:] == [(whole(Selection(moment=0)),)]


async def test_of_a_live_training_both_are_asked_in_one_request_and_so_by_the_same_weights(
    tmp_path: Path,
) -> None:
    with live_run(tmp_path, steps=5) as engine:
        async with exploring(tmp_path) as visit:
            await hold_f(visit)
            await visit.press("E")
            await visit.until(lambda: visit.engines)
            await visit.sees(r"\(without: .*step 0", "#confusion")
            visit.engines[0].step = 3
            await visit.press("E")
            await visit.sees(r"\(without: .*step 3", "#confusion")
            assert evaluations_asked(visit) == [(whole(HELD), whole(Selection()))] * 2
            engine.train(6, 7)
            await visit.sees("step 7/10")
            await visit.sees(r"f = 1: .*weights of step 3", "#confusion")


async def test_progress_is_shown_and_given_up_by_escape_by_the_key_and_by_another_selection(
    held: Held, tmp_path: Path
) -> None:
    with live_run(tmp_path, steps=5):
        async with exploring(tmp_path) as visit:
            await hold_f(visit)
            for give_up in ("escape", "E", "selection"):
                held.hung_up.clear()
                await visit.press("E")
                await visit.sees("evaluating: 34%", "#confusion")
                await visit.press("right_square_bracket")  # another sample is all the same
                await visit.sees("evaluating: 34%", "#confusion")
                if give_up == "selection":
                    visit.main.choice.select(moment=0)
                else:
                    await visit.press(give_up)
                await visit.sees_no("evaluating")
                await visit.sees("not evaluated yet; E", "#confusion")
                await visit.until(held.hung_up.is_set)
            await visit.press("E")
            await visit.sees("evaluating: 34%", "#confusion")
            held.released.set()
            await visit.sees(r"f = 1: .*\(without: .*step 0", "#confusion")


async def test_an_engine_that_dies_meanwhile_is_one_line_and_nothing_is_frozen(
    held: Held, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with live_run(tmp_path, steps=5):
        async with exploring(tmp_path) as visit:
            await hold_f(visit)
            await visit.press("E")
            await visit.sees("evaluating: 34%", "#confusion")

            def fail(socket: Path) -> FakeAnswerer:
                raise OSError("no more processes")

            monkeypatch.setattr(read_only, "start_read_only", fail)
            visit.engines[0].end()
            await visit.sees("can't evaluate: no more processes")
            await visit.sees("not evaluated yet; E", "#confusion")
            visit.main.choice.select(intervention=Intervention())
            await visit.sees("all 10,000", "#confusion")


async def test_another_run_starts_without_the_evaluations_of_the_one_before(
    held: Held, tmp_path: Path
) -> None:
    finished_run(tmp_path, "other")
    with live_run(tmp_path, "live", steps=5) as engine:
        async with exploring(tmp_path) as visit:
            main = visit.main
            if main.run.folder.name != "live":
                main.open_run(engine.folder)
            await hold_f(visit)
            await visit.press("E")
            await visit.sees("evaluating: 34%", "#confusion")
            (other,) = (path for path in tmp_path.iterdir() if path.name == "other")
            main.open_run(type(engine.folder)(other))
            await visit.sees("all 10,000 test samples, evaluated at step 10", "#confusion")
            await visit.sees_no("evaluating")
            await visit.until(held.hung_up.is_set)
            assert isinstance(main.run.evaluating, Evaluating) and not main.run.evaluating.busy


@pytest.mark.parametrize("classes", [2, 100])
@pytest.mark.parametrize("size", [(160, 45), (70, 18), (62, 14), (56, 12)])
async def test_any_number_of_classes_and_a_long_intervention_fit(
    classes: int, size: tuple[int, int], tmp_path: Path
) -> None:
    finished_run(tmp_path)
    many = Intervention(hold={"f": 1.0}, silence=tuple(range(40)))
    about = whole(Selection(intervention=many))
    plain = Evaluation(5, 10_000, 0.9, [[3_000] * classes for _ in range(classes)])
    chosen = Evaluation(5, 10_000, 0.8, [[13 * k] * classes for k in range(classes)])
    async with exploring(tmp_path) as visit:
        await visit.sees("4 read as 9", "#confusion")
        matrix = matrix_of(visit)
        for known in (Evaluations(about), Evaluations(about, chosen), Evaluations(about, chosen, plain)):
            matrix.compare(known)
            for _ in range(3):
                lines = [strip.text.rstrip() for strip in matrix.paint(*size)]
                assert len(lines) <= size[1] or known.chosen is None
                text = "\n".join(lines)
                assert "f = 1" in text or re.search("^ *(without|difference): ", text, re.M)
                if known.plain:
                    assert "step 5" in text and "(without: 3,000)" in text
                    rows = [line for line in lines if re.match(r" *\d+ +[+−·\d]", line)]
                    assert rows and len({len(line) for line in rows}) == 1  # each ends in one column
                    matrix.action_turn()


@THEMES
async def test_a_difference_has_the_colour_of_its_sign_and_none_that_of_zero(
    dark: bool, tmp_path: Path
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.until(lambda: visit.engines)
        visit.engines[0].step = 10
        if not dark:
            await visit.press("t")
        await hold_f(visit)
        await visit.press("E")
        await visit.sees("w: without", "#confusion")
        await visit.press("w", "w")
        await visit.sees("difference by", "#confusion")
        matrix = matrix_of(visit)
        assert matrix.dark is dark
        y = next(
            y for y in range(matrix.size.height) if re.match(r" *4 ", matrix.render_line(y).text.rstrip())
        )
        colours = {
            segment.text.strip(): segment.style.bgcolor.triplet.hex
            for segment in matrix.render_line(y)
            if segment.style and segment.style.bgcolor and segment.style.bgcolor.triplet
        }
        scale = [palette.hex_of(rgb) for rgb in palette.scale("signed", dark)]
        # The square root of 100 in 1,305 is 0.277: the second of the six colours on each side.
        assert sum(CONFUSION[4]) == 1_305
        assert (colours["·"], colours["+100"], colours["−100"]) == (scale[8], scale[12], scale[4])


@THEMES
def test_one_more_can_be_told_from_none_and_from_one_less(dark: bool) -> None:
    scale = palette.scale("signed", dark)
    levels = [palette.difference_level(count, 1_000) for count in (-1_000, -1, 0, 1, 1_000)]
    assert levels == [0, 5, 8, 11, 16]
    points = [to_oklab(scale[one]) for one in levels]
    for one, other in pairwise(points):
        assert sum((x - y) ** 2 for x, y in zip(one, other, strict=True)) ** 0.5 > 0.1


def test_an_answer_is_read_as_it_was_counted() -> None:
    found = Evaluation.answered(evaluation(HELD, 7, WITH))
    assert (found.step, found.samples, found.confusion) == (7, fake_engine.COUNT, WITH)
    sheet = difference(found, found)
    assert sheet.numbers == [[0] * 10] * 10 and sheet.right(3) == "+0.0"


@pytest.mark.parametrize("way", ["with", "without", "difference"])
def test_where_room_is_short_the_way_and_the_step_are_said_and_the_intervention_is_cut(way: Way) -> None:
    about = whole(Selection(intervention=Intervention(hold={"f": 1.0}, silence=(3, 17))))
    chosen, plain = Evaluation(927, 10_000, 0.2, WITH), Evaluation(927, 10_000, 0.97, CONFUSION)
    said = compared(Evaluations(about, chosen, plain), chosen, way, 48)
    assert len(said) <= 48 and "20.00%" in said and "97.00%" in said and "927" in said
    assert said.startswith({"with": "f = 1", "without": "without", "difference": "difference"}[way])
