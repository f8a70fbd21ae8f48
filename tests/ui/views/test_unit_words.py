"""A unit in words: the equation's numbers are those of the cell's own loop, under every intervention."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from kit import made_answers
from kit.asking import answer_in
from kit.probing import interventions, prober
from msgspec.structs import replace

from explorer.protocol.probes import undivided
from explorer.protocol.questions import Answer, Ask, Fact, Question, Sample, Selection
from explorer.ui.views import unit_words as words
from explorer.ui.views.unit_data import OneUnit

CLASSES = ("ant", "bee", "cow")


def lstm(
    rows: list[dict[str, float]],
    votes: list[list[float]] | None = None,
    classes: Sequence[str] = CLASSES,
    **facts: Fact,
) -> OneUnit:
    """Return a unit of an LSTM: i, f, g, o of each timestep; c and h follow from them."""
    c, parts = 0.0, {name: [] for name in ("i", "f", "g", "o", "c", "h", "kept", "written")}
    for row in rows:
        now = {**row, "kept": row["f"] * c, "written": row["i"] * row["g"]}
        c = now["c"] = now["kept"] + now["written"]
        now["h"] = row["o"] * c
        for name, values in parts.items():
            values.append(now[name])
    labels = {"kept": "f·c", "written": "i·g"}
    arrays = {
        name: made_answers.part(values, "timestep", label=labels.get(name, ""))
        for name, values in parts.items()
    }
    votes = votes or [[0.0] * 3] * len(rows)
    arrays["votes_over_time"] = made_answers.part(votes, "timestep", "class", names={"class": classes})
    known = {"unit": 2, "memory": "c", "half_life": 2.5} | facts
    return OneUnit(made_answers.answer("unit", arrays, known))


ROWS = [
    {"f": 0.5, "i": 1.0, "g": 0.5, "o": 1.0},
    {"f": 0.98, "i": 0.12, "g": -0.62, "o": 0.5},
    {"f": 0.1, "i": 0.9, "g": -0.9, "o": 0.5},
]


def test_the_equation_has_the_letters_the_numbers_and_the_sum() -> None:
    unit = lstm(ROWS)
    assert words.equation(unit, 0, 60) == "c₁ = f·c + i·g = 0.50·0.00 + 1.00·0.50 = 0.50"
    assert words.equation(unit, 1, 60) == "c₂ = f·c + i·g = 0.98·0.50 + 0.12·(−0.62) = 0.42"


def test_with_less_room_it_has_no_letters_then_the_sum_alone() -> None:
    unit = lstm(ROWS)
    assert words.equation(unit, 1, 39) == "c₂ = 0.98·0.50 + 0.12·(−0.62) = 0.42"
    assert words.equation(unit, 1, 30) == "c₂ = 0.42"
    assert words.equation(unit, 1, 5) == "c₂ =…"


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_numbers_of_a_real_cell_add_up_to_its_state_under_every_intervention(cell: str) -> None:
    asked = prober(cell, 9, 5, 3)
    for name, changed in interventions(asked._model, 9).items():
        selection = Selection(subject=Sample(1), intervention=changed)
        for number in (0, 3):
            reply = asked.answer(Ask(selection, (Question("unit", {"unit": number}),)), 7, None)
            unit = OneUnit(answer_in(reply))
            for timestep in range(unit.timesteps):
                said = words.equation(unit, timestep, 80)
                product, result = said.replace("−", "-").split(" = ")[-2:]
                assert re.fullmatch(r"[-().\d·+ ]+", product), (name, said)
                summed = eval(product.replace("·", "*"))
                state = unit.value(unit.memory or "", timestep)
                assert float(result) == pytest.approx(state, abs=0.0051)
                assert summed == pytest.approx(state, abs=0.03), (name, said)


def test_of_a_cell_that_declares_no_sum_the_output_is_said_and_nothing_claimed() -> None:
    asked = prober("rnn", 9, 5, 3)
    answer = answer_in(asked.answer(Ask(Selection(), (Question("unit", {"unit": 4}),)), 7, None))
    unit = OneUnit(answer)
    h = answer.arrays["h"].numbers
    assert words.equation(unit, 8, 60) == f"h₉ = {h[8]:.2f}".replace("-", "−")
    why = "a plain RNN overwrites its memory at every timestep"
    assert undivided("rnn") == why and words.about(unit, 8, 80, undivided=why) == why
    assert words.about(unit, 8, 80) == ""
    assert [curve.name for curve in (*unit.summed, *unit.others)] == ["h"]


@pytest.mark.parametrize(
    ("kept", "written", "said"),
    [
        (0.49, -0.0744, "keeps 98%, writes little"),  # 0.98 of 0.5, as the gates have it
        (0.0, -0.0744, "keeps nothing, writes little"),  # wiped before
        (0.25, 0.3, "keeps 0.25, writes some"),
        (0.49, 0.004, "keeps 98%, writes nothing"),
        (0.49, -0.5, "keeps 98%, writes much"),
    ],
)
def test_how_much_is_kept_and_written_is_said_in_words_also_under_an_intervention(
    kept: float, written: float, said: str
) -> None:
    assert words.keeps(with_parts(kept, written), 1) == said


def with_parts(kept: float, written: float) -> OneUnit:
    """Return the unit with another number kept and written at its second timestep than its gates say."""
    arrays = {
        "i": [1.0, 0.12],
        "f": [0.5, 0.98],
        "g": [0.5, -0.62],
        "c": [0.5, kept + written],
        "h": [0.5, 0.1],
        "kept": [0.0, kept],
        "written": [0.5, written],
    }
    labels = {"kept": "f·c", "written": "i·g"}
    parts = {
        name: made_answers.part(values, "timestep", label=labels.get(name, ""))
        for name, values in arrays.items()
    }
    parts["votes_over_time"] = made_answers.part([[0.0] * 3] * 2, "timestep", "class")
    return OneUnit(made_answers.answer("unit", parts, {"unit": 2, "memory": "c", "half_life": 2.5}))


@pytest.mark.parametrize(
    ("half_life", "said"),
    [
        (2.76, "half-life 2.8 timesteps, if nothing were written"),
        (1.0, "half-life 1 timestep, if nothing were written"),
        (0, "half-life 0 timesteps, if nothing were written"),
        (None, "half-life: nothing fades"),
    ],
)
def test_the_half_life_follows_where_there_is_room(half_life: Fact, said: str) -> None:
    unit = lstm(ROWS, half_life=half_life)
    assert words.fades(unit) == said
    assert words.about(unit, 1, 100) == f"keeps 98%, writes little · {said}"
    assert words.about(unit, 1, 24) == "keeps 98%, writes little"
    longest = len("keeps 100%, writes nothing · ") + len(said)
    assert words.fits(unit, longest) and not words.fits(unit, longest - 1)


def said(unit: OneUnit, timestep: int, room: int, number: int | None = None) -> str:
    """Return what it votes for, with the class under the cursor in brackets."""
    parts = words.votes(unit, timestep, room, number)
    return "".join(f"[{text}]" if asked else text for text, asked in parts)


def test_the_classes_that_it_votes_for_and_against_are_those_at_the_timestep() -> None:
    unit = lstm(ROWS, votes=[[0.5, -0.25, 0.004], [0.1, 0.3, 0.2], [-0.004, 0.0, 0.0]])
    assert said(unit, 0, 60) == "votes at 1 for ant (+0.50) · against bee (−0.25)"
    assert said(unit, 1, 60) == "votes at 2 for bee (+0.30), cow (+0.20)"
    assert said(unit, 1, 35) == "votes at 2 for bee (+0.30)"
    assert said(unit, 1, 25) == "votes for bee (+0.30)"
    assert said(unit, 2, 60) == "votes at 3 for no class, and against none"


@pytest.mark.parametrize(
    ("number", "room", "wanted"),
    [
        (0, 80, "votes at 1 for [ant (+0.50)], bee (+0.40) · against fox (−0.30), elk (−0.20)"),
        (2, 80, "votes at 1 for ant (+0.50), [cow (+0.10)] · against fox (−0.30), elk (−0.20)"),
        (3, 80, "votes at 1 for ant (+0.50), [dog (+0.00)] · against fox (−0.30), elk (−0.20)"),
        (4, 80, "votes at 1 for ant (+0.50), bee (+0.40) · against fox (−0.30), [elk (−0.20)]"),
        (6, 80, "votes at 1 for ant (+0.50), bee (+0.40) · against fox (−0.30), [gnu (0.00)]"),
        (2, 51, "votes at 1 for [cow (+0.10)] · against fox (−0.30)"),
        (2, 45, "votes for [cow (+0.10)] · against fox (−0.30)"),
        (6, 45, "votes for ant (+0.50) · against [gnu (0.00)]"),
        (2, 30, "votes at 1 for [cow (+0.10)]"),
        (2, 23, "votes for [cow (+0.10)]"),
        (6, 30, "votes at 1 against [gnu (0.00)]"),
        (6, 20, "against [gnu (0.00)]"),
    ],
)
def test_the_class_under_the_cursor_is_named_in_any_case(number: int, room: int, wanted: str) -> None:
    values = [0.5, 0.4, 0.1, 0.001, -0.2, -0.3, -0.001]
    unit = lstm(ROWS[:1], votes=[values], classes=("ant", "bee", "cow", "dog", "elk", "fox", "gnu"))
    assert said(unit, 0, room, number) == wanted


@pytest.mark.parametrize(
    ("value", "said"),
    [(-0.004, "0.00"), (-1.234, "−1.23"), (1234.0, "1e+03"), (-1e-9, "0.00"), (float("nan"), "nan")],
)
def test_a_number_has_two_decimals_and_no_minus_at_0(value: float, said: str) -> None:
    assert words.number(value) == said


def broken(**changes: object) -> Answer:
    """Return an answer without some of its parts."""
    answer = made_answers.unit(5, CLASSES)
    arrays = {name: changes.get(name, part) for name, part in answer.arrays.items()}
    facts = answer.facts | {name: one for name, one in changes.items() if name in answer.facts}
    return replace(answer, arrays={name: part for name, part in arrays.items() if part}, facts=facts)


@pytest.mark.parametrize(
    "answer",
    [
        broken(votes_over_time=None),
        broken(kept=None),
        broken(f=None),
        broken(unit=None),
        broken(o=made_answers.part([0.5] * 4, "timestep")),
        broken(o=made_answers.part([1] * 5, "timestep")),
    ],
)
def test_an_answer_of_another_version_is_refused(answer: Answer) -> None:
    with pytest.raises(ValueError, match=r"unit|votes"):
        OneUnit(answer)
