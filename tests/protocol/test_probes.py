"""Which questions are light: those a training answers between two batches, and the others beside it."""

from __future__ import annotations

import pytest

from explorer.protocol import probes
from explorer.protocol.probes import PROBES, is_heavy, settled, work
from explorer.protocol.questions import (
    Array,
    Given,
    Intervention,
    Question,
    Sample,
    Samples,
    Selection,
    Subject,
)
from explorer.runs.shape import DIGITS, Shape

LONG = Shape(1000, 512, ("a", "b"))
EVALUATION, BLANKED = Question("evaluation"), Question("belief", {"blanked": True})
MISTAKES = Question("mistakes", {"label": 4, "read_as": 9})
ONE = [Question(name) for name, row in PROBES.items() if row.about == "one"]


def about(subject: Subject, appended: int = 0) -> Selection:
    """Return a selection of this subject."""
    return Selection(subject=subject, intervention=Intervention(append_blank=appended))


def test_every_question_about_one_digit_is_light_and_one_about_all_of_them_is_heavy() -> None:
    for question in (*ONE, BLANKED):
        assert not is_heavy(question, about(Sample()), DIGITS, 10_000)
    assert is_heavy(EVALUATION, about(Samples()), DIGITS, 10_000)
    assert not is_heavy(EVALUATION, about(Samples(first=500)), DIGITS, 10_000)


def test_at_a_thousand_timesteps_the_activations_are_light_and_a_blank_rest_is_heavy() -> None:
    light = [one.what for one in ONE if not is_heavy(one, about(Sample()), LONG, 10_000)]
    assert light == ["activations", "belief", "units"]
    assert is_heavy(BLANKED, about(Sample()), LONG, 10_000)


@pytest.mark.parametrize(
    ("question", "selection", "wanted"),
    [
        (EVALUATION, about(Samples()), 10_000 * 28),
        (EVALUATION, about(Samples(), appended=2), 10_000 * 30),
        (EVALUATION, about(Samples(first=50)), 50 * 28),
        (EVALUATION, about(Samples(first=10**9)), 10_000 * 28),
        (EVALUATION, about(Samples(label=4)), 1_000 * 28),
        (EVALUATION, about(Samples(first=11, label=4)), 2 * 28),
        (EVALUATION, about(Samples(label=4, read_as=9)), 2 * 1_000 * 28),
        (MISTAKES, about(Sample(3), appended=2), 2 * 2 * 1_000 * 30),
        (Question("mistakes"), about(Samples(label=4, read_as=9)), 2 * 2 * 1_000 * 28),
        (MISTAKES, about(Samples(first=50)), 2 * 2 * 1_000 * 28),
        (Question("evaluation", {"label": 4}), about(Samples(first=50)), 1_000 * 28),
        (Question("activations", {"label": 4}), about(Sample(3)), 28 * 16),
        (Question("activations"), about(Sample(10**6)), 28 * 16),
        (Question("belief"), about(Sample()), 28 * 16),
        (BLANKED, about(Sample(), appended=2), 30 * (16 + 30)),
        (Question("saliency", {"class": 3}), about(Sample()), 3 * 28 * 16),
        (Question("sources"), about(Sample(), appended=12), 40 * (16 + 8 + 2)),
        (Question("unit", {"unit": 3}), about(Sample()), 28 * (16 + 8)),
        (Question("difference", {"map": "f"}), about(Sample(), appended=2), 2 * 30 * 16),
        (Question("nonsense"), about(Samples()), 0),
    ],
)
def test_the_estimate_is_samples_times_timesteps_times_passes(
    question: Question, selection: Selection, wanted: int
) -> None:
    assert work(question, selection, DIGITS, 10_000) == wanted


def test_an_input_that_is_given_counts_with_its_own_timesteps() -> None:
    given = Given(Array(("timestep", "input"), (5, 28), "float32", bytes(5 * 28 * 4)))
    assert work(Question("activations"), about(given, appended=1), DIGITS, 10_000) == 6 * 16
    flat = Given(Array((), (), "float32", bytes(4)))  # refused by the engine, but not by an exception here
    assert work(Question("activations"), about(flat), DIGITS, 10_000) == 0


def test_which_sample_is_chosen_does_not_matter_where_all_questions_name_one_set() -> None:
    chosen, square = about(Sample(7), appended=2), Samples(label=4, read_as=9)
    assert settled(chosen, (MISTAKES,)) == about(square, appended=2)
    other = Question("mistakes", {"label": 4, "read_as": 3})
    for questions in ((), (Question("belief"),), (MISTAKES, Question("belief")), (MISTAKES, other)):
        assert settled(chosen, questions) == chosen


def test_what_is_heavy_has_more_work_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, heavy in ((28 * 16, False), (28 * 16 - 1, True)):
        monkeypatch.setattr(probes, "LIGHT", limit)
        assert is_heavy(Question("activations"), about(Sample()), DIGITS, 10_000) is heavy
