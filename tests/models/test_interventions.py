"""What is changed in a cell while it reads, compared with loops written out in plain torch."""

from __future__ import annotations

import copy

import pytest
import torch
from kit.cells import every_cell
from kit.loops import read_by_hand

from models.classifier import SequenceClassifier
from models.intervention import NOTHING, Intervention, Wipe
from models.registry import CELLS, layer_class

B, T, I, H, K = 3, 7, 5, 4, 6
WITHIN = {"rtol": 0, "atol": 1e-12}


@pytest.fixture(autouse=True)
def one_seed():
    """The same random numbers in every test."""
    torch.manual_seed(1997)


def interventions(cell):
    """Each kind alone, each state, and combinations, for one cell."""
    states = layer_class(cell).state_fields
    gates = CELLS[cell].activations
    yield from (Intervention(hold={name: 0.3}) for name in gates)
    yield Intervention(hold=dict.fromkeys(gates, -0.7))
    yield Intervention(silence=(0, 3))
    yield Intervention(silence=tuple(range(H)))
    yield from (Intervention(wipe=(Wipe(before, state),)) for before in (1, 4, T) for state in ("", *states))
    yield Intervention(wipe=(Wipe(2, states[-1]), Wipe(2, "h"), Wipe(5)))
    yield Intervention(hold={gates[0]: 1.0}, silence=(1,), wipe=(Wipe(3), Wipe(6, states[-1])))
    yield Intervention(hold={"h": 0.5, gates[-2 % len(gates)]: 2.0}, silence=(2,), wipe=(Wipe(4),))


EVERY = [
    pytest.param(cell, changed, id=f"{cell}, {number}")
    for cell in CELLS
    for number, changed in enumerate(interventions(cell))
]
every_intervention = pytest.mark.parametrize(("cell", "changed"), EVERY)
HELD = [(cell, name) for cell in CELLS for name in CELLS[cell].activations]


def layer_and_input(cell):
    """A layer with strong memory, and a batch for it, in float64."""
    layer = layer_class(cell)(I, H).double()
    return layer, torch.randn(B, T, I, dtype=torch.float64)


def require_same(found, wanted):
    """Both have the same names and, within rounding, the same numbers."""
    assert list(found) == list(wanted)
    for name, value in wanted.items():
        torch.testing.assert_close(found[name], value, **WITHIN, msg=lambda m, n=name: f"{n}: {m}")


def gradients(layer, outputs, weights):
    """The gradient of each parameter that has one; None for the others."""
    return torch.autograd.grad((outputs * weights).sum(), [*layer.parameters()], allow_unused=True)


def require_same_gradients(found, wanted):
    """The same gradients; where the loop has none, as of something held, there is one of zeros."""
    for ours, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(ours, torch.zeros_like(ours) if theirs is None else theirs, **WITHIN)


class TestAgainstALoop:
    @every_intervention
    def test_every_activation_is_that_of_the_written_out_loop(self, cell, changed):
        layer, x = layer_and_input(cell)
        wanted = read_by_hand(cell, layer, x, changed)
        require_same(layer.trace(x, intervention=changed)._asdict(), wanted)
        output, last = layer(x, intervention=changed)
        torch.testing.assert_close(output, wanted["h"], **WITHIN)
        parts = (last,) if isinstance(last, torch.Tensor) else last
        for name, part in zip(layer.state_fields, parts, strict=True):
            torch.testing.assert_close(part[0], wanted[name][:, -1], **WITHIN)
        same = torch.allclose(output, read_by_hand(cell, layer, x)["h"])
        assert same == ([wipe.before for wipe in changed.wipe] == [1])  # when there is nothing to wipe yet

    @every_intervention
    def test_reading_for_a_classifier_and_its_gradients_follow_the_loop(self, cell, changed):
        layer, x = layer_and_input(cell)
        weights = torch.randn(B, H, dtype=torch.float64)
        layer.read(x).sum().backward()  # a tape is there to be taken by mistake
        wanted = read_by_hand(cell, layer, x, changed)["h"][:, -1]
        found = layer.read(x, changed)
        torch.testing.assert_close(found, wanted, **WITHIN)
        torch.testing.assert_close(found, layer.trace(x, intervention=changed).h[:, -1], **WITHIN)
        if wanted.requires_grad:
            require_same_gradients(gradients(layer, found, weights), gradients(layer, wanted, weights))
        with torch.no_grad():
            assert torch.equal(layer.read(x, changed), found)

    @pytest.mark.parametrize(("cell", "name"), HELD)
    def test_what_the_model_holds_is_in_force_in_every_pass(self, cell, name):
        layer, x = layer_and_input(cell)
        layer.held = {name: 0.6}
        wanted = read_by_hand(cell, layer, x, held={name: 0.6})
        require_same(layer.trace(x)._asdict(), wanted)
        torch.testing.assert_close(layer.read(x), wanted["h"][:, -1], **WITHIN)
        torch.testing.assert_close(layer(x)[0], wanted["h"], **WITHIN)
        torch.testing.assert_close(copy.deepcopy(layer).read(x), layer.read(x), **WITHIN)

    @every_intervention
    def test_an_intervention_adds_to_what_the_model_holds(self, cell, changed):
        layer, x = layer_and_input(cell)
        layer.held = {CELLS[cell].activations[0]: 0.1, "h": 0.2}
        require_same(
            layer.trace(x, intervention=changed)._asdict(),
            read_by_hand(cell, layer, x, changed, held=layer.held),
        )

    @pytest.mark.parametrize(("cell", "name"), HELD)
    def test_holding_the_same_activation_replaces_what_the_model_holds(self, cell, name):
        layer, x = layer_and_input(cell)
        wanted = layer.trace(x, intervention=Intervention(hold={name: -0.2}))
        layer.held = {name: 0.9}
        found = layer.trace(x, intervention=Intervention(hold={name: -0.2}))
        assert all(torch.equal(ours, theirs) for ours, theirs in zip(found, wanted, strict=True))

    @every_cell
    def test_a_classifier_reads_under_an_intervention(self, cell):
        model = SequenceClassifier(cell, H, I, K).double()
        x, changed = torch.randn(B, T, I, dtype=torch.float64), Intervention(silence=(1,), wipe=(Wipe(3),))
        h = read_by_hand(cell, model.layer, x, changed)["h"][:, -1]
        torch.testing.assert_close(model(x, changed), h @ model.head.weight.T + model.head.bias, **WITHIN)


class TestTheOrder:
    def test_silence_wins_over_a_held_h(self):
        layer, x = layer_and_input("gru")
        h = layer.trace(x, intervention=Intervention(hold={"h": 0.5}, silence=(1,))).h
        assert (h[..., 1] == 0).all() and (h[..., [0, 2, 3]] == 0.5).all()

    def test_a_wipe_wins_over_a_held_h_for_the_timestep_that_reads_it(self):
        layer, x = layer_and_input("rnn")
        held = Intervention(hold={"h": 0.5})
        wiped = Intervention(hold={"h": 0.5}, wipe=(Wipe(4),))
        assert torch.equal(layer.trace(x, intervention=wiped).h, layer.trace(x, intervention=held).h)
        lstm, x = layer_and_input("lstm")
        gates = lstm.trace(x, intervention=wiped).o - lstm.trace(x, intervention=held).o
        assert gates[:, 3].abs().min() > 0 and (gates[:, [0, 1, 2, 4, 5, 6]] == 0).all()

    @every_cell
    def test_a_wipe_before_the_first_timestep_clears_a_given_state(self, cell):
        layer, x = layer_and_input(cell)
        given = tuple(torch.ones(1, B, H, dtype=torch.float64) for _ in layer.state_fields)
        given = given if len(given) > 1 else given[0]
        found, _ = layer(x, given, Intervention(wipe=(Wipe(1),)))
        torch.testing.assert_close(found, layer(x)[0], **WITHIN)


class TestNothing:
    @every_cell
    def test_an_intervention_of_nothing_changes_no_bit(self, cell):
        layer, x = layer_class(cell)(I, H), torch.randn(B, T, I)
        plain, traced = layer.read(x), layer.trace(x)
        for nothing in (NOTHING, Intervention(), Intervention(hold={}, silence=(), wipe=())):
            assert torch.equal(layer.read(x, nothing), plain)
            found = layer.trace(x, intervention=nothing)
            assert all(torch.equal(ours, theirs) for ours, theirs in zip(found, traced, strict=True))

    @every_cell
    def test_without_one_the_fast_pass_is_taken_and_with_one_it_is_not(self, cell):
        layer, x = layer_class(cell)(I, H), torch.randn(B, T, I)
        with torch.no_grad():
            layer.read(x, Intervention(silence=(0,)))
            assert not layer.tapes
            layer.read(x, Intervention())
            assert len(layer.tapes) == 1
            layer.tapes.clear()
            layer.held = {"h": 0.5}
            layer.read(x)
            assert not layer.tapes

    @every_cell
    def test_every_activation_passes_through_the_hook_once_in_the_order_of_the_equations(self, cell):
        layer, x = layer_and_input(cell)
        seen = []

        def through(name, value):
            seen.append((name, value))
            return value

        zeros = tuple(torch.zeros(B, H, dtype=torch.float64) for _ in layer.state_fields)
        step = layer.step(x[:, 0] @ layer.weight_ih_l0.T + layer.bias_ih_l0, zeros, through)
        assert [name for name, _ in seen] == list(CELLS[cell].activations)
        assert all(value is getattr(step, name) for name, value in seen)


class TestSteps:
    @every_cell
    def test_the_steps_are_the_trace_before_it_is_copied(self, cell):
        layer, x = layer_and_input(cell)
        changed = Intervention(hold={"h": 0.5}, silence=(1,), wipe=(Wipe(3),))
        steps, trace = layer.steps(x, intervention=changed), layer.trace(x, intervention=changed)
        assert len(steps) == T
        for timestep, step in enumerate(steps):
            assert isinstance(step, layer.Step)
            assert all(map(torch.equal, step, (values[:, timestep] for values in trace)))

    @every_cell
    def test_the_output_can_be_differentiated_with_respect_to_any_state_on_its_way(self, cell):
        layer, x = layer_and_input(cell)
        steps = layer.steps(x)
        name = layer.state_fields[-1]
        (found,) = torch.autograd.grad(steps[-1].h.sum(), getattr(steps[2], name))
        at = getattr(steps[2], name).detach()
        difference = torch.zeros(B, H, dtype=torch.float64)
        for unit in range(H):  # the sequences of a batch don't affect each other
            for sign in (1, -1):
                varied = at.index_add(1, torch.tensor([unit]), torch.full((B, 1), sign * 1e-5).double())
                start = varied.unsqueeze(0)
                if name == "c":  # the h that goes with it
                    start = ((steps[2].o * varied.tanh()).unsqueeze(0), start)
                difference[:, unit] += sign * layer(x[:, 3:], start)[0][:, -1].sum(1).detach() / 2e-5
        torch.testing.assert_close(found, difference, rtol=0, atol=1e-8)


class TestRefused:
    @every_cell
    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            (Intervention(hold={"q": 1.0}), "there is no activation 'q', only "),
            (Intervention(wipe=(Wipe(2, "q"),)), "there is no state 'q', only h"),
            (Intervention(silence=(0, H)), f"there is no unit {H}, only 0 to {H - 1}"),
            (Intervention(silence=(-1,)), f"there is no unit -1, only 0 to {H - 1}"),
            (Intervention(wipe=(Wipe(T + 1),)), f"there is no timestep {T + 1}, only 1 to {T}"),
            (Intervention(wipe=(Wipe(0),)), f"there is no timestep 0, only 1 to {T}"),
        ],
        ids=str,
    )
    def test_what_there_is_not_is_refused_in_one_line_with_what_there_is(self, cell, changed, why):
        layer, x = layer_and_input(cell)
        for read in (layer.read, lambda x, changed: layer.trace(x, intervention=changed)):
            with pytest.raises(ValueError, match=why) as refused:
                read(x, changed)
            assert "\n" not in str(refused.value)

    def test_a_model_that_holds_what_its_cell_has_not_is_refused(self):
        layer, x = layer_and_input("gru")
        layer.held = {"f": 1.0}
        with pytest.raises(ValueError, match="there is no activation 'f', only r, z, n, h"):
            layer.read(x)


@every_cell
def test_the_registered_names_are_those_that_the_class_declares(cell):
    assert CELLS[cell].activations == tuple(one.name for one in layer_class(cell).activations)
