"""What the mistakes say in words: which samples these are, and what each was read as."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from explorer.ui.views.mistakes_data import Means, Square
from explorer.ui.widgets.line import cut, cut_evenly


def heading(square: Square, names: Sequence[str], page: str, notice: str, room: int) -> tuple[str, str]:
    """Which square, and what else there is to say: the fullest form that fits into `room` columns.

    Args:
        square: the samples.
        names: those of the classes.
        page: which samples are shown; empty where all are.
        notice: why there are no newer ones; empty while there is nothing to say.
        room: columns for both.
    """
    classes, count = [_name(names, square.label), _name(names, square.read_as)], f"{square.count:,}"
    step, among = f"step {square.step:,}", f" of {square.among:,}" if square.among else ""
    label, read = cut_evenly(classes, room - cell_len(f" read as : {count}{among}"))
    which = f"{label} read as {read}: {count}"
    order = "least certain first" if square.label == square.read_as else "most wrong first"
    forms = (
        (f"{among} test samples, the {order}", page, f"weights of {step}", notice),
        (f"{among} test samples, {order}", page, step, notice),
        (f"{among} test samples", page, step, notice),
        (f"{among} test samples", page, notice),
        (among, page, step, notice),
        (among, page, notice),
        ("", notice) if notice else (among,),
    )
    rest = room - cell_len(which)
    said = [first + "".join(f" · {part}" for part in parts if part) for first, *parts in forms]
    return which, next((form for form in said if cell_len(form) <= rest), cut(said[-1], max(0, rest)))


def caption(square: Square, rank: int, names: Sequence[str], room: int) -> tuple[str, str, str]:
    """A sample's number, what it was read as, and that class's share, in `room` columns together."""
    number, share = f"{square.samples[rank]:,}", f" {square.shares[rank]:.0%}"
    rest = max(2, room - len(number) - len(share))
    name = cut(_name(names, square.predicted[rank]), rest - 1)
    return number, " " * (rest - cell_len(name)) + name, share


def titles(square: Square, means: Means, names: Sequence[str]) -> list[list[str]]:
    """What each map is, the fullest form first: the mean of the set, of those read right, the difference."""
    name, label, read = means.name, means.of_set.label, _name(names, square.read_as)
    judged = "right" if square.read_as == square.label else "misread"
    as_read = f"{square.count:,} read as {read}", f"{square.count:,} as {read}", f"{square.count:,} {judged}"
    right = f"{square.right:,} read as {_name(names, square.label)}", f"{square.right:,} right"
    forms = as_read, right, ("the difference", "difference", "diff.")
    titles = [[*(f"{name}: {said}" for said in form), name] for form in forms]
    titles[0].insert(0, f"{name} {label}: {as_read[0]}")
    return titles


def _name(names: Sequence[str], number: int) -> str:
    """A class's name, or its number where it has none."""
    return names[number] if number < len(names) else f"{number}"
