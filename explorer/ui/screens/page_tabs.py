"""Which tabs there are: those of the pages, and those of a page's views."""

from __future__ import annotations

from typing import Final

from explorer.ui.screens.pages import PAGES, standing_on
from explorer.ui.screens.view_grid import Shown
from explorer.ui.views.table import view_class
from explorer.ui.widgets.status import Status
from explorer.ui.widgets.tabs import Form, Tab

LOW: Final = 24
"""Lines of the terminal below which a message takes the keys' line, and the tabs join the status line."""


def show_tabs(status: Status, shown: Shown, lines: int) -> None:
    """Show the tabs in a terminal of so many lines."""
    pages = [Tab(page.title, f"page('{name}')", name == shown.page) for name, page in PAGES.items()]
    views = [
        Tab(view_class(name).about.title, f"view('{name}')", name == shown.active)
        for name in standing_on(shown.page)
    ]
    form: Form = "numbers" if lines < LOW else "line" if shown.small else "pages"
    status.show_tabs(form, pages, views)
