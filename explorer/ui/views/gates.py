"""A sample and a map of each activation beside it: what is on one line belongs to the same timesteps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.events import Hide
from textual.reactive import var
from textual.strip import Strip

from explorer.protocol.probes import is_heavy, lacking
from explorer.protocol.questions import Answer, Question
from explorer.runs.snapshot import Snapshot
from explorer.system.text import printable
from explorer.ui.base.keys import Hint
from explorer.ui.views.activations import Activations
from explorer.ui.views.choice import Choice
from explorer.ui.views.gate_layout import Layout
from explorer.ui.views.gate_lines import GateLines, Look
from explorer.ui.views.gate_pixels import Pixels
from explorer.ui.views.heatmap import STEADIER, STEADY, Readings
from explorer.ui.views.over_units import OverUnits
from explorer.ui.views.pooling import Pooled, after
from explorer.ui.views.rows import Rows, Spot
from explorer.ui.views.view import About
from explorer.ui.views.wishes import Said

PAGES_OF_BAR: Final = frozenset({"read"})
"""The pages on which the bar of the sources stands beside the sample."""


class Gates(OverUnits):
    """One sample, read with the live weights; the cursor is a timestep and a unit."""

    about = About(
        title="gates",
        tip="one sample and its gates",
        help=(
            "The network reads a sample one timestep at a time: a digit of MNIST from the top, one row of "
            "28 pixels per timestep. Line t of a heatmap shows the units after row t of the digit beside "
            "it was read. Gates (i f o, r z) lie between 0 and 1; g, n and h between -1 and 1; the memory c "
            "is unbounded and has the colour of its tanh, which is what h sees of it. A GRU's z near 1 means "
            "keep. The bar on the page Read shows when what is held was written. The key a paints over the "
            "sample which inputs speak for a class (orange) and which against it (blue), ∂ logit / ∂ xₜ with "
            "x as the network reads it: the class that is read, or the one that , and . choose."
        ),
        keys=(
            Hint("↑ ↓", "gates: the timestep", "Timestep", 4),
            Hint("← →", "gates: the unit", "Unit", 5),
            Hint("PgUp PgDn", "gates: the units before and after, as the wheel"),
            Hint("enter", "gates: this unit under the lens", "Lens", 18),
            Hint("home end", "gates: the first timestep, the last"),
            Hint("shift+↑ ↓", "gates: a page of timesteps; or ctrl+u, ctrl+d"),
            Hint("u", "gates: single units; or all: mean, open, shut", "One/all", 12, reaches=True),
            Hint("a", "gates: why this class, why not the right one", "Why", 16, reaches=True),
            Hint("v", "gates: the other maps, where not all fit", "Maps", 6, reaches=True),
        ),
        shows_sample=True,
        shows_class=True,
        export="activations",
    )

    optional = frozenset({"saliency", "units", "sources"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.view('unit')", "This unit", show=False),
        Binding("u", "overview", "All units / single units", show=False),
        Binding("a", "explain", "Why", show=False),
        Binding("v", "turn_maps", "The other maps", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "gates--dim",
        "gates--title",
        "gates--cursor",
        "gates--right",
        "gates--wrong",
    }

    pooled: var[Pooled] = var[Pooled]("")
    """What is shown of all units, several to a column; empty: they are shown one by one."""
    readings: Readings | None = None

    def __init__(self, choice: Choice, *, id: str) -> None:
        """Start with nothing to show."""
        super().__init__(choice, id=id)
        self._lacking = self._behind = ""
        """Why no class is explained although one should be, and of which older step one is; empty while there
        is nothing to say."""
        self._over: Answer | None = None
        """The saliency that is painted over the sample."""
        self._newest: int | None = None
        self._live = False
        self._run: Snapshot | None = None
        self._turn, self._groups = 0, 1
        """How often the maps were turned, and in how many groups they were painted."""
        self._pixels_of: dict[tuple[object, ...], Pixels] = {}
        """The pixels of the two newest frames: a move of the cursor, and the way back, reuse them."""

    def needs(self) -> tuple[Question, ...]:
        """Every activation; what orders the units, while that is asked for; and why a class, as soon as it is
        known which one that is.
        """
        needs, why = [Question("activations")], self.chosen.why
        if self.chosen.ordering:
            needs.append(Question("units"))
        if why == "read" or (why == "right" and self._answer is not None):
            right = self._answer.label if self._answer else None
            needs.append(Question("saliency", {"class": self.chosen.asked_class(right)}))
        if self._asks_sources:
            needs.append(Question("sources"))
        return tuple(needs)

    @property
    def _asks_sources(self) -> bool:
        """Whether the bar of the sources is wanted: where these stand, too, and only if they take no time."""
        run = self._run
        if run is None or self.page_name not in PAGES_OF_BAR or lacking("sources", run.config.cell):
            return False
        return not is_heavy(Question("sources"), self.chosen.selection, run.shape, 1)

    def take(self, answers: Mapping[str, Answer], learning: bool, sparing: bool) -> None:
        """Show a sample's activations; while learning, what has hardly moved stays as it is."""
        steady = STEADIER if sparing else STEADY
        before = self.readings if learning else None
        read, over = answers["activations"], answers.get("saliency")
        sources = answers.get("sources")
        if sources is not None and sources.step != read.step:
            sources = None  # of older weights: newer ones are on their way
        self.readings = Readings(Activations(read), before, steady, over, sources)
        self.notice = ""
        # One that takes long isn't asked again while the weights learn: its step falls behind.
        self._behind = f"saliency of step {over.step:,}" if over and over.step != read.step else ""
        if over is not self._over or not self.chosen.why:  # else why there is no newer one still holds
            self._over, self._lacking = over, ""
        self.repaint()
        self._choice.put_in_order(answers.get("units"), read.step)

    def clear(self, notice: str) -> None:
        """Show nothing but the reason: another run is opened, or there is none."""
        self.readings, self._over, self._newest, self._live = None, None, None, False
        self._lacking = self._behind = ""
        super().clear(notice)

    def lack(self, notice: str) -> None:
        """Say why no class is explained."""
        self._lacking = printable(notice)
        self.repaint()

    def note(self, snapshot: Snapshot) -> None:
        """Note how far the run is: the step of older weights is dim once nothing trains the run."""
        before = self.old
        self._run, self._newest, self._live = snapshot, snapshot.step, snapshot.live
        if self.old != before:
            self.repaint()

    @property
    def _answer(self) -> Activations | None:
        """The activations of the sample that is chosen, if they are there."""
        answer = self.readings.answer if self.readings else None
        return answer if answer and answer.asked.subject == self.chosen.selection.subject else None

    @property
    def timesteps(self) -> int:
        """T of the sample."""
        return self.readings.answer.timesteps if self.readings else 0

    @property
    def hidden(self) -> int:
        """H of the cell."""
        return self.readings.answer.hidden if self.readings else 0

    @property
    def rows(self) -> Rows | None:
        """Which timesteps are on which lines; other views have the same."""
        layout = self._layout()
        return layout.rows if layout else None

    @property
    def old(self) -> bool:
        """Whether the weights that are shown are older than the run's newest, and will stay so."""
        if self.readings is None:
            return False
        newest = self._newest if self._newest is not None else self.readings.answer.step
        return bool(self.notice) or (not self._live and self.readings.answer.step != newest)

    def watch_pooled(self) -> None:
        """Paint the other choice of units."""
        self.repaint()

    def action_overview(self) -> None:
        """Show all units, in the next way, or single ones."""
        infos = self.readings.answer.infos if self.readings else ()
        self.pooled = after(self.pooled, any(one.span == "unit" for one in infos))

    def action_turn_maps(self) -> None:
        """Show the other maps."""
        if self._groups > 1:
            self._turn = (self._turn + 1) % self._groups
            self.repaint()
        else:
            self.post_message(Said("every map is shown" if self.readings else self.notice))

    def offers(self, key: str) -> bool:
        """Whether a key of its own does something now."""
        return key != "v" or self._groups > 1

    def on_hide(self, event: Hide) -> None:
        """Leave it to other views which timesteps they show."""
        self._choice.show_rows(None)

    def action_explain(self) -> None:
        """Explain the class under the cursor; without one, that which the sample was read as, then the right
        one, where that is another; or none.
        """
        answer, now = self._answer, self.chosen
        misread = answer is not None and answer.label not in (None, answer.predicted)
        turns = now.why == "read" and now.class_number is None and misread
        self._choice.change(why="read" if not now.why else "right" if turns else "")

    def spot(self, x: int, y: int) -> Spot | None:
        """What is at a position: a timestep, and on a map a unit."""
        layout = self._layout()
        return layout.spot(x, y) if layout else None

    def _layout(self) -> Layout | None:
        """Where everything is; None while there is nothing to show."""
        if self.readings is None:
            return None
        answer = self.readings.answer
        size, sample = (self.size.width, self.size.height), (answer.timesteps, answer.inputs)
        units = len(answer.infos), answer.hidden, self.unit, self.pooled
        shown = self.timestep, self._choice.first, answer.scaled, self.order
        return Layout.fit(size, sample, *units, *shown, self.readings.sources is not None, self._turn)

    def picture(self, width: int, height: int) -> list[Strip]:
        """The sample and its maps, and the values under the cursor."""
        layout, readings = self._layout(), self.readings
        if layout is None or readings is None:
            return self.said(width, self.tone("gates--dim"))
        self._choice.first = layout.scroll.first
        self._choice.show_rows(layout.rows)
        if layout.groups != self._groups:
            self._groups = layout.groups
            self.post_message(self.KeysChanged())
        shown = (readings, layout.picture, self.dark, self.tint)
        pixels = self._pixels_of.pop(shown, None) or Pixels(layout, readings, self.dark, self.tint)
        self._pixels_of = dict([*self._pixels_of.items()][-1:]) | {shown: pixels}
        said = self.notice or " · ".join(filter(None, (self._behind, self._lacking)))
        look = Look(said, self.old, self.tone, self.seen, self.said_order)
        return [line.strip(width) for line in GateLines(look, layout, readings, pixels).all()]
