"""The colours of the curves in the tests, how these draw them, and a run to be drawn."""

from kit.facts import changed, evaluated, started, stepped
from textual.strip import Strip

from explorer.runs.history import History
from explorer.ui.views import plots
from explorer.ui.views.look import Look
from explorer.ui.views.plots import Canvas, Ink

INK = Ink(axis=(139, 147, 163), band=(31, 74, 110), train=(108, 196, 255), test=(255, 180, 84))


def draw(history: History, width: int, height: int, ink: Ink = INK, **look: object) -> list[Strip]:
    """Draw a run's curves as a person would see who has chosen this."""
    return plots.draw(history, Canvas(width, height, ink, Look(**look))).lines  # type: ignore[arg-type]


def run_of(steps: int = 60, per_epoch: int = 20) -> History:
    """Return the history of a run whose values are easily computed: see the tests."""
    history = History()
    history.extend([started(epochs=3, steps_per_epoch=per_epoch, clock=0.0), changed("training", clock=0.0)])
    for step in range(1, steps + 1):
        values = {"loss": 8.0 / step, "accuracy": 1 - 1 / (step + 1), "gradient_norm": 0.5 * step}
        history.add(stepped(step, epoch=(step - 1) // per_epoch + 1, clock=0.5 * step, **values))
        if step % per_epoch == 0:
            history.add(evaluated(step, epoch=step // per_epoch, loss=1.0, accuracy=0.75, clock=0.5 * step))
    return history
