"""The first line of the status: what the run does, how well it reads the test set, which run it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len
from textual.strip import Strip

from explorer.runs.data_files import data_title
from explorer.runs.holds import name_cell
from explorer.runs.snapshot import ShownState, Snapshot
from explorer.system.text import printable, shorten
from explorer.ui.widgets.line import PLAIN, Line, cut
from explorer.ui.widgets.status_line import StatusLine, evaluated_at, of_part, tells

_BADGES: dict[ShownState, tuple[str, str]] = {
    "waiting": ("◌", "status--wait"),
    "not started": ("◌", "status--wait"),
    "starting": ("◌", "status--wait"),
    "preparing": ("◌", "status--wait"),
    "training": ("●", "status--good"),
    "paused": ("‖", "status--wait"),
    "finished": ("✓", "status--good"),
    "stopped": ("■", "status--wait"),
    "diverged": ("✗", "status--bad"),
    "failed": ("✗", "status--bad"),
    "lost": ("✗", "status--bad"),
}


_BRANDED: Final = 100
"""Columns from which the program's name is shown: below, what it would take is the run's."""
_NARROW: Final = 70
"""Columns below which two spaces, not three, separate what is said of the run."""
_LEAST_NAME: Final = 10
"""Cells that the run's name keeps: `lstm-…1838` is told apart from that of the next minute."""


class Identity(StatusLine):
    """State, test accuracy, cell and name, always; the more room there is, the more about them."""

    _said = ""

    def say(self, said: str) -> None:
        """Show what else there is to say: what is chosen, how the line is."""
        if self._said != said:
            self._said = said
            self.repaint()

    def paint_run(self, snapshot: Snapshot, width: int) -> Strip:
        """The line."""
        badge, tone = _BADGES[snapshot.state]
        said = cut(self._said, max(_LEAST_NAME, width // 3))
        room = width - (len(said) + 3 if said else 0)
        gap = 3 if room >= _NARROW else 2
        line = Line()
        if width >= _BRANDED:
            line.add(" gatescope ", self.tone("status--brand"))
        line.add(f" {badge} {snapshot.state}", self.tone(tone))
        name = printable(snapshot.run)
        least = min(_LEAST_NAME, cell_len(name))
        for headline, facts in _identities(snapshot, width >= 140):
            taken = (
                line.width + sum(2 + len(text) for text in headline) + sum(gap + len(one) for one in facts)
            )
            if taken + gap + least <= room:
                break
        for number, text in enumerate(headline):
            line.add("  ").add(text, self.tone("status--dim" if number else "status--strong"))
        for number, text in enumerate([*facts, shorten(name, room - taken - gap, cell_len)]):
            line.add(" " * gap).add(text, self.tone("status--dim") if number or not facts else PLAIN)
        end = width - len(said) - 1 if said else width
        after = gap if said else 1
        if (speed := _speed(snapshot)) and line.width + gap + len(
            speed
        ) + after <= end:  # where there is room
            line.to(end - len(speed) - after).add(speed, self.tone("status--dim"))
        if said:
            line.to(end).add(said, self.tone("status--wait"))
        return line.strip(width)

    def paint_nothing(self, width: int) -> Strip:
        """The program's name."""
        return Line().add(" gatescope", self.tone("status--brand")).strip(width)


def _speed(snapshot: Snapshot) -> str:
    """How fast it trains; empty while it doesn't."""
    trains = snapshot.state == "training" and snapshot.step
    return f"{snapshot.samples_per_second:,.0f} samples/s" if trains else ""


def _identities(snapshot: Snapshot, parameters: bool) -> Iterator[tuple[list[str], list[str]]]:
    """The ways to say how well a run reads and what it is, from the fullest to the shortest.

    Args:
        snapshot: the run.
        parameters: whether their number is part of the fullest.
    """
    config = snapshot.config
    cell = f"{name_cell(config.cell.upper(), config.hold)} {config.hidden}"
    full = f"{cell} · {data_title(config.dataset)}"
    marked, newer, bare = _headline(snapshot)
    if parameters and snapshot.parameters:
        yield marked + newer, [full, f"{snapshot.parameters:,} parameters"]
    yield marked + newer, [full]
    yield marked + newer, [cell]
    yield marked, [full]
    yield marked, [cell]
    yield marked, []
    yield bare, [cell]
    yield bare, []
    yield [], []


def _headline(snapshot: Snapshot) -> tuple[list[str], list[str], list[str]]:
    """The newest accuracy of the whole test set, with its epoch if steps were trained since; while it trains,
    a newer one of a part of it; and the first without its epoch.
    """
    whole, newest = snapshot.evaluated_whole, snapshot.evaluated
    part = newest if newest is not None and newest is not whole and tells(newest, snapshot) else None
    if whole is None:
        only = [] if part is None else [f"test {of_part(part)}"]
        return only, [], only
    bare = f"test {whole.accuracy:.2%}"
    marked = f"{bare} ({evaluated_at(whole, snapshot)})" if whole.step < snapshot.step else bare
    newer = [f"now {of_part(part)}"] if part is not None and snapshot.state == "training" else []
    return [marked], newer, [bare]
