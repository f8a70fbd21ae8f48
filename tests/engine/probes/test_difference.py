"""The question `difference`, compared with two passes written out, for every cell and intervention."""

from __future__ import annotations

import math

import pytest
import torch
from kit.asking import answer_in
from kit.loops import read_by_hand
from kit.probing import interventions, prober
from torch import Tensor

from explorer.engine.probes.difference import NOTHING, parts_at
from explorer.engine.probes.registry import Prober
from explorer.protocol.questions import Answers, Ask, Intervention, Question, Sample, Selection, Span, Wipe
from models.intervention import Intervention as CellIntervention
from models.intervention import Wipe as CellWipe
from models.registry import CELLS

T, I, K = 7, 3, 4


def ask(changed: Intervention, **options: str) -> Ask:
    """A question about the fourth sample."""
    return Ask(Selection(subject=Sample(3), intervention=changed), (Question("difference", {**options}),))


def by_hand(cell: str, asked: Prober, changed: Intervention) -> dict[str, Tensor]:
    """Every activation (T, H) and the belief (T, K) of the fourth sample, by the equations written out."""
    read = asked._dataset.test.x[3].float()
    read = torch.cat([read, torch.zeros(changed.append_blank, I)])
    for span in changed.blank:
        read[span.first - 1 : span.last] = 0
    wipes = tuple(CellWipe(one.before, one.state) for one in changed.wipe)
    within = CellIntervention(changed.hold, changed.silence, wipes)
    model = asked._model
    with torch.no_grad():
        x = (read[None] / 255 - 0.2) / 0.4
        found = {name: part[0] for name, part in read_by_hand(cell, model.layer, x, within).items()}
        logits = found["h"] @ model.head.weight.T + model.head.bias
    return found | {"belief": logits.sigmoid() if model.head_kind == "sigmoid" else logits.softmax(1)}


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize("change", ["held", "silenced", "wiped", "blanked", "appended", "all"])
def test_it_is_two_passes_of_the_loop_and_their_difference(cell: str, change: str) -> None:
    asked = prober(cell, T, I, K, "sigmoid" if change == "all" else "logits")
    changed = interventions(asked._model, T)[change]
    answer = answer_in(asked.answer(ask(changed), 42, None))
    read, plain = by_hand(cell, asked, changed), by_hand(cell, asked, Intervention())
    appended = changed.append_blank
    missing = torch.full((appended, 1), math.nan)
    for name in (*CELLS[cell].activations, "belief"):
        whole = torch.cat([plain[name], missing.expand(appended, plain[name].shape[1])])
        for suffix, wanted in (("", read[name]), ("_without", whole), ("_difference", read[name] - whole)):
            part = answer.arrays[f"{name}{suffix}"]
            assert part.axes == ("timestep", "class" if name == "belief" else "unit")
            assert part.shape == (T + appended, wanted.shape[1])
            assert [*part.numbers] == pytest.approx(wanted.flatten().tolist(), abs=1e-6, nan_ok=True)
    likeliest, before = read["belief"].argmax(1).tolist(), plain["belief"].argmax(1).tolist()
    apart = [t for t, pair in enumerate(zip(likeliest, before, strict=False), start=1) if pair[0] != pair[1]]
    assert answer.facts["parts_at"] == (apart[0] if apart else None)
    assert (answer.facts["predicted"], answer.facts["predicted_without"]) == (likeliest[-1], before[-1])
    assert answer.facts["label"] == 3 % K
    assert answer.facts["memory"] == ("c" if cell == "lstm" else "h")
    assert answer.arrays["input"].shape == (T + appended, I)


def test_a_difference_has_a_range_of_its_own() -> None:
    asked = prober("lstm", T, I, K)
    arrays = answer_in(asked.answer(ask(Intervention(hold={"f": 1.0})), 0, None)).arrays
    spans = {name: arrays[f"{name}_difference"].span for name in ("f", "g", "c", "belief")}
    assert spans == {"f": "signed", "g": "open", "c": "open", "belief": "signed"}
    assert arrays["f_without"].span == arrays["f"].span == "unit"


def test_one_activation_alone_is_returned_where_it_is_asked_for() -> None:
    asked = prober("gru", T, I, K)
    answer = answer_in(asked.answer(ask(Intervention(silence=(2,)), map="z"), 0, None))
    beliefs = ["belief", "belief_without", "belief_difference", "input"]
    assert [*answer.arrays] == ["z", "z_without", "z_difference", *beliefs]


@pytest.mark.parametrize(
    ("changed", "options", "why"),
    [
        (Intervention(), {}, NOTHING),
        (Intervention(silence=(1,)), {"map": "f"}, "--map: this cell's activations are h, not 'f'"),
        (Intervention(wipe=(Wipe(T + 1),)), {}, f"--wipe: there are {T} timesteps, and no {T + 1}"),
        (Intervention(blank=(Span(2, 9),)), {}, f"--blank: there are {T} timesteps, and no 9"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(
    changed: Intervention, options: dict[str, str], why: str
) -> None:
    reply = prober("rnn", T, I, K).answer(ask(changed, **options), 0, None)
    assert isinstance(reply, Answers) and not reply.answers
    assert [one.reason for one in reply.unanswerable] == [why]


@pytest.mark.parametrize(
    ("likeliest", "before", "wanted"),
    [([1, 2], [1, 2], None), ([1, 3, 2], [1, 2, 2], 2), ([1, 2, 9], [1, 2], None), ([0], [1], 1)],
)
def test_beliefs_part_at_the_first_timestep_that_both_read_and_answer_otherwise(
    likeliest: list[int], before: list[int], wanted: int | None
) -> None:
    assert parts_at(torch.tensor(likeliest), torch.tensor(before)) == wanted
