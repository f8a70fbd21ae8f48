"""The tapes: faster than the cells' equations, with the same results."""

from __future__ import annotations

import copy

import pytest
import torch
from kit.cells import SIZES, every_cell

from models.by_hand import products
from models.by_hand.node import SPARE
from models.classifier import SequenceClassifier
from models.registry import CELLS, layer_class

WITHIN = {torch.float64: {"rtol": 1e-10, "atol": 1e-12}, torch.float32: {"rtol": 1e-4, "atol": 1e-5}}

PRODUCTS = {
    "torch's, float64": (torch.float64, True, 1),
    "torch's, float32": (torch.float32, False, 1),
    "oneDNN's, float32": (torch.float32, True, 1),
    "oneDNN's, float32, two threads": (torch.float32, True, 2),
}
"""Every way to multiply: the type, whether oneDNN may be used, and the number of threads.

oneDNN takes float32 only; with several threads, the weights are repacked for it before they are used.
"""


@pytest.fixture(autouse=True)
def one_seed_and_one_thread():
    """The same random numbers in every test; a test that needs more threads uses `dtype`."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(1997)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(params=PRODUCTS)
def dtype(request, monkeypatch):
    """The dtype of all numbers, once for each entry of `PRODUCTS`."""
    dtype, onednn, threads = PRODUCTS[request.param]
    monkeypatch.setattr(products, "_ONEDNN", onednn and products.has_onednn())
    monkeypatch.setattr(products, "SMALL", 0)
    torch.set_num_threads(threads)
    return dtype


def gradients(layer, last, weights):
    """The gradient of each parameter."""
    return torch.autograd.grad((last * weights).sum(), list(layer.parameters()))


def by_equations(layer, x):
    """The last hidden state, computed through autograd."""
    return layer.plain(x, (), False)[0][0]


def drawn(layer, size, dtype, stateful=True):
    """Leaves that require a gradient: x, and the parts of an initial state or none."""
    batch, steps, inputs, hidden = size
    shapes = [(batch, steps, inputs), *((1, batch, hidden) for _ in layer.state_fields if stateful)]
    return [torch.randn(*shape, dtype=dtype).requires_grad_() for shape in shapes]


def all_of(layer, x, *parts):
    """The parts of the last state and the outputs, by `forward`."""
    output, last = layer(x, (parts[0] if len(parts) == 1 else parts) if parts else None)
    return *((last,) if isinstance(last, torch.Tensor) else last), output


def differentiated(layer, results, leaves, used):
    """The gradients of all leaves and parameters, of a weighted sum of those results that are used."""
    torch.manual_seed(7)
    total = sum((results[n] * torch.randn_like(results[n])).sum() for n in used)
    return torch.autograd.grad(total, [*leaves, *layer.parameters()], materialize_grads=True)


def require_close(found, wanted, dtype):
    """Two series of tensors are alike, one by one."""
    for ours, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(ours, theirs, **WITHIN[dtype])


class TestParity:
    @every_cell
    @pytest.mark.parametrize("size", SIZES, ids=str)
    def test_every_result_and_all_gradients_are_those_of_the_equations(self, cell, size, dtype):
        layer = layer_class(cell)(*size[2:]).to(dtype)
        states = len(layer.state_fields)
        everything, outputs, one_part = range(states + 1), [states], [states - 1]  # c, or h where it is all
        for used, stateful in ((everything, False), (everything, True), (outputs, False), (one_part, True)):
            leaves = x, *parts = drawn(layer, size, dtype, stateful)
            results, wanted = all_of(layer, *leaves), layer.plain(x, tuple(parts), True)
            require_close(results, wanted, dtype)
            found = differentiated(layer, results, leaves, used)
            require_close(found, differentiated(layer, wanted, leaves, used), dtype)
            assert len(layer.tapes) == 1  # the same again

    @every_cell
    def test_what_is_read_is_the_last_output_and_has_the_same_gradients(self, cell, dtype):
        layer = layer_class(cell)(3, 4).to(dtype)
        (x,) = drawn(layer, (2, 5, 3, 4), dtype, stateful=False)
        read, output = layer.read(x), layer(x)[0][:, -1]
        assert torch.equal(read, output)
        found, wanted = (differentiated(layer, [one], [x], [0]) for one in (read, output))
        assert all(torch.equal(one, other) for one, other in zip(found, wanted, strict=True))

    @every_cell
    def test_sequences_of_other_lengths_are_read_by_hand_as_if_each_were_alone(self, cell, dtype):
        model = SequenceClassifier(cell, 4, inputs=3, classes=5).to(dtype)
        x, lengths = torch.randn(4, 6, 3, dtype=dtype), torch.tensor([6, 1, 4, 4])
        outputs = model(x, lengths=lengths)
        found = torch.autograd.grad(outputs.square().sum(), list(model.parameters()))
        assert len(model.layer.tapes) == 1
        alone = torch.cat([model(one[None, :end]) for one, end in zip(x, lengths, strict=True)])
        torch.testing.assert_close(outputs, alone, **WITHIN[dtype])
        require_close(found, torch.autograd.grad(alone.square().sum(), list(model.parameters())), dtype)

    @every_cell
    @pytest.mark.parametrize("size", [1e3, 1e30])
    def test_saturated_gates_stay_within_their_bounds_and_finite(self, cell, size):
        layer = layer_class(cell)(3, 4)
        x = torch.randn(2, 6, 3) * size
        last = layer.read(x)
        assert last.abs().max() <= 1 and last.isfinite().all()
        assert all(gradient.isfinite().all() for gradient in gradients(layer, last, torch.ones_like(last)))


class TestTapes:
    @every_cell
    def test_two_unfinished_passes_do_not_share_a_tape(self, cell):
        layer = layer_class(cell)(3, 4)
        one, other = torch.randn(2, 5, 3), torch.randn(2, 5, 3)
        weights = torch.randn(2, 4)
        first, second = layer.read(one), layer.read(other)
        found = gradients(layer, first, weights), gradients(layer, second, weights)
        for x, some in zip((one, other), found, strict=True):
            for gradient, right in zip(some, gradients(layer, by_equations(layer, x), weights), strict=True):
                torch.testing.assert_close(gradient, right, rtol=1e-4, atol=1e-6)

    @every_cell
    def test_a_pass_without_gradients_gives_the_same_and_leaves_unfinished_ones_intact(self, cell):
        layer, weights = layer_class(cell)(3, 4), torch.randn(2, 4)
        x = torch.randn(2, 5, 3)
        right = gradients(layer, layer.read(x), weights)
        last = layer.read(x)
        with torch.no_grad():
            assert torch.equal(layer.read(x), last) and layer.read(-x) is not None
        for found, wanted in zip(gradients(layer, last, weights), right, strict=True):
            assert torch.equal(found, wanted)

    @every_cell
    def test_repeating_a_pass_gives_the_same_bits(self, cell, dtype):
        layer = layer_class(cell)(28, 32).to(dtype)
        weights, x = torch.randn(7, 32, dtype=dtype), torch.randn(7, 28, 28, dtype=dtype)
        runs = [gradients(layer, layer.read(x), weights) for _ in range(3)]
        fresh = copy.deepcopy(layer)
        fresh.tapes.clear()
        runs.append(gradients(fresh, fresh.read(x), weights))
        for run in runs[1:]:
            assert all(torch.equal(one, other) for one, other in zip(run, runs[0], strict=True))

    @every_cell
    def test_a_graph_that_is_retained_gives_the_same_again_though_its_tape_serves_another_pass(self, cell):
        layer = layer_class(cell)(3, 4).double()
        leaves = drawn(layer, (2, 5, 3, 4), torch.float64)
        total = sum(result.square().sum() for result in all_of(layer, *leaves))
        asked = [*leaves, *layer.parameters()]
        first = torch.autograd.grad(total, asked, retain_graph=True)
        layer.read(torch.randn(2, 5, 3, dtype=torch.float64)).sum().backward()
        require_close(torch.autograd.grad(total, asked), first, torch.float64)

    def test_a_parameter_changed_before_the_backward_pass_is_an_error(self):
        layer = layer_class("lstm")(3, 4)
        loss = layer(torch.randn(2, 5, 3))[0].sum()
        with torch.no_grad():
            layer.weight_hh_l0.add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()

    @every_cell
    def test_a_state_that_the_same_layer_computed_is_differentiated_through_once(self, cell):
        layer = layer_class(cell)(3, 4).double()
        (x,) = drawn(layer, (2, 6, 3, 4), torch.float64, stateful=False)
        asked = [x, *layer.parameters()]
        whole = torch.autograd.grad(layer.read(x).square().sum(), asked)
        _, state = layer(x[:, :3])
        halves = layer(x[:, 3:], state)[0][:, -1].square().sum()
        for again in ({"retain_graph": True}, {"create_graph": True}, {}):
            require_close(torch.autograd.grad(halves, asked, **again), whole, torch.float64)

    def test_a_tape_from_inference_serves_a_training(self):
        layer, x = layer_class("gru")(3, 4), torch.randn(2, 5, 3)
        with torch.inference_mode():
            layer.read(x)
        layer.read(x).sum().backward()
        assert len(layer.tapes) == 1

    def test_only_a_few_tapes_are_kept_and_none_is_saved(self):
        layer = layer_class("gru")(3, 4)
        for batch in range(1, 3 * SPARE):
            layer.read(torch.randn(batch, 5, 3)).sum().backward()
        assert len(layer.tapes) == SPARE
        assert len(layer.state_dict()) == 4

    @every_cell
    def test_no_two_gradients_share_their_memory(self, cell):
        layer = layer_class(cell)(3, 4)
        layer.read(torch.randn(2, 5, 3)).sum().backward()
        before = [parameter.grad.clone() for parameter in layer.parameters()]
        for parameter in layer.parameters():  # in place, as clipping does
            parameter.grad.mul_(2)
        for parameter, gradient in zip(layer.parameters(), before, strict=True):
            assert torch.equal(parameter.grad, 2 * gradient)


class TestRounded:
    """Products in bfloat16: with 8 bits of precision, a factor is off by at most one part in 256."""

    @every_cell
    @pytest.mark.parametrize("size", [size for size in SIZES if size[1] > 1], ids=str)  # T > 1
    def test_a_pass_is_close_to_the_exact_one_but_rounded(self, cell, size):
        batch, steps, inputs, hidden = size
        layer = layer_class(cell)(inputs, hidden)
        x, weights = torch.randn(batch, steps, inputs), torch.randn(batch, hidden)
        plain = layer.read(x)
        right = gradients(layer, plain, weights)
        layer.rounded = True
        last = layer.read(x)
        found = gradients(layer, last, weights)
        assert 0 < (last - plain).abs().max() < 0.03
        for ours, theirs in zip(found, right, strict=True):
            assert (ours - theirs).norm() < 0.05 * theirs.norm()
        with torch.no_grad():
            assert torch.equal(layer.read(x), last)

    @every_cell
    def test_rounding_follows_the_layer_however_its_tape_was_used_before(self, cell):
        layer, x = layer_class(cell)(28, 32), torch.randn(4, 28, 28)
        with torch.no_grad():  # each pass leaves its tape to the next one
            plain = layer.read(x)
            for layer.rounded in (True, False, True):
                assert torch.equal(layer.read(x), plain) != layer.rounded
        assert len(layer.tapes) == 1


@pytest.mark.parametrize("cell", CELLS)
def test_the_last_state_may_be_detached_and_changed_in_place_as_torch_s_own(cell: str) -> None:
    layer, x = layer_class(cell)(3, 4), torch.randn(2, 5, 3)
    for change in (lambda part: part.detach_(), lambda part: part.mul_(2)):
        outputs, state = layer(x)
        parts = state if isinstance(state, tuple) else (state,)
        for part in parts:
            change(part)
        found = torch.autograd.grad(outputs.sum(), layer.parameters())
        whole = torch.autograd.grad(layer(x)[0].sum(), layer.parameters())
        assert all(map(torch.equal, found, whole))


class TestWhatIsAskedFor:
    """What nobody asks for isn't computed."""

    def asked(self, monkeypatch, cell, x=False, parameters=True):
        """A layer and an input that require a gradient or not, and the parts of its passes as they come."""
        layer, batch = layer_class(cell)(3, 4), torch.randn(2, 5, 3, requires_grad=x)
        layer.requires_grad_(parameters)
        called = []

        def watched(name, method):
            return lambda *arguments: (called.append(name), method(*arguments))[1]

        for name in ("outputs", "d_x", "d_parameters", "d_state"):
            monkeypatch.setattr(layer.tape, name, watched(name, getattr(layer.tape, name)))
        return layer, batch, called

    @every_cell
    def test_a_training_that_reads_pays_for_the_parameters_alone(self, cell, monkeypatch):
        layer, x, called = self.asked(monkeypatch, cell)
        layer.read(x).sum().backward()
        assert called == ["d_parameters"]

    @every_cell
    def test_with_frozen_parameters_only_the_input_gets_a_gradient(self, cell, monkeypatch):
        layer, x, called = self.asked(monkeypatch, cell, x=True, parameters=False)
        layer.read(x).sum().backward()
        assert called == ["d_x"] and x.grad.abs().sum() > 0

    @every_cell
    def test_outputs_that_are_dropped_have_no_gradient(self, cell, monkeypatch):
        layer, x, called = self.asked(monkeypatch, cell)
        given, run_back = [], layer.tape.run_back

        def watch(tape, d_last, d_outputs, *rest):
            given.append(d_outputs)
            return run_back(tape, d_last, d_outputs, *rest)

        monkeypatch.setattr(layer.tape, "run_back", watch)
        sum(part.sum() for part in all_of(layer, x)[:-1]).backward()
        layer(x)[0].sum().backward()
        assert given[0] is None and given[1].shape == (2, 5, 4)
        assert called == ["outputs", "d_parameters"] * 2

    @every_cell
    def test_where_nothing_requires_a_gradient_the_tape_is_free_at_once(self, cell, monkeypatch):
        layer, x, _ = self.asked(monkeypatch, cell, parameters=False)
        assert not layer(x)[0].requires_grad and len(layer.tapes) == 1


class TestElsewhere:
    """Where a tape would be wrong, the plain way is taken, with the same results."""

    @every_cell
    @pytest.mark.filterwarnings("ignore")  # tracing is deprecated, and fixes the sizes
    def test_whatever_looks_at_single_operations_gets_the_equations(self, cell):
        layer, x = layer_class(cell)(3, 4), torch.randn(3, 2, 5, 3)
        whole = layer(x.flatten(0, 1))[0].detach().unflatten(0, (3, 2))
        steps = [layer(x[0] + by * x[1])[0].detach() for by in (1e-2, -1e-2)]
        layer.tapes.clear()
        mapped = torch.func.vmap(lambda one: layer(one)[0])(x)
        traced, _ = torch.jit.trace(layer, (x[0],), check_trace=False)(x[1])
        with torch.autograd.forward_ad.dual_level():
            dual = torch.autograd.forward_ad.make_dual(x[0], x[1])
            tangent = torch.autograd.forward_ad.unpack_dual(layer(dual)[0]).tangent
        assert not layer.tapes
        torch.testing.assert_close(mapped, whole, rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(traced, whole[1], rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(tangent, (steps[0] - steps[1]) / 2e-2, rtol=0, atol=1e-3)

    @every_cell
    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
    def test_other_types_of_numbers_go_the_plain_way(self, cell, dtype):
        layer = layer_class(cell)(3, 4).to(dtype)
        assert layer(torch.randn(2, 5, 3, dtype=dtype))[0].dtype is dtype and not layer.tapes

    @every_cell
    def test_an_input_of_another_type_than_the_layer_is_refused_not_converted(self, cell):
        with pytest.raises(RuntimeError, match="dtype"):
            layer_class(cell)(3, 4)(torch.randn(2, 5, 3, dtype=torch.float64))

    @every_cell
    def test_an_empty_batch_gives_an_empty_state(self, cell):
        assert layer_class(cell)(3, 4).read(torch.randn(0, 5, 3)).shape == (0, 4)

    @every_cell
    @pytest.mark.parametrize("shape", [(5, 3), (2, 0, 3), (2, 5, 4)])
    def test_an_input_of_the_wrong_shape_is_refused_and_its_shape_named(self, cell, shape):
        with pytest.raises(ValueError, match=r"expected an input of \(B, T, 3\), not"):
            layer_class(cell)(3, 4).read(torch.randn(*shape))
