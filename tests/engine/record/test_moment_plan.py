"""Which steps' weights are kept: the rule, carried out step by step, and never more than fit."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from explorer.engine.record.moment_plan import MOST, MomentPlan


def kept(room: int, steps_per_epoch: int, epochs: int, now: int | None = None) -> list[int]:
    """What is there after `now` steps, or all, if each step that is due was written, and others removed."""
    plan = MomentPlan(room, steps_per_epoch, steps_per_epoch * epochs)
    there: list[int] = []
    for step in range(1, (steps_per_epoch * epochs if now is None else now) + 1):
        if plan.keeps(step, step):
            there = [one for one in there if plan.keeps(one, step)] + [step]
            assert len(there) <= room
    return there


def test_where_all_fit_they_are_the_powers_of_two_in_the_first_epoch_and_then_every_epoch_s_end() -> None:
    assert kept(189, 938, 3) == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 938, 1876, 2814]
    assert kept(189, 8, 2) == [1, 2, 4, 8, 16]
    assert kept(189, 1, 4) == [1, 2, 3, 4]


def test_when_it_is_full_every_second_epoch_goes_and_from_then_on_only_every_second_is_kept() -> None:
    early = [1, 2, 4, 8, 16, 32, 64]
    assert kept(14, 100, 7) == [*early, 100, 200, 300, 400, 500, 600, 700]
    assert kept(14, 100, 99, now=800) == [*early, 200, 400, 600, 800]
    assert kept(14, 100, 99, now=1400) == [*early, 200, 400, 600, 800, 1000, 1200, 1400]
    assert kept(14, 100, 99, now=1600) == [*early, 400, 800, 1200, 1600]


@given(st.integers(2, 40), st.integers(1, 20), st.integers(1, 120))
def test_the_rule_gives_the_same_when_it_is_carried_out_word_by_word(
    room: int, steps_per_epoch: int, epochs: int
) -> None:
    early = [step for step in (2**power for power in range(99)) if step < steps_per_epoch]
    assume(2 * len(early) <= room)
    ends: list[int] = []
    every = 1
    for epoch in range(1, epochs + 1):
        if epoch % every == 0 and len(ends) == room - len(early):
            every *= 2
            ends = [one for one in ends if one % every == 0]
        if epoch % every == 0:
            ends.append(epoch)
            wanted = [*early, *(one * steps_per_epoch for one in ends)]
            assert kept(room, steps_per_epoch, 10_000, epoch * steps_per_epoch) == wanted


@given(st.integers(0, 700), st.integers(1, 5000), st.integers(1, 300))
def test_there_are_never_more_than_fit_and_the_last_step_is_always_one(
    room: int, steps_per_epoch: int, epochs: int
) -> None:
    total = steps_per_epoch * epochs
    plan = MomentPlan(room, steps_per_epoch, total)
    due = {2**power for power in range(13)} | {epoch * steps_per_epoch for epoch in range(1, epochs + 1)}
    for now in sorted(step for step in due if step <= total):
        there = [step for step in due if step <= now and plan.keeps(step, now)]
        assert len(there) <= min(room, MOST)
    assert plan.keeps(total, total) == (room > 0)


@given(st.integers(1, 5000), st.integers(1, 50))
def test_there_is_at_most_one_an_epoch_and_one_for_each_power_of_two_in_the_first(
    steps_per_epoch: int, epochs: int
) -> None:
    plan = MomentPlan(MOST, steps_per_epoch, steps_per_epoch * epochs)
    due = [step for step in range(1, steps_per_epoch * epochs + 1) if plan.keeps(step, step)]
    assert len(due) <= epochs + (steps_per_epoch - 1).bit_length()


@pytest.mark.parametrize(
    ("room", "early"),
    [
        (20, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]),
        (19, [1, 4, 16, 64, 256]),
        (10, [1, 4, 16, 64, 256]),
        (9, [1, 16, 256]),
        (3, [1]),
        (1, []),
        (0, []),
    ],
)
def test_where_even_the_early_ones_do_not_fit_they_take_half_of_the_room(room: int, early: list[int]) -> None:
    assert kept(room, 938, 3, now=937) == early


def test_with_room_for_three_of_1024_units_the_first_step_and_two_epochs_are_kept() -> None:
    assert kept(3, 938, 4) == [1, 2 * 938, 4 * 938]
    assert kept(3, 938, 5) == [1, 4 * 938, 5 * 938]
