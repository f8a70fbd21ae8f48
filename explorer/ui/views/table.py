"""The views: one line each. Tabs, number keys, footer, palette and help are made from this table.

A new view is a file here with a subclass of `View`, and a line below.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pkgutil import resolve_name
from typing import Final

from explorer.ui.views.view import View

VIEWS: Final[Mapping[str, str]] = {
    "curves": "explorer.ui.views.curves:Curves",
    "gates": "explorer.ui.views.gates:Gates",
    "confusion": "explorer.ui.views.confusion:Confusion",
    "belief": "explorer.ui.views.belief:Belief",
    "cell": "explorer.ui.views.cell:Cell",
}
"""The class of each view by its name, as `module:class`, in the order of their number keys."""


@cache
def view_class(name: str) -> type[View]:
    """The class of a view."""
    found: type[View] = resolve_name(VIEWS[name])
    return found
