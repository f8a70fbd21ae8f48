"""The class under the cursor: chosen by keys and the mouse, the same in every view, steady over samples."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from kit import made_answers
from kit.fake_engine import HIDDEN, FakeAnswerer, vote
from kit.probing import ask, exactly, interventions, prober, read_by, read_by_hand
from kit.screen import ROOMY, Visit, exploring, finished_run, live_run, seeing

from explorer.protocol.questions import Ask
from explorer.runs.shape import Shape
from explorer.ui.screens.export import Shown
from explorer.ui.views.belief import Belief
from explorer.ui.views.belief_data import Beliefs, columns_of
from explorer.ui.views.choice import Choice
from explorer.ui.views.gates import Gates
from models.registry import CELLS

MISREAD = 9
"""A sample that the fake reads as 8."""


def marked(visit: Visit, view: str, y: int = 0) -> str:
    """Return what is reversed in a line of a view."""
    strip = visit.widget(f"#{view}").render_line(y)
    return "".join(segment.text for segment in strip if segment.style and segment.style.reverse)


def explained(engines: Sequence[FakeAnswerer]) -> list[object]:
    """Return the classes that were asked about, each the first time."""
    asked = (request for engine in engines for request in engine.requests if isinstance(request, Ask))
    found = [one.options["class"] for request in asked for one in request.questions if one.what == "saliency"]
    return [*dict.fromkeys(found)]


async def chosen(visit: Visit, number: int | None) -> None:
    """Wait until the status and the belief say that this class is chosen, or none."""
    said = "" if number is None else f"{number}"
    await visit.until(lambda: marked(visit, "belief") == said)
    await visit.until(lambda: (f" class {said} " in visit.text_in("Status")) == bool(said))
    assert "class" not in visit.text_in("Status") or said


class TestKeys:
    @pytest.mark.parametrize("size", [ROOMY, (120, 40), (80, 24), (60, 20)])
    async def test_they_go_from_the_class_that_is_read_around_all_classes_and_back(
        self, size: tuple[int, int], tmp_path: Path
    ) -> None:
        async with seeing("belief", tmp_path, size) as visit:
            await chosen(visit, None)
            for key, number in (("full_stop", 1), ("comma", 0), ("comma", 9), ("full_stop", 0)):
                await visit.press(key)
                await chosen(visit, number)
            await visit.press("escape")
            await chosen(visit, None)
            await visit.press("]", "]")
            await visit.until(lambda: "2 91%" in re.sub(" +█* +", " ", visit.text_in("#belief")))
            await visit.press("full_stop")  # sample 2 is read as 2
            await chosen(visit, 3)

    async def test_a_chosen_class_stays_from_sample_to_sample_and_none_is_the_one_that_each_is_read_as(
        self, tmp_path: Path
    ) -> None:
        async with seeing("belief", tmp_path) as visit:
            await visit.press("a")
            await visit.sees("why 0 ", "#gates")
            await visit.press("]")
            await visit.sees("sample 1 why 1 ", "#gates")
            await visit.press(*["full_stop"] * 6)
            await visit.sees("sample 1 why not 7 ", "#gates")
            await visit.press("]")
            await visit.sees("sample 2 why not 7 ", "#gates")
            await chosen(visit, 7)
            visit.main.choose_sample(7)
            await visit.sees("sample 7 why 7 ", "#gates")
            visit.main.choose_sample(MISREAD)
            await visit.sees("9 why not 7 ", "#gates")
            await visit.press("a")  # there is one class to explain: no second one follows
            await visit.until(lambda: "why" not in visit.text_in("#gates"))
            await visit.press("a", "escape")
            await visit.sees("9 why 8 ", "#gates")
            await visit.press("a")
            await visit.sees("9 why not 9 ", "#gates")
            asked = explained(visit.engines)
            assert asked[0] is None and asked[-2:] == [7, 9] and {*asked[1:-2]} <= {*range(2, 7)}

    async def test_the_units_are_ordered_by_their_vote_for_it_when_a_person_says_so(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            gates = visit.main.query_one(Gates)
            await visit.sees("is 0, read as 0", "#gates")
            await visit.press("comma", "comma", "o", "o")
            await visit.until(lambda: gates.border_subtitle == "by vote for 8 at step 0, sample 0")
            standing = [gates.order.unit(position) for position in range(HIDDEN)]
            assert standing == sorted(range(HIDDEN), key=lambda unit: (-vote(unit, 8), unit))
            await visit.press("full_stop", "]")
            await chosen(visit, 9)
            assert [gates.order.unit(position) for position in range(HIDDEN)] == standing
            await visit.press("O")
            await visit.until(lambda: gates.border_subtitle == "by vote for 9 at step 0, sample 1")

    async def test_beside_a_training_and_in_a_pause_it_stays_while_the_weights_move(
        self, tmp_path: Path
    ) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("weights of step 3", "#gates")
                await visit.press("a", "comma")
                await visit.sees("why not 9 ", "#gates")
                engine.train(4)
                await visit.sees("weights of step 4", "#gates")
                await visit.sees("why not 9 ", "#gates")
                await chosen(visit, 9)
                await visit.press("p")
                await visit.sees("‖ paused")
                await visit.press("comma")
                await visit.sees("why not 8 ", "#gates")
                await chosen(visit, 8)

    async def test_the_lens_and_the_comparison_name_it(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, (200, 60)) as visit:
            await visit.sees("is 0, read as 0", "#gates")
            await visit.turn_to("unit")
            await visit.sees(r"votes (at [0-9]+ )?(for|against)", "#unit")
            votes = made_answers.unit(28, [*map(str, range(10))]).arrays["votes"].numbers
            last = visit.widget("#unit").size.height - 1
            for number in (1, 2, 3):
                await visit.press("full_stop")
                wanted = f"{number} ({votes[number]:+.2f})".replace("-", "−")
                await visit.until(lambda wanted=wanted: marked(visit, "unit", last) == wanted)
            await visit.turn_to("difference")
            await visit.sees("as trained", "#difference")
            lines = range(visit.widget("#difference").size.height)
            assert "".join(marked(visit, "difference", y) for y in lines) == "3"
            await visit.press("F", "full_stop")
            await visit.sees("with f = 1", "#difference")
            await visit.until(lambda: "".join(marked(visit, "difference", y) for y in lines) == "44")

    async def test_where_nothing_is_about_a_class_the_keys_say_so(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("is 0, read as 0", "#gates")
            await visit.turn_to("mistakes")
            await visit.press("full_stop")
            await visit.sees("nothing here is about one class; turn to a view that shows a sample")
            assert visit.main.choice.now.class_number is None

    async def test_another_run_of_the_same_classes_keeps_it_and_one_of_others_has_none(
        self, tmp_path: Path
    ) -> None:
        async with seeing("belief", tmp_path) as visit:
            await visit.press("comma")
            await chosen(visit, 9)
            visit.main.open_run(finished_run(tmp_path, "two", cell="gru"))
            await visit.sees("update gate", "#gates")
            await chosen(visit, 9)
            visit.main.choice.name_classes(Shape(28, 28, ("ant", "bee")).classes)
            assert visit.main.choice.now.class_number is None


class TestMouse:
    @pytest.mark.parametrize("size", [ROOMY, (120, 40), (80, 24)])
    async def test_a_click_on_a_column_chooses_its_class_and_one_on_a_name_chooses_it_or_lets_it_go(
        self, size: tuple[int, int], tmp_path: Path
    ) -> None:
        async with seeing("belief", tmp_path, size) as visit:
            belief = visit.main.query_one(Belief)
            words = 30 if size == (80, 24) else 0
            wide = min(6, (belief.size.width - words - 2) // 10)
            await visit.click("#belief", 1 + 4 * wide, 1 + 3)
            await chosen(visit, 4)
            assert belief.timestep == 6
            await visit.click("#belief", 1 + 5 * wide, 1 + 3)  # the same line, for another class
            await chosen(visit, 5)
            assert belief.timestep == 6
            await visit.click("#belief", 1 + 5 * wide, 1 + 3)
            await visit.until(lambda: belief.timestep == 7)
            await visit.click("#belief", 1 + 2 * wide, 0)
            await chosen(visit, 2)
            await visit.click("#belief", 1 + 2 * wide, 0)
            await chosen(visit, None)
            await visit.click("#belief", 1 + 10 * wide, 1 + 5)  # beside the columns
            await visit.until(lambda: belief.timestep == 10)
            assert belief.chosen.class_number is None

    async def test_a_click_in_a_belief_of_the_comparison_does_the_same(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, (200, 60)) as visit:
            await visit.turn_to("difference")
            await visit.press("F")
            await visit.sees("without .*with f = 1 .*difference", "#difference")
            title = visit.text_in("#difference").splitlines()[0]
            for way, number in (("without", 3), ("with f", 8), ("difference", 0)):
                await visit.click("#difference", title.index(way) + number, 4)
                await visit.until(lambda number=number: visit.main.choice.now.class_number == number)
                lines = range(visit.widget("#difference").size.height)
                assert "".join(marked(visit, "difference", y) for y in lines) == f"{number}" * 2
            assert visit.main.choice.now.unit == 0


class TestShown:
    @pytest.mark.parametrize("classes", [2, 10, 100, 1000])
    def test_it_has_a_column_and_a_guess_however_unlikely_it_is(self, classes: int) -> None:
        names = [*map(str, range(classes))]
        answers = made_answers.belief(9, names), made_answers.belief(9, names, decided_at=4)
        some = [Beliefs(one) for one in answers]
        peaks = [max(one.row(t)[k] for one in some for t in range(9)) for k in range(classes)]
        for number in {0, 1, classes // 2, classes - 1}:
            for room in (1, 7, 17):
                shown = columns_of(some, room, number)
                assert len(shown) == min(room, classes) and shown == sorted(shown) and number in shown
                others = [peaks[k] for k in range(classes) if k not in shown]
                assert all(peaks[k] >= max(others, default=0) for k in shown if k != number)
            row = some[0].row(5)
            best = sorted(range(classes), key=lambda k: -row[k])[:3]
            wanted = best if number in best else [*best, number]
            assert some[0].guesses(5, number) == [(k, row[k]) for k in wanted]

    async def test_it_is_among_the_words_beside_the_map_with_its_share(self, tmp_path: Path) -> None:
        async with seeing("belief", tmp_path, (80, 24)) as visit:
            await visit.press("comma", "comma")
            await chosen(visit, 8)
            await visit.sees(r"^.* 8 +1% *$", "#belief")  # the fake's share of all but one
            assert [marked(visit, "belief", y) for y in range(5, 9)] == ["", "", "", "8"]


@pytest.mark.parametrize("cell", [*CELLS])
@pytest.mark.parametrize(("timesteps", "inputs", "classes"), [(9, 3, 4), (1, 5, 12)])
def test_the_order_is_that_of_the_heads_weights_of_that_class_times_the_last_h(
    cell: str, timesteps: int, inputs: int, classes: int
) -> None:
    asked = prober(cell, timesteps, inputs, classes)
    model, (x, blank) = exactly(asked), read_by(asked)
    for changed in interventions(model, timesteps).values():
        (answer,) = ask(asked, "units", changed).answers
        last = read_by_hand(model, x.double(), changed, blank.double())[-1]
        for number in range(classes):
            choice = Choice()
            choice.change(class_number=number, why="right", ordering="vote")
            choice.put_in_order(answer, answer.step)
            votes = [last[unit].item() * model.head.weight[number, unit].item() for unit in range(6)]
            ordered = [votes[unit] for unit in choice.now.order.units]
            assert ordered == pytest.approx(sorted(votes, reverse=True), abs=1e-6)
            assert f"vote for class {number} " in choice.now.order.said


def test_an_export_begins_with_the_class_that_is_chosen() -> None:
    shown = Shown(28, 100, Choice().now.selection)
    assert shown.filled["class"] == ""
    assert shown._replace(class_number=0).filled["class"] == "0"
    assert shown._replace(class_number=7).filled["class"] == "7"
