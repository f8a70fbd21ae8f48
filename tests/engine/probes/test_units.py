"""The question `units`, compared with loops written out by hand, and with the question `unit`."""

from __future__ import annotations

import math

import pytest
import torch
from kit.asking import answer_in
from kit.probing import ask, cell_of, exactly, interventions, prober, read_by, read_by_hand

from explorer.engine.probes.sums import half_lives
from models.registry import CELLS

MEMORIES = [name for name, row in CELLS.items() if row.memory]


@pytest.mark.parametrize("cell", [*CELLS])
@pytest.mark.parametrize(("timesteps", "inputs", "classes"), [(9, 3, 4), (28, 28, 10), (1, 5, 12)])
def test_votes_are_the_heads_weights_times_the_last_h_under_every_intervention(
    cell: str, timesteps: int, inputs: int, classes: int
) -> None:
    asked = prober(cell, timesteps, inputs, classes)
    model, (x, blank) = exactly(asked), read_by(asked)
    assert cell_of(model) == cell
    for name, changed in interventions(model, timesteps).items():
        answer = answer_in(ask(asked, "units", changed))
        with torch.no_grad():
            last = read_by_hand(model, x.double(), changed, blank.double())[-1]
        votes = answer.arrays["votes"]
        assert (votes.axes, votes.shape) == (("unit", "class"), (6, classes))
        wanted = [
            last[unit].item() * model.head.weight[number, unit].item()
            for unit in range(6)
            for number in range(classes)
        ]
        assert [*votes.numbers] == pytest.approx(wanted, abs=1e-5), name
        logits = [
            sum(wanted[unit * classes + number] for unit in range(6)) + model.head.bias[number].item()
            for number in range(classes)
        ]
        assert answer.facts["predicted"] == logits.index(max(logits))
        assert (answer.facts["label"], answer.step) == (3 % classes, 42)


@pytest.mark.parametrize("cell", MEMORIES)
def test_half_lives_are_those_of_each_unit_alone(cell: str) -> None:
    asked = prober(cell, 9, 3, 4)
    for changed in interventions(asked._model, 9).values():
        answer = answer_in(ask(asked, "units", changed))
        assert answer.facts["memory"] == CELLS[cell].memory.state  # type: ignore[union-attr]
        for unit, found in enumerate(answer.arrays["half_life"].numbers):
            alone = answer_in(ask(asked, "unit", changed, unit=unit))
            lasting = alone.facts["half_life"]
            assert found == (math.inf if lasting is None else pytest.approx(lasting, rel=1e-5))
            classes = len(answer.arrays["votes"].coordinates["class"])
            votes = answer.arrays["votes"].numbers[unit * classes : (unit + 1) * classes]
            assert [*votes] == pytest.approx([*alone.arrays["votes"].numbers])


def test_a_half_life_is_that_of_the_geometric_mean_over_time() -> None:
    keep = torch.tensor([[0.9, 0.5, 1.0, 0.0, 2.0], [0.4, 0.5, 1.0, 0.9, 0.9]])
    mean = math.sqrt(0.9 * 0.4)
    wanted = [math.log(0.5) / math.log(mean), 1.0, math.inf, 0.0, math.inf]
    assert half_lives(keep).tolist() == pytest.approx(wanted)


def test_a_cell_that_declares_no_memory_has_votes_alone() -> None:
    answer = answer_in(ask(prober("rnn", 9, 3, 4), "units"))
    assert {*answer.arrays} == {"votes"} and answer.facts["memory"] is None
