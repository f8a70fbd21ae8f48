"""The questions `sources` and `unit`, compared with loops written out by hand, under every intervention."""

from __future__ import annotations

import math
from array import array as numbers
from typing import Any

import pytest
import torch
from kit.asking import answer_in
from kit.loops import read_by_hand
from kit.probing import SCALING, prober
from kit.written import Terms, terms_by_hand
from msgspec.structs import replace
from torch import Tensor

from explorer.engine.probes.registry import Prober
from explorer.engine.probes.unit import half_life
from explorer.protocol.questions import (
    Answer,
    Answers,
    Array,
    Ask,
    Fact,
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
from models.registry import CELLS, Cell, Memory

T, I, K = 7, 3, 4
THIRD = Sample(3)
CLOSE: Any = {"abs": 1e-5, "rel": 1e-4}
MEMORIES = [name for name, row in CELLS.items() if row.memory]


def changes(cell: str) -> list[Intervention]:
    """Interventions: every activation held, also beyond its range, and all else, alone and together."""
    names = CELLS[cell].activations
    state = CELLS[cell].memory.state  # type: ignore[union-attr]
    holds = [Intervention(hold={name: value}) for name in names for value in (0.0, 1.0, -0.3, 2.0)]
    wipes = (Wipe(1), Wipe(3, "h"), Wipe(5, state))
    every = Intervention({names[0]: 0.4}, (0, 5), (*wipes, Wipe(T + 1)), (Span(2, 3), Span(T + 2, T + 2)), 3)
    return [
        Intervention(),
        *holds,
        Intervention(hold={state: 0.5}, silence=(2,), wipe=wipes),
        Intervention(silence=(0, 5)),
        Intervention(wipe=wipes),
        Intervention(blank=(Span(1, 2), Span(T, T))),
        Intervention(append_blank=3),
        every,
    ]


def asked_of(
    cell: str,
    changed: Intervention,
    question: str = "sources",
    subject: Subject = THIRD,
    options: dict[str, Fact] | None = None,
    asked: Prober | None = None,
) -> Answer:
    """Return the answer about a sample."""
    selection = Selection(subject=subject, intervention=changed)
    whom = asked or prober(cell, T, I, K)
    return answer_in(whom.answer(Ask(selection, (Question(question, options or {}),)), 42, None))


def by_hand(cell: str, asked: Prober, changed: Intervention) -> tuple[dict[str, Tensor], Terms]:
    """Return the activations of sample 3, each (T, H), and what its memory is the sum of."""
    x = asked._dataset.test.x[3].clone()
    x = torch.cat([x, torch.zeros(changed.append_blank, x.shape[1], dtype=torch.uint8)])
    for span in changed.blank:
        x[span.first - 1 : span.last] = 0
    wipes = tuple(CellWipe(one.before, one.state) for one in changed.wipe)
    there = CellIntervention(changed.hold, changed.silence, wipes)
    with torch.no_grad():
        found = read_by_hand(cell, asked._model.layer, SCALING(x[None]), there)
    parts = {name: part[0] for name, part in found.items()}
    return parts, terms_by_hand(cell, parts, there)


def require(array: Array, wanted: Tensor) -> None:
    """Require these numbers."""
    assert array.shape == tuple(wanted.shape)
    assert [*array.numbers] == pytest.approx(wanted.flatten().tolist(), **CLOSE)


def grid(array: Array) -> list[list[float]]:
    """Return the rows of an array with two axes."""
    height, width = array.shape
    return [array.numbers[line * width : (line + 1) * width].tolist() for line in range(height)]


@pytest.mark.parametrize("cell", MEMORIES)
@pytest.mark.parametrize("change", range(len(changes("lstm"))))
def test_shares_are_those_of_the_signed_terms_which_sum_to_what_is_held(cell: str, change: int) -> None:
    asked = prober(cell, T, I, K)
    if change >= len(changes(cell)):
        return  # this cell has fewer activations
    changed = changes(cell)[change]
    found, terms = by_hand(cell, asked, changed)
    answer = asked_of(cell, changed, asked=asked)
    shares, timesteps = answer.arrays["sources"], T + changed.append_blank
    assert (shares.axes, shares.shape) == (("written_at", "timestep"), (timesteps, timesteps))
    state = answer.facts["memory"]
    rows = grid(shares)
    for now, written in enumerate(terms):
        held = found[str(state)][now].tolist()
        assert [sum(column) for column in zip(*written, strict=True)] == pytest.approx(held, abs=1e-5)
        sizes = [sum(map(abs, term)) for term in written]
        wanted = [size / sum(sizes) if sum(sizes) else 0.0 for size in sizes]
        column = [row[now] for row in rows]
        assert column == pytest.approx(wanted + [0.0] * (timesteps - now - 1), abs=1e-6)
        assert sum(column) == pytest.approx(1.0 if sum(sizes) else 0.0, abs=1e-6)
    head = asked._model.head
    read_as = int((found["h"][-1] @ head.weight.T + head.bias).argmax())
    assert (answer.facts["label"], answer.facts["predicted"], answer.step) == (3 % K, read_as, 42)
    assert answer.arrays["input"].shape == (timesteps, I)


@pytest.mark.parametrize("cell", MEMORIES)
def test_one_unit_is_the_loop_s_under_every_intervention(cell: str) -> None:
    asked = prober(cell, T, I, K)
    weights = asked._model.head.weight.detach()
    for changed in changes(cell):
        found, terms = by_hand(cell, asked, changed)
        for unit in (0, 2):
            answer = asked_of(cell, changed, "unit", options={"unit": unit}, asked=asked)
            for name, part in found.items():
                require(answer.arrays[name], part[:, unit])
            wanted = [[now[unit] for now in written] for written in terms]
            signed = grid(answer.arrays["terms"])
            for now, column in enumerate(zip(*signed, strict=True)):
                assert [*column] == pytest.approx(wanted[now] + [0.0] * (len(signed) - now - 1), **CLOSE)
            require(answer.arrays["written"], torch.tensor([now[-1] for now in wanted]))
            require(answer.arrays["kept"], torch.tensor([sum(now[:-1]) for now in wanted]))
            votes = torch.outer(found["h"][:, unit], weights[:, unit])
            require(answer.arrays["votes_over_time"], votes)
            require(answer.arrays["votes"], votes[-1])
            assert answer.facts["unit"] == unit and answer.facts["label"] == 3 % K


@pytest.mark.parametrize("cell", MEMORIES)
@pytest.mark.parametrize(("timesteps", "inputs", "classes"), [(28, 28, 10), (9, 1, 3), (1, 5, 12)])
def test_at_any_shape_and_of_an_input_of_one_s_own_the_shares_sum_to_1(
    cell: str, timesteps: int, inputs: int, classes: int
) -> None:
    asked = prober(cell, timesteps, inputs, classes)
    x = torch.rand(timesteps + 2, inputs) * 255
    data = numbers("f", x.flatten()).tobytes()
    given = Given(Array(("timestep", "input"), (timesteps + 2, inputs), "float32", data))
    for subject, length in ((Sample(2), timesteps), (given, timesteps + 2)):
        rows = grid(asked_of(cell, Intervention(), subject=subject, asked=asked).arrays["sources"])
        assert [sum(column) for column in zip(*rows, strict=True)] == pytest.approx([1.0] * length, abs=1e-5)
        assert not any(rows[written][now] for written in range(length) for now in range(written))


def test_a_memory_that_exploded_has_no_shares_until_it_is_wiped() -> None:
    changed = Intervention(hold={"f": 1e6, "i": 1e6}, wipe=(Wipe(T + 4, "c"),), append_blank=8)
    rows = grid(asked_of("lstm", changed).arrays["sources"])
    sums = [sum(column) for column in zip(*rows, strict=True)]
    assert math.isnan(sums[T + 2]) and sums[T + 3] == pytest.approx(1.0)
    assert [row[T + 3] for row in rows[: T + 3]] == [0.0] * (T + 3)
    assert not any(rows[written][now] for written in range(T + 8) for now in range(written))


@pytest.mark.parametrize("unit", [6, -1, 1.0, True, "2"])
def test_a_unit_that_there_is_not_is_refused_in_one_line(unit: Fact) -> None:
    reply = prober("gru", T, I, K).answer(Ask(Selection(), (Question("unit", {"unit": unit}),)), 0, None)
    assert isinstance(reply, Answers)
    assert [one.reason for one in reply.unanswerable] == [f"--unit: the units are 0 to 5, not {unit}"]


def test_a_half_life_is_that_of_the_geometric_mean() -> None:
    assert half_life(torch.tensor([0.5, 0.5])) == pytest.approx(1.0)
    mean = (0.9 * 0.8 * 1.0) ** (1 / 3)
    assert half_life(torch.tensor([0.9, 0.8, 1.0])) == pytest.approx(math.log(0.5) / math.log(mean))
    assert half_life(torch.tensor([1.0, 1.0])) is None
    assert half_life(torch.tensor([2.0, 0.9])) is None
    assert half_life(torch.tensor([0.0, 0.9])) == 0.0


def test_a_unit_s_half_life_follows_what_is_done_to_its_gate() -> None:
    def of(**changed: object) -> Fact:
        return asked_of("lstm", Intervention(**changed), "unit").facts["half_life"]  # type: ignore[arg-type]

    assert of(hold={"f": 0.5}) == pytest.approx(1.0) and of(hold={"f": 1.0}) is None
    assert of(hold={"c": 0.5}) == 0.0  # nothing of what was there is left
    assert of(wipe=(Wipe(4),), hold={"f": 0.5}) == pytest.approx(1.0)  # an accident is no habit of the gate


class TestCellsThatDeclareNothing:
    def test_the_question_has_one_line_and_the_others_their_answers(self) -> None:
        questions = (Question("sources"), Question("unit"))
        reply = prober("rnn", T, I, K).answer(Ask(Selection(), questions), 0, None)
        assert isinstance(reply, Answers)
        assert [one.reason for one in reply.unanswerable] == [
            "sources: a plain RNN overwrites its memory at every timestep, so there are no parts to trace; "
            "ask a run of lstm or gru"
        ]
        (answer,) = reply.answers
        assert not {"kept", "written", "terms"} & {*answer.arrays} and "h" in answer.arrays
        assert (answer.facts["memory"], answer.facts["half_life"]) == (None, None)

    def test_a_new_cell_is_refused_until_it_declares_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        silent = Cell(CELLS["gru"].path, CELLS["gru"].activations)
        monkeypatch.setitem(CELLS, "new", silent)
        asked = prober("new", T, I, K)
        ask = Ask(Selection(subject=Sample(3)), (Question("sources"),))
        reply = asked.answer(ask, 42, None)
        assert isinstance(reply, Answers) and len(reply.unanswerable) == 1
        assert reply.unanswerable[0].reason.startswith("sources: new doesn't declare what it keeps")
        monkeypatch.setitem(CELLS, "new", silent._replace(memory=Memory("h", ("z",), ("1−z", "n"))))
        answer, wanted = answer_in(asked.answer(ask, 42, None)), asked_of("gru", Intervention())
        assert answer == replace(wanted, arrays=answer.arrays)
        assert answer.arrays["sources"].data == wanted.arrays["sources"].data


@pytest.mark.parametrize("cell", MEMORIES)
def test_what_a_cell_declares_is_there(cell: str) -> None:
    memory, layer = CELLS[cell].memory, prober(cell, T, I, K)._model.layer
    assert memory is not None and memory.state in layer.state_fields
    assert {one.removeprefix("1−") for one in (*memory.keep, *memory.write)} <= {*CELLS[cell].activations}
    said = {"lstm": ("f·c", "i·g"), "gru": ("z·h", "(1−z)·n")}
    assert (memory.kept, memory.written) == said.get(cell, (memory.kept, memory.written))
