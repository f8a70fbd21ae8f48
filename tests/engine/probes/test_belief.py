"""The question `belief`, compared with reading the beginning of the sample alone, or with a blank rest."""

from __future__ import annotations

from itertools import chain

import pytest
import torch
from kit.asking import answer_in
from kit.probing import ask, interventions, prober, read_by, read_by_hand
from msgspec.structs import replace

from explorer.engine.probes import belief as beliefs
from explorer.engine.probes.belief import decided_at
from explorer.engine.probes.registry import Prober
from explorer.protocol.questions import NO_INTERVENTION, Intervention, Span
from models.classifier import Head
from models.registry import CELLS


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize(("timesteps", "inputs", "classes"), [(28, 28, 10), (7, 3, 2), (1, 1, 30)])
@pytest.mark.parametrize("head", ["logits", "sigmoid"])
def test_after_each_timestep_it_is_what_the_model_gives_for_the_sample_up_to_there(
    cell: str, timesteps: int, inputs: int, classes: int, head: str
) -> None:
    asked = prober(cell, timesteps, inputs, classes, head)  # type: ignore[arg-type]
    model, x = asked._model, read_by(asked)[0][None]
    answer = answer_in(ask(asked, "belief"))
    belief = answer.arrays["belief"]
    assert (belief.axes, belief.shape) == (("timestep", "class"), (timesteps, classes))
    assert belief.coordinates["class"] == asked._dataset.shape.classes
    likeliest = []
    for timestep in range(timesteps):
        with torch.no_grad():
            outputs = model(x[:, : timestep + 1])[0]
        wanted = outputs if head == "sigmoid" else outputs.softmax(0)
        found = [*belief.numbers[timestep * classes : (timestep + 1) * classes]]
        assert found == pytest.approx(wanted.tolist(), abs=1e-6)
        likeliest.append(found.index(max(found)))
    assert (answer.facts["label"], answer.facts["predicted"]) == (3 % classes, likeliest[-1])
    first = next(t for t in range(timesteps) if {*likeliest[t:]} == {likeliest[-1]})
    assert answer.facts["decided_at"] == first + 1


@pytest.mark.parametrize(
    ("likeliest", "wanted"), [([4], 1), ([4, 4], 1), ([1, 4], 2), ([4, 1, 4, 4], 3), ([4, 4, 1], 3)]
)
def test_it_is_decided_from_the_timestep_on_that_changes_nothing_any_more(
    likeliest: list[int], wanted: int
) -> None:
    assert decided_at(torch.tensor(likeliest)) == wanted


def tails(asked: Prober, changed: Intervention = NO_INTERVENTION) -> list[list[float]]:
    """Read the sample once for each timestep, with all that follows blank, and apply the head at the end."""
    model, (x, blank) = asked._model, read_by(asked)
    timesteps, found = len(x) + changed.append_blank, []
    for last in range(1, timesteps + 1):
        rest = Span(last + 1, timesteps)  # of the last timestep there is none, and the slice is empty
        h = read_by_hand(model, x, replace(changed, blank=(*changed.blank, rest)), blank)[-1]
        outputs = model.head(h)
        found.append((outputs.sigmoid() if model.head_kind == "sigmoid" else outputs.softmax(0)).tolist())
    return found


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize(("timesteps", "inputs", "classes"), [(28, 28, 10), (7, 3, 2), (1, 1, 30)])
@pytest.mark.parametrize("head", ["logits", "sigmoid"])
def test_with_a_blank_rest_it_is_the_answer_of_each_tail_read_on_its_own(
    cell: str, timesteps: int, inputs: int, classes: int, head: Head
) -> None:
    asked = prober(cell, timesteps, inputs, classes, head)
    answer, wanted = answer_in(ask(asked, "belief", blanked=True)), tails(asked)
    belief = answer.arrays["belief"]
    assert (belief.axes, belief.shape) == (("timestep", "class"), (timesteps, classes))
    assert [*belief.numbers] == pytest.approx([*chain(*wanted)], abs=1e-6)
    likeliest = [row.index(max(row)) for row in wanted]
    assert answer.facts["predicted"] == likeliest[-1] and answer.options == {"blanked": True}
    assert answer.facts["decided_at"] == decided_at(torch.tensor(likeliest))
    plain = answer_in(ask(asked, "belief")).arrays["belief"]
    assert [*belief.numbers[-classes:]] == pytest.approx([*plain.numbers[-classes:]], abs=1e-6)


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize("change", ["held", "silenced", "wiped", "blanked", "appended", "all"])
def test_an_intervention_is_in_force_in_the_sample_and_in_every_tail(cell: str, change: str) -> None:
    asked = prober(cell, 7, 3, 4)
    changed = interventions(asked._model, 7)[change]
    answer, wanted = answer_in(ask(asked, "belief", changed, blanked=True)), tails(asked, changed)
    assert answer.arrays["belief"].shape == (7 + changed.append_blank, 4)
    assert [*answer.arrays["belief"].numbers] == pytest.approx([*chain(*wanted)], abs=1e-6)
    assert changed == Intervention(append_blank=3) or wanted != tails(asked)
    plain = answer_in(ask(asked, "belief", changed)).arrays["belief"]
    x, blank = read_by(asked)
    shares = [asked._model.head(h).softmax(0) for h in read_by_hand(asked._model, x, changed, blank)]
    assert [*plain.numbers] == pytest.approx(torch.cat(shares).tolist(), abs=1e-6)


def test_many_tails_are_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = prober("lstm", 9, 2, 3)
    whole = answer_in(ask(asked, "belief", blanked=True)).arrays["belief"].numbers.tolist()
    monkeypatch.setattr(beliefs, "PIECE", 4)
    assert answer_in(ask(asked, "belief", blanked=True)).arrays["belief"].numbers.tolist() == pytest.approx(
        whole, abs=1e-6
    )
