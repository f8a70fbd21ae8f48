"""The cells against torch's own, against plain arithmetic, and against their documentation."""

from __future__ import annotations

import ast
import math
from pathlib import Path

import pytest
import torch
from kit.cells import SIZES, every_cell
from kit.models import mnist_model
from torch import nn
from torch.func import functional_call

import models
from models.classifier import SequenceClassifier
from models.layer import RecurrentLayer
from models.registry import layer_class

THEIRS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


@pytest.fixture(autouse=True)
def same_draws():
    """One thread and one seed, so that a failure can be reproduced."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(1997)
    yield
    torch.set_num_threads(threads)


def twins(cell, inputs, hidden, dtype=torch.float64):
    """Our layer and torch's, with the same parameters."""
    ours = layer_class(cell)(inputs, hidden).to(dtype)
    theirs = THEIRS[cell](inputs, hidden, batch_first=True, dtype=dtype)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    return ours, theirs


def draw_state(layer, batch, dtype=torch.float64):
    """An initial state in the shape torch uses."""
    parts = tuple(torch.randn(1, batch, layer.hidden_size, dtype=dtype) for _ in layer.state_fields)
    return parts if len(parts) > 1 else parts[0]


def parts_of(state):
    """A state as a tuple, for any cell."""
    return (state,) if isinstance(state, torch.Tensor) else state


def leaf(tensor):
    """A copy that requires a gradient."""
    return tensor.detach().clone().requires_grad_()


def weighed(tensors):
    """A weighted sum over every element of every tensor, each with a different weight."""
    sums = ((t * torch.linspace(-0.1, 0.1, t.numel(), dtype=t.dtype).view_as(t)).sum() for t in tensors)
    return sum(sums)


def everything(layer, x, state=None):
    """Everything a layer computes and every gradient, by name."""
    x = leaf(x)
    start = None if state is None else tuple(leaf(part) for part in parts_of(state))
    given = start[0] if start is not None and len(start) == 1 else start
    output, last = layer(x, given)
    layer.zero_grad()
    weighed([output, *parts_of(last)]).backward()
    found = {"output": output, "gradient of x": x.grad}
    found |= {f"last state {n}": part for n, part in enumerate(parts_of(last))}
    found |= {f"gradient of state {n}": part.grad for n, part in enumerate(start or ())}
    found |= {f"gradient of {name}": value.grad for name, value in layer.named_parameters()}
    return found


def assert_alike(ours, theirs, within):
    """Both dictionaries hold the same names and, within a tolerance, the same numbers."""
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        assert value is not None, f"{name} is missing"
        torch.testing.assert_close(
            value, theirs[name], atol=within, rtol=0, msg=lambda m, n=name: f"{n}: {m}"
        )


class TestParityWithTorch:
    @every_cell
    @pytest.mark.parametrize("size", SIZES, ids=str)
    @pytest.mark.parametrize("stateful", [False, True], ids=["from zero", "from a state"])
    @pytest.mark.parametrize(("dtype", "within"), [(torch.float64, 1e-10), (torch.float32, 1e-5)], ids=str)
    def test_outputs_states_and_all_gradients_match_torch(self, cell, size, stateful, dtype, within):
        batch, steps, inputs, hidden = size
        ours, theirs = twins(cell, inputs, hidden, dtype)
        x = torch.randn(batch, steps, inputs, dtype=dtype)
        state = draw_state(ours, batch, dtype) if stateful else None
        assert_alike(everything(ours, x, state), everything(theirs, x, state), within)

    @every_cell
    def test_a_state_dict_from_torch_loads_strictly(self, cell):
        theirs = THEIRS[cell](28, 16, batch_first=True)
        ours = layer_class(cell)(28, 16)
        ours.load_state_dict(theirs.state_dict(), strict=True)
        x = torch.randn(2, 28, 28)
        torch.testing.assert_close(ours(x)[0], theirs(x)[0], atol=1e-5, rtol=0)

    @every_cell
    def test_a_state_dict_has_torchs_names_and_shapes_in_torchs_order(self, cell):
        ours, theirs = layer_class(cell)(28, 16), THEIRS[cell](28, 16)
        shapes = [(name, value.shape) for name, value in ours.state_dict().items()]
        assert shapes == [(name, value.shape) for name, value in theirs.state_dict().items()]

    @every_cell
    def test_a_zero_initial_state_is_the_same_as_none(self, cell):
        layer = layer_class(cell)(3, 4)
        x = torch.randn(2, 5, 3)
        zeros = tuple(torch.zeros(1, 2, 4) for _ in layer.state_fields)
        found = layer(x, zeros if len(zeros) > 1 else zeros[0])[0]
        torch.testing.assert_close(layer(x)[0], found, atol=1e-6, rtol=0)

    @every_cell
    def test_reading_in_two_parts_gives_the_same_as_reading_at_once(self, cell):
        layer = layer_class(cell)(3, 4).double()
        x = torch.randn(2, 9, 3, dtype=torch.float64)
        whole, last = layer(x)
        first, state = layer(x[:, :4])
        second, end = layer(x[:, 4:], state)
        torch.testing.assert_close(torch.cat([first, second], dim=1), whole, atol=1e-14, rtol=0)
        for ours, theirs in zip(parts_of(end), parts_of(last), strict=True):
            torch.testing.assert_close(ours, theirs, atol=1e-14, rtol=0)

    @every_cell
    def test_sequences_of_a_batch_do_not_affect_each_other(self, cell):
        layer = layer_class(cell)(3, 4).double()
        x = torch.randn(3, 6, 3, dtype=torch.float64)
        alone = torch.cat([layer(sequence.unsqueeze(0))[0] for sequence in x])
        torch.testing.assert_close(layer(x)[0], alone, atol=1e-14, rtol=0)


class TestGradients:
    def whole_layer(self, cell):
        """The layer as a function of its input, state and parameters; and arguments for it."""
        layer = layer_class(cell)(3, 2).double()
        names = [name for name, _ in layer.named_parameters()]
        states = len(layer.state_fields)

        def run(x, *rest):
            state = rest[:states] if states > 1 else rest[0]
            parameters = dict(zip(names, rest[states:], strict=True))
            output, last = functional_call(layer, parameters, (x, state))
            return weighed([output, *parts_of(last)])

        x = torch.randn(2, 3, 3, dtype=torch.float64)
        return run, tuple(leaf(t) for t in (x, *parts_of(draw_state(layer, 2)), *layer.parameters()))

    @every_cell
    def test_gradients_match_finite_differences(self, cell):
        # Twice, first by hand and then, as autograd asks the same node again, by the equations.
        assert torch.autograd.gradcheck(*self.whole_layer(cell), nondet_tol=1e-12)

    @every_cell
    def test_gradients_of_gradients_match_finite_differences(self, cell):
        assert torch.autograd.gradgradcheck(*self.whole_layer(cell), nondet_tol=1e-12)


class Scalar:
    """The products of the equations in plain Python floats, without torch."""

    def __init__(self, layer):
        tensors = layer.state_dict()
        self.w_ih, self.w_hh, self.b_ih, self.b_hh = (
            tensors[name].tolist() for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
        )
        self.hidden = layer.hidden_size

    def from_input(self, block, unit, x):
        row = block * self.hidden + unit
        return sum(w * v for w, v in zip(self.w_ih[row], x, strict=True)) + self.b_ih[row]

    def from_state(self, block, unit, h):
        row = block * self.hidden + unit
        return sum(w * v for w, v in zip(self.w_hh[row], h, strict=True)) + self.b_hh[row]

    def both(self, block, unit, x, h):
        return self.from_input(block, unit, x) + self.from_state(block, unit, h)


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


def lstm_by_hand(p, x, h, c):
    """i, f, g, o, c', h' of every unit, as in the docstring of `models.lstm.LSTM`."""
    units = range(p.hidden)
    i = [sigmoid(p.both(0, u, x, h)) for u in units]
    f = [sigmoid(p.both(1, u, x, h)) for u in units]
    g = [math.tanh(p.both(2, u, x, h)) for u in units]
    o = [sigmoid(p.both(3, u, x, h)) for u in units]
    c_new = [f[u] * c[u] + i[u] * g[u] for u in units]
    h_new = [o[u] * math.tanh(c_new[u]) for u in units]
    return {"i": i, "f": f, "g": g, "o": o, "c": c_new, "h": h_new}


def gru_by_hand(p, x, h):
    """r, z, n, h' of every unit, as in the docstring of `models.gru.GRU`."""
    units = range(p.hidden)
    r = [sigmoid(p.both(0, u, x, h)) for u in units]
    z = [sigmoid(p.both(1, u, x, h)) for u in units]
    n = [math.tanh(p.from_input(2, u, x) + r[u] * p.from_state(2, u, h)) for u in units]
    h_new = [(1 - z[u]) * n[u] + z[u] * h[u] for u in units]
    return {"r": r, "z": z, "n": n, "h": h_new}


def rnn_by_hand(p, x, h):
    """h' of every unit, as in the docstring of `models.rnn.RNN`."""
    return {"h": [math.tanh(p.both(0, u, x, h)) for u in range(p.hidden)]}


class TestPlainArithmetic:
    BY_HAND = {"lstm": lstm_by_hand, "gru": gru_by_hand, "rnn": rnn_by_hand}  # noqa: RUF012

    @every_cell
    def test_every_activation_of_three_timesteps_matches_the_docstring(self, cell):
        layer = layer_class(cell)(3, 2).double()
        x = torch.randn(1, 3, 3, dtype=torch.float64)
        start = draw_state(layer, 1)
        trace = layer.trace(x, start)
        carried = [part.flatten().tolist() for part in parts_of(start)]
        for t in range(3):
            by_hand = self.BY_HAND[cell](Scalar(layer), x[0, t].tolist(), *carried)
            assert list(by_hand) == list(trace._fields)
            for name, values in by_hand.items():
                assert getattr(trace, name)[0, t].tolist() == pytest.approx(values, abs=1e-14)
            carried = [by_hand[name] for name in layer.state_fields]

    def test_an_update_gate_near_one_keeps_the_gru_state(self):
        layer = layer_class("gru")(3, 4)
        with torch.no_grad():
            layer.bias_ih_l0[4:8] = 50
        start = draw_state(layer, 2, torch.float32)
        _, last = layer(torch.randn(2, 5, 3), start)
        torch.testing.assert_close(last, start)

    def test_an_open_forget_gate_and_a_closed_input_gate_keep_the_lstm_memory(self):
        layer = layer_class("lstm")(3, 4)
        with torch.no_grad():
            layer.bias_ih_l0[:4] = -50
            layer.bias_ih_l0[4:8] = 50
        start = draw_state(layer, 2, torch.float32)
        _, (_, c) = layer(torch.randn(2, 5, 3), start)
        torch.testing.assert_close(c, start[1])


class TestTrace:
    @every_cell
    def test_the_trace_is_what_the_forward_pass_computed(self, cell):
        layer = layer_class(cell)(28, 16)
        x, state = torch.randn(3, 28, 28), draw_state(layer, 3, torch.float32)
        output, last = layer(x, state)
        trace = layer.trace(x, state)
        torch.testing.assert_close(trace.h, output, atol=1e-6, rtol=1e-5)
        for name, part in zip(layer.state_fields, parts_of(last), strict=True):
            torch.testing.assert_close(getattr(trace, name)[:, -1], part[0], atol=1e-6, rtol=1e-5)

    @every_cell
    def test_every_activation_covers_all_sequences_timesteps_and_units(self, cell):
        trace = layer_class(cell)(28, 16).trace(torch.randn(3, 7, 28))
        assert [tuple(values.shape) for values in trace] == [(3, 7, 16)] * len(trace)

    @every_cell
    def test_activations_describe_the_fields_of_a_step_in_order(self, cell):
        layer = layer_class(cell)
        assert tuple(activation.name for activation in layer.activations) == layer.Step._fields
        assert all(activation.label for activation in layer.activations)
        assert set(layer.state_fields) <= set(layer.Step._fields)

    @every_cell
    def test_spans_hold_for_extreme_values_and_are_used(self, cell):
        layer = layer_class(cell)(28, 32)
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter.mul_(8)
        trace = layer.trace(4 * torch.randn(8, 28, 28))
        for activation in layer.activations:
            low, high = getattr(trace, activation.name).aminmax()
            if activation.span == "unit":
                assert 0 <= low < 0.1 < 0.9 < high <= 1, activation
            elif activation.span == "signed":
                assert -1 <= low < -0.7 < 0.7 < high <= 1, activation
            else:
                assert low < -1.5 < 1.5 < high, activation

    @every_cell
    def test_gradients_reach_the_parameters_through_every_activation(self, cell):
        layer = layer_class(cell)(3, 4)
        for name, values in layer.trace(torch.randn(2, 5, 3))._asdict().items():
            (gradient,) = torch.autograd.grad(values.sum(), layer.weight_ih_l0, retain_graph=True)
            assert gradient.abs().sum() > 0, name


class TestFromScratch:
    FORBIDDEN = {  # noqa: RUF012
        *("RNN", "LSTM", "GRU", "RNNBase", "RNNCellBase", "RNNCell", "LSTMCell", "GRUCell", "_VF", "_rnn"),
        *("rnn", "lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell", "rnn_tanh_cell"),
    }

    @staticmethod
    def names_from_torch(source):
        """Every attribute used in the source and every name imported from torch."""
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Attribute):
                yield node.attr
            elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "torch":
                yield from (node.module or "").split(".")
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.Import):
                yield from (
                    part for a in node.names if a.name.startswith("torch") for part in a.name.split(".")
                )

    def test_no_source_file_of_the_models_names_a_recurrent_layer_of_torch(self):
        sources = sorted(Path(models.__file__).parent.rglob("*.py"))
        assert len(sources) >= 7
        for source in sources:
            assert self.FORBIDDEN.isdisjoint(self.names_from_torch(source.read_text(encoding="utf-8"))), (
                source
            )

    @pytest.mark.parametrize(
        "source",
        ["nn.LSTM(1, 2)", "torch._VF.gru", "from torch.nn import GRU", "import torch.nn.modules.rnn"],
    )
    def test_that_check_would_find_one(self, source):
        assert not self.FORBIDDEN.isdisjoint(self.names_from_torch(source))

    @every_cell
    def test_no_part_of_the_classifier_is_a_recurrent_layer_of_torch(self, cell):
        parts = list(mnist_model(cell, 4).modules())
        assert not any(isinstance(part, nn.RNNBase | nn.RNNCellBase) for part in parts)
        assert sum(isinstance(part, RecurrentLayer) for part in parts) == 1


class TestInitialization:
    @pytest.mark.parametrize(("cell", "count"), [("lstm", 82_186), ("gru", 61_962), ("rnn", 21_514)])
    def test_the_classifier_has_the_known_number_of_parameters(self, cell, count):
        assert sum(parameter.numel() for parameter in mnist_model(cell, 128).parameters()) == count

    @every_cell
    def test_parameters_are_uniform_between_plus_and_minus_one_over_root_h(self, cell):
        for parameter in layer_class(cell)(28, 64).parameters():
            assert parameter.abs().max() <= 1 / 8
            assert parameter.std().item() == pytest.approx(1 / 8 / math.sqrt(3), rel=0.25)

    @staticmethod
    def seeded(cell, forget_bias):
        torch.manual_seed(7)
        return mnist_model(cell, 8, forget_bias=forget_bias).state_dict()

    @pytest.mark.parametrize("bias", [1.0, 0.0, -2.5])
    def test_the_two_forget_biases_sum_to_the_requested_value(self, bias):
        state = self.seeded("lstm", bias)
        total = state["layer.bias_ih_l0"] + state["layer.bias_hh_l0"]
        assert total[8:16].tolist() == [bias] * 8

    def test_a_forget_bias_changes_only_the_forget_block(self):
        plain, opened = self.seeded("lstm", None), self.seeded("lstm", 1.0)
        for name, value in plain.items():
            if name in ("layer.bias_ih_l0", "layer.bias_hh_l0"):
                kept = [*range(8), *range(16, 32)]
                assert torch.equal(value[kept], opened[name][kept])
                assert not torch.equal(value, opened[name])
            else:
                assert torch.equal(value, opened[name]), name

    def test_a_forget_bias_of_one_starts_the_forget_gate_near_three_quarters(self):
        layer = mnist_model("lstm", 64, forget_bias=1.0).layer
        assert layer.trace(torch.zeros(1, 1, 28)).f.mean().item() == pytest.approx(sigmoid(1), abs=1e-6)

    @pytest.mark.parametrize("cell", ["gru", "rnn"])
    def test_a_cell_without_a_forget_gate_ignores_the_forget_bias(self, cell):
        plain, opened = self.seeded(cell, None), self.seeded(cell, 1.0)
        assert all(torch.equal(value, opened[name]) for name, value in plain.items())


class TestClassifier:
    @every_cell
    def test_an_image_becomes_ten_outputs(self, cell):
        assert mnist_model(cell, 8)(torch.rand(5, 28, 28)).shape == (5, 10)

    @every_cell
    @pytest.mark.parametrize(
        ("timesteps", "inputs", "classes"), [(1, 1, 2), (100, 6, 4), (24, 1, 2), (7, 512, 100)]
    )
    def test_a_sequence_of_any_shape_becomes_an_output_a_class(self, cell, timesteps, inputs, classes):
        model, x = SequenceClassifier(cell, 8, inputs, classes), torch.rand(3, timesteps, inputs)
        assert model(x).shape == (3, classes)
        torch.testing.assert_close(model(x), model.read_out(model.layer.trace(x).h[:, -1]))

    @every_cell
    def test_each_sequence_is_read_as_far_as_it_goes(self, cell):
        model, x, lengths = (
            SequenceClassifier(cell, 8, 3, 4),
            torch.randn(5, 6, 3),
            torch.tensor([6, 1, 4, 6, 2]),
        )
        alone = [model.read_out(model.layer.trace(x[n : n + 1, :t]).h[:, -1]) for n, t in enumerate(lengths)]
        found = model(x, lengths=lengths)
        torch.testing.assert_close(found, torch.cat(alone))
        x[1, 1:] = 99.0
        assert torch.equal(model(x, lengths=lengths), found)
        assert model(x[:0], lengths=lengths[:0]).shape == (0, 4)

    def test_sigmoid_outputs_are_the_sigmoid_of_the_logits(self):
        logits, sigmoids = mnist_model("lstm", 8), mnist_model("lstm", 8, head="sigmoid")
        sigmoids.load_state_dict(logits.state_dict())
        with torch.no_grad():
            for model in (logits, sigmoids):
                model.head.weight.mul_(50)
        images = torch.rand(16, 28, 28)
        raw, squeezed = logits(images), sigmoids(images)
        assert raw.min() < 0 and raw.max() > 1
        assert squeezed.min() >= 0 and squeezed.max() <= 1
        torch.testing.assert_close(squeezed, raw.sigmoid())

    @every_cell
    def test_the_outputs_are_the_head_on_the_last_timestep_of_the_trace(self, cell):
        model, images = mnist_model(cell, 8), torch.rand(3, 28, 28)
        torch.testing.assert_close(model(images), model.read_out(model.layer.trace(images).h[:, -1]))

    @every_cell
    def test_each_layer_class_is_an_attribute_of_models(self, cell):
        assert getattr(models, cell.upper()) is layer_class(cell)

    def test_a_name_that_is_no_cell_is_no_attribute_of_models(self):
        with pytest.raises(AttributeError, match="Transformer"):
            _ = models.Transformer


class TestRefusals:
    @every_cell
    @pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 5, 4), (2, 5, 3, 1), (2, 0, 3)], ids=str)
    def test_an_input_of_another_shape_is_refused_with_its_shape(self, cell, shape):
        with pytest.raises(ValueError, match=r"expected an input of \(B, T, 3\), not \("):
            layer_class(cell)(3, 4)(torch.zeros(shape))

    @every_cell
    @pytest.mark.parametrize("shape", [(1, 2, 5), (1, 3, 4), (2, 2, 4), (2, 4)], ids=str)
    def test_a_state_of_another_shape_is_refused(self, cell, shape):
        layer = layer_class(cell)(3, 4)
        parts = tuple(torch.zeros(shape) for _ in layer.state_fields)
        for method in (layer.forward, layer.trace):
            with pytest.raises(ValueError, match="expected a state of"):
                method(torch.zeros(2, 5, 3), parts if len(parts) > 1 else parts[0])

    def test_an_lstm_state_without_its_memory_is_refused(self):
        with pytest.raises(ValueError, match="expected a state of 2"):
            layer_class("lstm")(3, 4)(torch.zeros(2, 5, 3), torch.zeros(1, 2, 4))

    @pytest.mark.parametrize("cell", ["gru", "rnn"])
    def test_a_memory_is_refused_by_a_cell_without_one(self, cell):
        with pytest.raises(ValueError, match="expected a state of 1"):
            layer_class(cell)(3, 4)(torch.zeros(2, 5, 3), (torch.zeros(1, 2, 4), torch.zeros(1, 2, 4)))

    @every_cell
    @pytest.mark.parametrize("sizes", [(3, 0), (0, 4), (3, -1)], ids=str)
    def test_sizes_below_one_are_refused(self, cell, sizes):
        with pytest.raises(ValueError, match="sizes must be at least 1"):
            layer_class(cell)(*sizes)

    def test_a_classifier_without_hidden_units_is_refused(self):
        with pytest.raises(ValueError, match="at least 1"):
            mnist_model("lstm", 0)

    @pytest.mark.parametrize("cell", ["", "LSTM", "transformer"])
    def test_an_unknown_cell_is_refused_with_the_known_ones(self, cell):
        with pytest.raises(ValueError, match="choose from lstm, gru, rnn"):
            mnist_model(cell, 4)

    def test_an_unknown_head_is_refused_with_the_known_ones(self):
        with pytest.raises(ValueError, match="logits or sigmoid, not 'softmax'"):
            mnist_model("lstm", 4, head="softmax")

    def test_images_of_another_width_are_refused(self):
        with pytest.raises(ValueError, match="28"):
            mnist_model("lstm", 4)(torch.zeros(1, 28, 27))
