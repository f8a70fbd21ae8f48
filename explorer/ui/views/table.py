"""The views: one line each. Pages, footer, palette and help are made from this table.

A new view is a file here with a subclass of `View`, and a line below.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pkgutil import resolve_name
from typing import Final, NamedTuple

from explorer.ui.views.view import View


class ViewRow(NamedTuple):
    """A view."""

    path: str
    """Its class, as `module:class`."""
    pages: tuple[str, ...]
    """The pages that it stands on, by their names in `PAGES` of `ui/screens/pages.py`; the first is turned to
    when the view is chosen by name on a page that it doesn't stand on."""


VIEWS: Final[Mapping[str, ViewRow]] = {
    "curves": ViewRow("explorer.ui.views.curves:Curves", ("train",)),
    "difference": ViewRow("explorer.ui.views.difference:Difference", ("what_if",)),
    "confusion": ViewRow("explorer.ui.views.confusion:Confusion", ("train", "mistakes", "what_if")),
    "gates": ViewRow("explorer.ui.views.gates:Gates", ("train", "read", "draw")),
    "belief": ViewRow("explorer.ui.views.belief:Belief", ("train", "read", "draw")),
    "sources": ViewRow("explorer.ui.views.sources:Sources", ("read",)),
    "unit": ViewRow("explorer.ui.views.unit:Unit", ("read",)),
    "cell": ViewRow("explorer.ui.views.cell:Cell", ("read",)),
    "mistakes": ViewRow("explorer.ui.views.mistakes:Mistakes", ("mistakes",)),
    "usual": ViewRow("explorer.ui.views.usual:UsualChanges", ("what_if",)),
    "draw": ViewRow("explorer.ui.views.draw:Draw", ("draw",)),
    "overlay": ViewRow("explorer.ui.views.overlay:Overlay", ("compare",)),
    "versus": ViewRow("explorer.ui.views.versus:Versus", ("compare",)),
    "pair": ViewRow("explorer.ui.views.pair:Pair", ("compare",)),
}
"""The views by their names, in the order in which tab goes through those of a page."""


@cache
def view_class(name: str) -> type[View]:
    """The class of a view."""
    found: type[View] = resolve_name(VIEWS[name].path)
    return found
