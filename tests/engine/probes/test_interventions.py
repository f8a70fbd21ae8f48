"""Questions under an intervention, compared with loops written out by hand over the changed sample."""

from __future__ import annotations

from array import array as numbers

import pytest
import torch
from kit.asking import answer_in
from kit.loops import read_by_hand
from kit.probing import prober
from torch import Tensor

from explorer.engine.probes.registry import Prober
from explorer.protocol.questions import (
    Answer,
    Answers,
    Array,
    Ask,
    Given,
    Intervention,
    Question,
    Sample,
    Selection,
    Span,
    Subject,
    Wipe,
)
from models.intervention import Intervention as CellIntervention
from models.intervention import Wipe as CellWipe
from models.registry import CELLS

T, I, K = 7, 3, 4
SAMPLE = Sample(3)
IN_THE_SAMPLE = {
    "blank": ((Span(3, 3), Span(6, 7)), 0, [2, 5, 6]),
    "appended": ((), 2, []),
    "both": ((Span(1, 2), Span(9, 10)), 3, [0, 1]),
    "all blank": ((Span(1, T),), 0, [*range(T)]),
}
"""What is blanked and how much is appended, and which of the sample's timesteps, from 0, are blank then."""


def in_the_cell(cell: str) -> list[Intervention]:
    """Interventions in the cell: each kind alone, and all of them."""
    names = CELLS[cell].activations
    holds = [Intervention(hold={name: 0.4}) for name in names]
    wipes = (Wipe(2), Wipe(5, "h"), *((Wipe(4, "c"),) if "c" in names else ()))
    every = Intervention(hold={names[0]: -0.3}, silence=(0, 5), wipe=wipes)
    return [*holds, Intervention(silence=(2,)), Intervention(wipe=wipes), every, Intervention()]


def ask(what: str, intervention: Intervention, subject: Subject = SAMPLE) -> Ask:
    """A question about a sample under an intervention."""
    return Ask(Selection(subject=subject, intervention=intervention), (Question(what),))


def by_hand(cell: str, asked: Prober, read: Tensor, changed: Intervention) -> dict[str, Tensor]:
    """Every activation, (T, H), of a sample (T, I) in the data set's units."""
    wipes = tuple(CellWipe(one.before, one.state) for one in changed.wipe)
    there = CellIntervention(changed.hold, changed.silence, wipes)
    scaled = (read[None].float() / 255 - 0.2) / 0.4
    with torch.no_grad():
        return {name: part[0] for name, part in read_by_hand(cell, asked._model.layer, scaled, there).items()}


def require_activations(answer: Answer, wanted: dict[str, Tensor]) -> None:
    """The answer has these activations."""
    for name, values in wanted.items():
        assert answer.arrays[name].shape == tuple(values.shape)
        assert [*answer.arrays[name].numbers] == pytest.approx(values.flatten().tolist(), abs=1e-6)


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize("where", IN_THE_SAMPLE)
def test_activations_and_belief_are_those_of_the_loop(cell: str, where: str) -> None:
    asked = prober(cell, T, I, K)
    blank, appended, blanked = IN_THE_SAMPLE[where]
    read = asked._dataset.test.x[3].clone()
    read[blanked] = 0
    read = torch.cat([read, torch.zeros(appended, I, dtype=torch.uint8)])
    model = asked._model
    for changed in in_the_cell(cell):
        whole = Intervention(changed.hold, changed.silence, changed.wipe, blank, appended)
        wanted = by_hand(cell, asked, read, changed)
        answer = answer_in(asked.answer(ask("activations", whole), 0, None))
        require_activations(answer, wanted)
        assert answer.arrays["input"].data == read.numpy().tobytes()
        assert (answer.asked.intervention, answer.facts["label"]) == (whole, 3 % K)
        with torch.no_grad():
            shares = (wanted["h"] @ model.head.weight.T + model.head.bias).softmax(1)
        assert [*answer.arrays["probabilities"].numbers] == pytest.approx(shares[-1].tolist(), abs=1e-6)
        belief = answer_in(asked.answer(ask("belief", whole), 0, None)).arrays["belief"]
        assert [*belief.numbers] == pytest.approx(shares.flatten().tolist(), abs=1e-6)


@pytest.mark.parametrize("cell", list(CELLS))
def test_an_input_that_comes_with_the_question_is_changed_likewise(cell: str) -> None:
    asked = prober(cell, T, I, K)
    x = torch.rand(4, I) * 255
    given = Given(Array(("timestep", "input"), (4, I), "float32", numbers("f", x.flatten()).tobytes()))
    changed = Intervention(silence=(1,), blank=(Span(2, 2),), append_blank=1)
    read = torch.cat([x, torch.zeros(1, I)])
    read[1] = 0
    answer = answer_in(asked.answer(ask("activations", changed, given), 0, None))
    require_activations(answer, by_hand(cell, asked, read, changed))
    assert answer.facts["label"] is None


@pytest.mark.parametrize("cell", list(CELLS))
def test_a_sample_that_was_drawn_pixel_by_pixel_is_read_as_the_sample_itself(cell: str) -> None:
    asked = prober(cell, T, I, K)
    changed = Intervention(silence=(1,), blank=(Span(2, 2),), append_blank=1)
    for what in ("activations", "belief"):
        sample = answer_in(asked.answer(ask(what, changed), 0, None))
        data = asked._dataset.test.x[3].numpy().tobytes()
        drawn = Given(Array(("timestep", "input"), (T, I), "uint8", data))
        answer = answer_in(asked.answer(ask(what, changed, drawn), 0, None))
        assert answer.arrays == sample.arrays
        assert answer.facts == sample.facts | {"label": None}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (Intervention(blank=(Span(2, T + 1),)), f"--blank: there are {T} timesteps, and no {T + 1}"),
        (Intervention(blank=(Span(1, 10),), append_blank=2), "--blank: there are 9 timesteps, and no 10"),
        (Intervention(wipe=(Wipe(T + 1),)), f"--wipe: there are {T} timesteps, and no {T + 1}"),
        (Intervention(wipe=(Wipe(10),), append_blank=2), "--wipe: there are 9 timesteps, and no 10"),
        (Intervention(wipe=(Wipe(2, "c"),)), "--wipe: this cell remembers h, not 'c'"),
        (Intervention(silence=(0, 6)), "--silence: the units are 0 to 5, not 6"),
        (Intervention(hold={"f": 1.0}), "--hold: this cell's activations are r, z, n, h, not 'f'"),
    ],
    ids=str,
)
def test_what_there_is_not_is_refused_in_one_line(changed: Intervention, why: str) -> None:
    asked = prober("gru", T, I, K)
    for what in ("activations", "belief"):
        reply = asked.answer(ask(what, changed), 0, None)
        assert isinstance(reply, Answers) and not reply.answers
        assert [(one.reason, one.mistake) for one in reply.unanswerable] == [(why, True)]


def test_a_wipe_reaches_the_timesteps_that_are_appended() -> None:
    asked = prober("lstm", T, I, K)
    changed = Intervention(wipe=(Wipe(T + 2),), append_blank=2)
    read = torch.cat([asked._dataset.test.x[3], torch.zeros(2, I, dtype=torch.uint8)])
    answer = answer_in(asked.answer(ask("activations", changed), 0, None))
    require_activations(answer, by_hand("lstm", asked, read, changed))
