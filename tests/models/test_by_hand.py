"""The tapes: faster than the cells' equations, with the same results."""

from __future__ import annotations

import copy

import pytest
import torch
from kit.cells import SIZES, every_cell

from models.by_hand import products
from models.by_hand.tape import SPARE
from models.registry import layer_class

WITHIN = {torch.float64: {"rtol": 1e-10, "atol": 1e-12}, torch.float32: {"rtol": 1e-4, "atol": 2e-6}}

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
    torch.set_num_threads(threads)
    return dtype


def gradients(layer, last, weights):
    """The gradient of each parameter."""
    return torch.autograd.grad((last * weights).sum(), list(layer.parameters()))


def by_equations(layer, x):
    """The last hidden state, computed through autograd."""
    return layer(x)[0][:, -1]


class TestParity:
    @every_cell
    @pytest.mark.parametrize("size", SIZES, ids=str)
    def test_the_last_state_and_all_gradients_are_those_of_the_equations(self, cell, size, dtype):
        batch, steps, inputs, hidden = size
        layer = layer_class(cell)(inputs, hidden).to(dtype)
        for _ in range(3):  # the second and the third use the first one's tape
            x = torch.randn(batch, steps, inputs, dtype=dtype)
            weights = torch.randn(batch, hidden, dtype=dtype)
            last, wanted = layer.read(x), by_equations(layer, x)
            torch.testing.assert_close(last, wanted, **WITHIN[dtype])
            pairs = zip(gradients(layer, last, weights), gradients(layer, wanted, weights), strict=True)
            for found, right in pairs:
                torch.testing.assert_close(found, right, **WITHIN[dtype])
            assert len(layer._tapes) == 1

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
        fresh._tapes.clear()
        runs.append(gradients(fresh, fresh.read(x), weights))
        for run in runs[1:]:
            assert all(torch.equal(one, other) for one, other in zip(run, runs[0], strict=True))

    def test_a_pass_can_be_run_backward_only_once(self):
        layer = layer_class("lstm")(3, 4)
        loss = layer.read(torch.randn(2, 5, 3)).sum()
        loss.backward(retain_graph=True)
        with pytest.raises(RuntimeError, match="backward was already called"):
            loss.backward()

    def test_only_a_few_tapes_are_kept_and_none_is_saved(self):
        layer = layer_class("gru")(3, 4)
        for batch in range(1, 3 * SPARE):
            layer.read(torch.randn(batch, 5, 3)).sum().backward()
        assert len(layer._tapes) == SPARE
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
        assert len(layer._tapes) == 1


class TestElsewhere:
    @every_cell
    def test_an_input_that_requires_a_gradient_gets_one(self, cell):
        layer, x = layer_class(cell)(3, 4), torch.randn(2, 5, 3, requires_grad=True)
        layer.read(x).sum().backward()
        assert x.grad.abs().sum() > 0 and not layer._tapes

    @every_cell
    def test_an_empty_batch_gives_an_empty_state(self, cell):
        assert layer_class(cell)(3, 4).read(torch.randn(0, 5, 3)).shape == (0, 4)

    @every_cell
    @pytest.mark.parametrize("shape", [(5, 3), (2, 0, 3), (2, 5, 4)])
    def test_an_input_of_the_wrong_shape_is_refused_and_its_shape_named(self, cell, shape):
        with pytest.raises(ValueError, match=r"expected an input of \(B, T, 3\), not"):
            layer_class(cell)(3, 4).read(torch.randn(*shape))
