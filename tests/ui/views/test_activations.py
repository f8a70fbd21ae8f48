"""Taking apart the answer to `activations`: whatever an engine sends is shown or refused, never a crash."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.asking import answer_in
from kit.fake_engine import probed
from msgspec.structs import replace

from explorer.protocol.questions import Answer, Array
from explorer.ui.views.activations import Activations

GOOD = answer_in(probed(3))


def without(name: str) -> Answer:
    """Return the good answer without an array."""
    return replace(GOOD, arrays={key: part for key, part in GOOD.arrays.items() if key != name})


def with_array(name: str, **changes: Any) -> Answer:
    """Return the good answer with a changed array."""
    return replace(GOOD, arrays=GOOD.arrays | {name: replace(GOOD.arrays[name], **changes)})


def test_an_answer_is_taken_apart() -> None:
    seen = Activations(GOOD)
    assert (seen.name, seen.label, seen.predicted, seen.timesteps, seen.inputs) == ("sample 3", 3, 3, 28, 28)
    assert [info.name for info in seen.infos] == ["i", "f", "g", "o", "c", "h"]
    assert seen.probability == pytest.approx(0.91) and seen.classes == tuple("0123456789")


@pytest.mark.parametrize(
    "wrong",
    [
        without("input"),
        without("probabilities"),
        replace(GOOD, arrays={name: GOOD.arrays[name] for name in ("input", "probabilities")}),
        with_array("f", shape=(40, 28)),
        with_array("f", dtype="uint8", data=bytes(28 * 40)),
        with_array("input", axes=("input", "timestep")),
        with_array("input", shape=(14, 56)),
        with_array("input", dtype="int64", data=bytes(8 * 784)),
        with_array("input", shape=(28, 0), data=b""),
        with_array("probabilities", coordinates={"class": ("only", "two")}),
        *(replace(GOOD, facts=GOOD.facts | {"label": value}) for value in ("7", 10, -1, 1.5)),
        *(replace(GOOD, facts=GOOD.facts | {"predicted": value}) for value in (None, "7", 10)),
        replace(GOOD, facts={}),
    ],
    ids=range(18),
)
def test_an_answer_that_is_not_what_the_question_promises_is_refused(wrong: Answer) -> None:
    with pytest.raises(ValueError):
        Activations(wrong)


def test_an_input_that_came_with_the_question_has_no_label_and_any_numbers() -> None:
    numbers = array("f", [-1.5, 0.25] * 392)
    given_one = with_array("input", dtype="float32", data=numbers.tobytes())
    seen = Activations(replace(given_one, facts=GOOD.facts | {"label": None}))
    assert (seen.label, seen.predicted, seen.scaled) == (None, 3, True)
    assert seen.pixels.tolist() == numbers.tolist()
    assert not Activations(GOOD).scaled


def test_nothing_is_copied() -> None:
    seen = Activations(GOOD)
    assert seen.pixels.obj is GOOD.arrays["input"].data
    assert all(
        part.obj is GOOD.arrays[info.name].data for part, info in zip(seen.values, seen.infos, strict=True)
    )


@given(st.data())
def test_any_arrays_and_facts_are_taken_apart_or_refused(data: st.DataObject) -> None:
    def array(axes: tuple[str, ...]) -> Array:
        shape = tuple(data.draw(st.integers(0, 3)) for _ in axes)
        size = 1
        for length in shape:
            size *= length
        kind = data.draw(st.sampled_from(["float32", "uint8"]))
        return Array(axes, shape, kind, bytes(size * (4 if kind == "float32" else 1)))

    arrays = {
        "h": array(("timestep", "unit")),
        "c": array(("timestep", "unit")),
        "input": array(("timestep", "input")),
        "probabilities": array(("class",)),
    }
    facts = {name: data.draw(st.none() | st.integers(-1, 3)) for name in ("label", "predicted")}
    try:
        seen = Activations(replace(GOOD, arrays=arrays, facts=facts))
    except ValueError:
        return
    assert all(len(part) == seen.timesteps * seen.hidden for part in seen.values)
    assert len(seen.pixels) == seen.timesteps * seen.inputs
    assert seen.timesteps >= 1 and seen.inputs >= 1 and seen.hidden >= 1
    assert seen.classes[seen.predicted] and (seen.label is None or seen.classes[seen.label])
