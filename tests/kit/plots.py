"""The colours of the curves in the tests, and how these draw them."""

from textual.strip import Strip

from explorer.runs.history import History
from explorer.ui.views import plots
from explorer.ui.views.look import Look
from explorer.ui.views.plots import Canvas, Ink

INK = Ink(axis=(139, 147, 163), band=(31, 74, 110), train=(108, 196, 255), test=(255, 180, 84))


def draw(history: History, width: int, height: int, ink: Ink = INK, **look: object) -> list[Strip]:
    """Draw a run's curves as a person would see who has chosen this."""
    return plots.draw(history, Canvas(width, height, ink, Look(**look))).lines  # type: ignore[arg-type]
