"""What the gates say in words about the sample, the units and the timesteps that are shown."""

from __future__ import annotations

from rich.cells import cell_len

from explorer.runs.events import ActivationInfo
from explorer.system.text import printable
from explorer.ui.views.activations import Activations
from explorer.ui.views.columns import Columns
from explorer.ui.views.gate_layout import MARGIN, Layout
from explorer.ui.views.pooling import Pooled, condition
from explorer.ui.views.saliency import Saliency
from explorer.ui.widgets.line import cut


def reading(answer: Activations, room: int) -> str:
    """What the sample is and was read as: the fullest form that fits into `room` columns."""
    read = printable(answer.classes[answer.predicted])
    if answer.label is None:
        return cut(f"read as {read}", room)
    label = printable(answer.classes[answer.label])
    forms = (f"is {label}, read as {read}", f"{label}, read as {read}", f"{label} → {read}")
    half = (room - len(" → ")) // 2
    return next((form for form in forms if cell_len(form) <= room), f"{cut(label, half)} → {cut(read, half)}")


def unread(answer: Activations, room: int) -> str:
    """What the sample is, while the network reads it."""
    if answer.label is None:
        return "reading …"
    ends = ", reading …"
    return f"is {cut(printable(answer.classes[answer.label]), max(1, room - len(ends) - 3))}{ends}"


def why(
    answer: Activations, saliency: Saliency, room: int, explains: bool
) -> tuple[str, str, tuple[str, ...]]:
    """The sample's name, which class is explained, and its scale; the fullest form that fits into `room`.

    Args:
        answer: of the same sequence.
        saliency: what is painted over the sample.
        room: columns for all three, with a gap between them.
        explains: whether it can be shown.
    """
    asked = "why not" if saliency.asked and saliency.number != answer.predicted else "why"
    name, short = printable(answer.classes[saliency.number]), answer.name.removeprefix("sample ")
    both, one = (f"-{saliency.reach:g}", f"+{saliency.reach:g}"), (f"±{saliency.reach:g}",)
    scales = (both, one) if explains else (("no colours",),)
    for scale in scales:
        for sample in (answer.name, short):
            if cell_len(" ".join((sample, asked, name, *scale))) <= room:
                return sample, f"{asked} {name}", scale
    rest = len(" ".join((short, asked, "", *scales[-1])))
    return short, f"{asked} {cut(name, room - rest)}", scales[-1]


def which(layout: Layout) -> str:
    """Which timesteps and units are shown: at least the timesteps, where not all are."""
    units = which_units(layout)
    if not layout.scrolls:
        return units
    both = f"{layout.scroll.said} · {units}"
    return both if len(both) <= layout.width - MARGIN else layout.scroll.said


def which_units(layout: Columns) -> str:
    """Which units the columns show."""
    if layout.columns == layout.hidden:
        return f"all {layout.hidden} units" if layout.hidden > 1 else "1 unit"
    if layout.pooled:
        shared, ordered = few(layout.hidden, layout.columns), layout.order.units
        if ordered:
            return f"{shared} a column by {layout.order.by}"
        return f"{layout.hidden} units, {shared} a column"
    first, last = layout.spans[0][0], layout.spans[-1][0]
    if layout.order.units:
        return f"{first + 1}–{last + 1} of {layout.hidden} by {layout.order.by}"
    return f"{layout.hidden} units, {first}–{last} shown"


def names(activation: ActivationInfo, pooled: Pooled) -> tuple[str, ...]:
    """What a map is called, from the fullest to the shortest; a share must be told from the values."""
    of, name = condition(pooled, activation.span), activation.name
    if of:
        return f"{name} share {of}", f"{name} {of}", f"{name}{of.replace(' 0', '')}", name
    return f"{name} {activation.label}", name


def few(units: int, columns: int) -> str:
    """How many units a column shows: `4`, or `10–11` where not all have the same number."""
    least, rest = divmod(units, columns)
    return f"{least}–{least + 1}" if rest else f"{least}"


def scale(layout: Layout, scaled: bool) -> tuple[str, str]:
    """What the sample's colours mean: the text before a bar of them, and that after it; without a text after
    it there is no bar, and of an image of bytes there is nothing to say.
    """
    panel = layout.panel
    if panel.group > 1:
        return f"{panel.group} inputs a column" + (", min–max" if scaled else ""), ""
    return ("min", "max of each input") if scaled else ("", "")
