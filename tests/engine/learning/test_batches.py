"""From samples to batches: order, scaling and augmentation; and the learning rate over the run."""

from __future__ import annotations

import math
from itertools import chain

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.engine.data.dataset import Samples
from explorer.engine.learning.batches import Scaling, batches, steps_per_epoch, vary
from explorer.engine.learning.schedule import scheduled
from explorer.engine.rng import stream
from explorer.runs.config import configure
from explorer.runs.recipes import RECIPES

COUNT = 23
AS_IT_IS = Scaling(0.0, 1 / 255)  # keeps the byte values
BLANK = -0.42  # a background value other than 0


@pytest.fixture
def digits():
    """Images that can be told apart by their pixel value."""
    images = torch.arange(COUNT, dtype=torch.uint8).view(-1, 1, 1).expand(-1, 28, 28).contiguous()
    return Samples(images, torch.arange(COUNT) % 10)


def order(digits, epoch=1, **options):
    """The numbers of an epoch's samples in order, by batch."""
    config = configure({"batch_size": 5, "seed": 7} | options)
    parts = []
    for images, labels, _ in batches(digits, config, AS_IT_IS, epoch):
        numbers = images[:, 0, 0].round().long()
        assert torch.equal(labels, digits.labels[numbers])
        parts.append(numbers.tolist())
    return parts


class TestOrder:
    def test_an_epoch_has_every_sample_once_and_a_smaller_last_batch(self, digits):
        parts = order(digits)
        assert sorted(chain(*parts)) == list(range(COUNT))
        assert [len(part) for part in parts] == [5, 5, 5, 5, 3]
        assert len(parts) == steps_per_epoch(digits, 5)

    def test_each_epoch_and_seed_has_its_own_reproducible_order(self, digits):
        orders = [order(digits, epoch, seed=seed) for epoch in (1, 2) for seed in (7, 8)]
        assert all(one != other for n, one in enumerate(orders) for other in orders[:n])
        assert orders == [order(digits, epoch, seed=seed) for epoch in (1, 2) for seed in (7, 8)]

    def test_the_order_is_neither_that_of_the_file_nor_drawn_from_torchs_global_generator(self, digits):
        torch.manual_seed(1)
        one = order(digits)
        torch.manual_seed(2)
        assert one == order(digits) != [list(range(n, min(n + 5, COUNT))) for n in range(0, COUNT, 5)]

    def test_the_notebook_reads_the_file_in_order_every_epoch(self, digits):
        for epoch in (1, 2):
            assert list(chain(*order(digits, epoch, preset="notebook"))) == list(range(COUNT))

    @pytest.mark.parametrize(("size", "steps"), [(1, COUNT), (COUNT, 1), (COUNT + 1, 1), (60_000, 1)])
    def test_any_batch_size_gives_whole_epochs(self, digits, size, steps):
        assert len(order(digits, batch_size=size)) == steps == steps_per_epoch(digits, size)

    def test_augmented_samples_keep_their_order_and_change_differently_in_every_epoch(self, digits):
        options = {"batch_size": COUNT, "preset": "notebook"}
        config = configure(options | {"augment": True})
        [(one, labels, _)], [(two, *_)] = (list(batches(digits, config, AS_IT_IS, epoch)) for epoch in (1, 2))
        [(plain, same, _)] = batches(digits, configure(options), AS_IT_IS, 1)
        assert torch.equal(labels, same)
        assert not torch.equal(one, plain) and not torch.equal(one, two)


class TestScaling:
    def test_a_set_scaled_by_its_own_statistics_has_mean_0_and_deviation_1(self):
        images = torch.randint(0, 256, (50, 28, 28), dtype=torch.uint8, generator=stream(0, "test", 0))
        scaled = Scaling.of(Samples(images, torch.zeros(50)), "whole-set")(images)
        assert scaled.mean().item() == pytest.approx(0, abs=1e-5)
        assert scaled.std().item() == pytest.approx(1, abs=1e-4)

    def test_the_standard_scaling_is_that_of_mnist_for_every_set(self, digits):
        scaling = Scaling.of(digits, "standard")
        assert scaling[:2] == (0.1307, 0.3081)
        assert scaling(torch.tensor([0, 255])).tolist() == pytest.approx([-0.1307 / 0.3081, 0.8693 / 0.3081])

    @pytest.mark.parametrize("kind", ["standard", "whole-set"])
    def test_paper_is_the_scaled_value_of_a_blank_pixel(self, digits, kind):
        scaling = Scaling.of(digits, kind)
        assert scaling(torch.zeros(1)).item() == pytest.approx(scaling.paper)

    def test_a_set_of_one_colour_still_gives_finite_numbers(self):
        images = torch.full((2, 28, 28), 9, dtype=torch.uint8)
        assert Scaling.of(Samples(images, torch.zeros(2)), "whole-set")(images).isfinite().all()


def varied(images, number=0, **how):
    """The images, each changed at random with the stream of this number."""
    return vary(images, BLANK, stream(0, "augment", number), **how)


def blobs(count=400):
    """A round spot in the middle of each image, at its centre 1 above the background."""
    x = torch.arange(28) - 13.5
    spot = torch.exp(-(x.view(-1, 1) ** 2 + x**2) / 30)
    return (spot + BLANK).expand(count, 28, 28).contiguous()


def bars(count=400):
    """An upright bar in each image."""
    pictures = torch.full((count, 28, 28), BLANK)
    pictures[:, 5:23, 12:16] = 1.0
    return pictures


def moments(pictures):
    """Each image's amount of ink, its centre (down, right), and how far it leans right per row."""
    ink = pictures - BLANK
    whole, x = ink.sum((1, 2)), torch.arange(28.0)
    down, right = (ink.sum(2) * x).sum(1) / whole, (ink.sum(1) * x).sum(1) / whole
    y = (x - down.view(-1, 1)).unsqueeze(2)
    lean = (ink * y * (x - right.view(-1, 1)).unsqueeze(1)).sum((1, 2)) / (ink * y**2).sum((1, 2))
    return whole, down, right, lean


class TestVary:
    def test_a_stream_gives_the_same_images_again_and_changes_each_image_differently(self):
        torch.manual_seed(1)
        one = varied(blobs(8))
        torch.manual_seed(2)
        assert torch.equal(one, varied(blobs(8)))
        assert not torch.equal(one, varied(blobs(8), number=1))
        assert len({picture.numpy().tobytes() for picture in one}) == 8

    def test_shape_and_type_are_kept_and_values_stay_within_their_range(self):
        pictures = torch.rand(9, 28, 28, generator=stream(1, "test", 0)) * 3 + BLANK
        changed = varied(pictures)
        assert (changed.shape, changed.dtype) == (pictures.shape, pictures.dtype)
        assert changed.min() >= BLANK - 1e-5 and changed.max() <= pictures.max() + 1e-5

    def test_blank_images_stay_blank_and_new_pixels_are_background(self):
        blank = torch.full((5, 28, 28), BLANK)
        torch.testing.assert_close(varied(blank), blank)
        inked = varied(torch.ones(50, 28, 28))
        assert inked.min() == pytest.approx(BLANK)

    def test_the_amount_of_ink_is_kept_on_average(self):
        before, after = moments(blobs())[0], moments(varied(blobs()))[0]
        assert after.mean().item() == pytest.approx(before.mean().item(), rel=0.03)
        assert after.min() > 0.8 * before[0] and after.max() < 1.27 * before[0]

    def test_a_sample_moves_by_at_most_two_pixels_in_every_direction(self):
        _, down, right, _ = moments(varied(blobs()))
        for middle in (down - 13.5, right - 13.5):
            assert -2.6 < middle.min() < -1.5 and 1.5 < middle.max() < 2.6  # two, rotated and enlarged
            assert middle.mean().item() == pytest.approx(0, abs=0.2)

    def test_a_stroke_leans_either_way_by_at_most_ten_degrees_plus_the_shear(self):
        lean = moments(varied(bars()))[3]
        most = math.tan(math.radians(10)) + 0.12
        assert -most < lean.min() < -0.15 and 0.15 < lean.max() < most
        assert lean.mean().item() == pytest.approx(0, abs=0.03)

    def test_without_reach_and_warp_an_image_stays_what_it_is(self):
        pictures = torch.rand(9, 28, 28, generator=stream(1, "test", 0)) + BLANK
        assert torch.allclose(varied(pictures, reach=0.0), pictures, atol=1e-5)

    def test_reach_multiplies_every_range(self):
        down, right = moments(varied(blobs(), reach=0.5))[1:3]
        further_down, further_right = moments(varied(blobs(), reach=1.5))[1:3]
        for one, other in ((down, further_down), (right, further_right)):
            assert (other.std() / one.std()).item() == pytest.approx(3, rel=0.1)

    @pytest.mark.parametrize("warp", [0.5, 1.0])
    def test_warp_moves_a_spot_by_so_many_pixels_and_changes_its_shape(self, warp):
        _, down, right, lean = moments(varied(blobs(), reach=0.0, warp=warp))
        for place in (down, right):
            assert place.mean().item() == pytest.approx(13.5, abs=0.2)
            assert 0.3 * warp < place.std().item() < 0.7 * warp  # a spot is wider than what moves as one
        assert lean.std() > 0.02

    def test_the_preset_accurate_augments_further_and_bends(self):
        config = configure({"preset": "accurate"})
        assert (config.augment, config.epochs, config.recipe.reach, config.recipe.warp) == (True, 30, 1.25, 1)


class TestSchedule:
    @given(st.integers(1, 100_000))
    def test_a_cosine_schedule_rises_to_exactly_1_and_falls_to_0_at_any_length(self, total):
        recipe = RECIPES["default"]
        peak = min(recipe.warmup_steps, max(1, total // 10))
        assert scheduled(recipe, peak, total) == 1
        assert scheduled(recipe, 1, total) == pytest.approx(1 / peak)
        assert scheduled(recipe, total, total) == pytest.approx(0 if total > 1 else 1, abs=1e-12)

    def test_it_rises_linearly_then_only_falls_and_stays_within_0_and_1(self):
        shares = [scheduled(RECIPES["default"], step, 2000) for step in range(1, 2001)]
        assert shares[:100] == pytest.approx([step / 100 for step in range(1, 101)])
        assert shares[99:] == sorted(shares[99:], reverse=True)
        assert max(shares) == 1 and min(shares) >= 0
        assert shares[(100 + 2000) // 2 - 1] == pytest.approx(0.5)

    def test_a_constant_schedule_is_constant(self):
        assert {scheduled(RECIPES["notebook"], step, 600) for step in range(1, 601)} == {1.0}


class TestChance:
    def test_a_stream_depends_on_its_name_alone(self):
        torch.manual_seed(1)
        before = torch.get_rng_state()
        one = torch.rand(4, generator=stream(3, "order", 2))
        assert torch.equal(torch.get_rng_state(), before)
        torch.manual_seed(2)
        assert torch.equal(one, torch.rand(4, generator=stream(3, "order", 2)))

    def test_each_seed_purpose_and_number_gives_its_own_stream(self):
        names = [(s, p, n) for s in (0, 1, 2**63 - 1) for p in ("order", "augment") for n in (1, 2, 11)]
        drawn = {tuple(torch.rand(4, generator=stream(*name)).tolist()) for name in names}
        assert len(drawn) == len(names)
