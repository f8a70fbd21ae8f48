"""The numbers on the wires are the network's own, unit by unit; and they don't jump."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.cells import every_cell
from kit.minimal import minimal
from kit.probing import interventions, prober

from explorer.drawing.layered import lay_out
from explorer.drawing.numbers import NUMBER, number, values_of
from explorer.drawing.reading import read_values
from explorer.drawing.table import plan_of
from explorer.engine.probes.operations import operations_of
from explorer.protocol.questions import Answer, Answers, Ask, Intervention, Question, Sample, Selection

Numbers = dict[str, np.ndarray]


def read(cell: str, change: str) -> Answer:
    """Return the activations of a sample of 7 timesteps of 5 inputs, with something changed."""
    asked = prober(cell, 7, 5, 3)
    changed = interventions(asked._model, 7)[change]
    selection = Selection(subject=Sample(2), intervention=changed)
    reply = asked.answer(Ask(selection, (Question("activations"),)), 1, None)
    assert isinstance(reply, Answers) and not reply.unanswerable
    return reply.answers[0]


def wanted(cell: str, after: Numbers, before: Numbers) -> Numbers:
    """Return what each operation of a drawing by hand computes, for each unit, by the equations."""
    if cell == "rnn":
        return {"h": before["h"], "h'": after["h"], "h out": after["h"]}
    if cell == "gru":
        z, n = after["z"], after["n"]
        own = {
            "z": z,
            "r": after["r"],
            "n": n,
            "rest": 1 - z,
            "kept": z * before["h"],
            "written": (1 - z) * n,
        }
        return own | {"h": before["h"], "h'": after["h"], "h out": after["h"]}
    i, f, g, o = (after[name] for name in "ifgo")
    return {
        **{"i": i, "f": f, "g": g, "o": o, "h": before["h"], "c": before["c"]},
        **{"kept": f * before["c"], "written": i * g, "squashed": np.tanh(after["c"])},
        **{"c'": after["c"], "h'": after["h"], "c out": after["c"], "h out": after["h"]},
    }


@every_cell
@pytest.mark.parametrize("change", ["none", "held", "silenced", "wiped", "all"])
def test_every_number_is_that_of_the_equations(cell: str, change: str) -> None:
    answer, plan = read(cell, change), plan_of(cell, [], [])
    assert plan is not None
    arrays = {
        name: np.frombuffer(one.data, np.float32).reshape(one.shape).astype(float)
        for name, one in answer.arrays.items()
        if one.axes == ("timestep", "unit")
    }
    state = {"lstm": "hc"}.get(cell, "h")
    timesteps = len(arrays["h"])
    assert timesteps == 7 + answer.asked.intervention.append_blank
    for timestep in range(timesteps):
        after = {name: part[timestep] for name, part in arrays.items()}
        before = {name: arrays[name][timestep - 1] if timestep else np.zeros(6) for name in state}
        for wipe in answer.asked.intervention.wipe:
            if wipe.before == timestep + 1:
                before |= {name: np.zeros(6) for name in (wipe.state or state)}
        exact = wanted(cell, after, before)
        for unit in (None, 0, 5):
            found = read_values(plan, answer, timestep, unit)
            numbers = {key: float(part.mean() if unit is None else part[unit]) for key, part in exact.items()}
            assert found == pytest.approx(numbers, abs=1e-12)


def test_a_number_that_follows_from_others_is_known_in_any_cell() -> None:
    plan = lay_out(operations_of(minimal()), [])
    found = values_of(plan, {"h": [0.5, -1.0]}, {"f": [0.25, 0.5], "h": [0.1, 0.3]})
    by_sign = {plan.operations[key].sign: value for key, value in found.items() if key in plan.operations}
    kept = [found[key] for key, one in plan.operations.items() if one.sign == "×" and key in found]
    assert by_sign["1−"] == pytest.approx((0.75 + 0.5) / 2)
    assert kept == [pytest.approx((0.25 * 0.5 - 0.5 * 1.0) / 2)]  # not 0.375 · -0.25
    assert by_sign["h'"] == pytest.approx(0.2) and by_sign["h"] == pytest.approx(-0.25)


def test_what_is_not_finite_is_not_written() -> None:
    plan = plan_of("rnn", [], [])
    assert plan is not None
    assert values_of(plan, {"h": [math.inf]}, {"h": [math.nan]}) == {}


@given(st.floats(-1e6, 1e6))
def test_a_number_takes_the_same_columns_whatever_its_sign_and_size(value: float) -> None:
    text = number(value)
    assert len(text) == NUMBER and text.strip() != "-0.00"
    close = abs(float(text) - value)
    assert close <= (0.00501 if abs(value) < 99.99 else 0.0501 if abs(value) < 999.9 else abs(value) / 2)


def test_an_intervention_is_part_of_the_numbers() -> None:
    held = read("lstm", "held")
    assert held.asked.intervention == Intervention(hold={"i": 0.4})
    plan = plan_of("lstm", [], [])
    assert plan is not None
    found = read_values(plan, held, 3, 2)
    assert found["i"] == pytest.approx(0.4) and found["written"] == pytest.approx(0.4 * found["g"], abs=1e-6)
