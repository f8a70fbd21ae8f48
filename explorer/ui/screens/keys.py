"""Every key of the main screen, those of its views among them, for bindings, footer, palette and help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from textual.binding import Binding, BindingsMap

from explorer.ui.base.keys import HINTS, Hint, Key
from explorer.ui.base.keys import KEYS as GENERAL
from explorer.ui.screens.pages import PAGES, Page
from explorer.ui.views.table import VIEWS, view_class
from explorer.ui.views.view import View


def _number(number: int, name: str, page: Page) -> Key:
    """The key that shows a page."""
    tip = f"{page.title}: {page.question}"
    return Key(f"{number}", f"{number}", f"page('{name}')", "Page", tip, 23)


_NUMBERS: Final = tuple(_number(number, *page) for number, page in enumerate(PAGES.items(), start=1))
KEYS: Final[dict[str, tuple[Key, ...]]] = GENERAL | {"Views": (*_NUMBERS, *GENERAL["Views"])}
"""The keys of the main screen, grouped by purpose, in the order of the footer."""
NAMED: Final = tuple((f"view('{name}')", view_class(name).about) for name in VIEWS)
"""The actions that show the views by name, and what each view is: for the palette and the help."""
INSIDE: Final = tuple(
    dict.fromkeys(
        (hint.shown, hint.tip)
        for hint in (*(h for name in VIEWS for h in view_class(name).about.keys), *HINTS)
    )
)
"""The keys that views, forms and Textual handle, and what they do: for the help."""
LATER: Final = 8
"""By how much the keys of another view of the page are further back than in its own footer."""


SOON: Final = 6
"""The rank of the keys that a view names in `About.first`."""


def _reaching() -> dict[str, dict[str, str]]:
    """`REACHING`, from the views' own keys and bindings."""
    found: dict[str, dict[str, str]] = {}
    for name in VIEWS:
        bound = BindingsMap(view_class(name).BINDINGS).key_to_bindings
        for hint in view_class(name).about.keys:
            for key in hint.shown.split() if hint.reaches else ():
                found.setdefault(key, {})[name] = bound[key][0].action
    return found


REACHING: Final[Mapping[str, Mapping[str, str]]] = _reaching()
"""The keys of views that act from every view of the page: the views, and what each does, by its action."""


def bindings() -> list[Binding]:
    """All keys of the main screen, as Textual's bindings; those that reach a view come first."""
    reaching = [Binding(key, f"reach('{key}')", show=False) for key in REACHING]
    return reaching + [binding for keys in KEYS.values() for key in keys for binding in key.bindings]


def where(key: str, page: str) -> str:
    """Where a key that reaches a view does something, while none is shown on this page that has it.

    Returns:
        One line; empty where the key is another one, of the screen.
    """
    for name in REACHING[key]:
        if page in VIEWS[name].pages:
            return f"{key} is a key of {view_class(name).about.title}; tab leads there"
    if any(key in one.keys.split(",") for keys in KEYS.values() for one in keys):
        return ""
    having = {one for name in REACHING[key] for one in VIEWS[name].pages}
    *turns, last = (f"{one.title} ({n})" for n, (name, one) in enumerate(PAGES.items(), 1) if name in having)
    return f"{key} does nothing here; turn to {', '.join(turns)}{' or ' if turns else ''}{last}"


def useful_in(view: View, units: bool, others: Sequence[View] = ()) -> list[Key | Hint]:
    """The keys in the footer of a view, in their order.

    Args:
        view: the one that has the focus.
        units: whether the page shows units side by side.
        others: the views beside it, some of whose keys reach them from here.
    """
    about = view.about
    own = {name for hint in about.keys for name in hint.shown.split()}
    reached = [
        hint._replace(rank=hint.rank + LATER)
        for other in others
        for hint in other.about.keys
        if hint.reaches and other.offers(hint.shown) and own.isdisjoint(hint.shown.split())
    ]
    general = (
        key
        for keys in KEYS.values()
        for key in keys
        if (about.shows_sample or not key.of_sample)
        and (about.shows_class or not key.of_class)
        and (units or not key.of_units)
        and (view.chosen.against or not key.of_change)
    )
    useful = (
        key._replace(rank=min(key.rank, SOON)) if key.shown in about.first else key
        for key in general
        if key.shown not in own
    )
    every: list[Key | Hint] = [*(hint for hint in about.keys if view.offers(hint.shown)), *reached, *useful]
    return [key for key in every if key.rank]
