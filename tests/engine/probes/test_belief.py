"""The question `belief`, compared with reading the beginning of the sample alone."""

from __future__ import annotations

import pytest
import torch
from kit.asking import answer_in
from kit.probing import prober

from explorer.engine.probes.belief import decided_at
from explorer.protocol.questions import Ask, Question, Sample, Selection
from models.registry import CELLS

ASK = Ask(Selection(subject=Sample(3)), (Question("belief"),))


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize(("timesteps", "inputs", "classes"), [(28, 28, 10), (7, 3, 2), (1, 1, 30)])
@pytest.mark.parametrize("head", ["logits", "sigmoid"])
def test_after_each_timestep_it_is_what_the_model_gives_for_the_sample_up_to_there(
    cell: str, timesteps: int, inputs: int, classes: int, head: str
) -> None:
    asked = prober(cell, timesteps, inputs, classes, head)  # type: ignore[arg-type]
    model, x = asked._model, asked._scaling(asked._dataset.test.images[3:4])
    answer = answer_in(asked.answer(ASK, 42, None))
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
