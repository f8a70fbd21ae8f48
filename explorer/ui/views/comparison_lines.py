"""The lines of the comparison, from the titles to the step of the weights."""

from __future__ import annotations

from rich.cells import cell_len
from rich.style import Style

from explorer.protocol.interventions import describe
from explorer.system.text import printable
from explorer.ui.views.comparison import Comparison, Way
from explorer.ui.views.comparison_layout import MARGIN, Layout
from explorer.ui.views.comparison_maps import DIFFERENCE, Look, Maps, places_of
from explorer.ui.views.gate_words import which_units
from explorer.ui.views.readout import number
from explorer.ui.widgets import palette
from explorer.ui.widgets.line import PLAIN, Line, cut


class ComparisonLines:
    """One frame."""

    def __init__(self, look: Look, layout: Layout, comparison: Comparison) -> None:
        """Prepare to paint a comparison."""
        self._look, self._layout, self._comparison = look, layout, comparison
        self._dim, self._cursor, self._title = map(look.tone, ("dim", "cursor", "title"))
        self._shown = comparison.columns(layout.shown, look.class_number)
        self._info = comparison.answer.infos[look.activation]
        self._squashed = comparison.ways[0].readings.squashed(look.activation)
        self._places = places_of(comparison)

    def all(self) -> list[Line]:
        """Every line, from the top."""
        layout = self._layout
        maps = Maps(self._look, layout, self._comparison, self._shown)
        lines = [self._titles(), *(maps.line(number) for number in range(layout.rows.lines))]
        if not self._comparison.changed:
            self._offer(lines)
        below = [self._marks()] if layout.below > 3 else []
        return [*lines, *below, self._scales(), self._answers(), self._place()]

    # Above

    def _titles(self) -> Line:
        """What the sample is, and which way is where."""
        layout, line = self._layout, Line()
        if layout.panel:
            line.to(MARGIN).add(cut(self._sample, layout.start - MARGIN - 1), self._dim)
        changed = self._comparison.changed
        named = "as trained" if not changed else "without"
        titles = [(named, self._title)] if self._comparison.without else [("", PLAIN)]
        if changed:
            titles.append((f"with {describe(changed.answer.asked.intervention)}", self._look.tone("changed")))
        if self._comparison.both:
            titles.append(("difference", self._title))
        for way, (title, tone) in enumerate(titles):
            if title:
                self._named(line.to(layout.left(way)), way, title, tone)
        return line

    @property
    def _sample(self) -> str:
        """Which sample it is, and of which class."""
        answer = self._comparison.answer
        label = "" if answer.label is None else f" is {printable(answer.classes[answer.label])}"
        return answer.name + label

    def _named(self, line: Line, way: int, title: str, tone: Style) -> None:
        """Append a way's title, and what its map is: as much of both as fits."""
        layout, letter = self._layout, printable(self._info.name)
        if way == DIFFERENCE and self._squashed:
            letter = f"tanh {letter}"
        full = f"{letter} {printable(self._info.label)}"
        end = layout.map_left(way) + layout.room
        if cell_len(title) <= layout.belief:
            line.add(title, tone).to(layout.map_left(way))
        else:
            full = letter
            line.add(cut(title, max(1, end - layout.left(way) - len(letter) - 2)), tone).add("  ")
        line.add(full if line.width + cell_len(full) <= end else cut(letter, end - line.width), self._dim)

    def _offer(self, lines: list[Line]) -> None:
        """Append what can be changed, where the change would be shown."""
        left = self._layout.left(1)
        wide = max((cell_len(key) for key, _ in self._look.offers), default=0)
        for line, (key, tip) in zip(lines[1:], self._look.offers, strict=False):
            line.to(left).add(key.ljust(wide + 2), self._look.tone("key"))
            line.add(cut(tip, self._layout.width - line.width), self._dim)

    # Below

    def _marks(self) -> Line:
        """The unit under the cursor, below each map."""
        layout, line = self._layout, Line()
        for place in self._filled:
            mark = layout.map_left(place) + layout.cursor_column * layout.cell + (layout.cell - 1) // 2
            line.to(mark).add("▴", self._cursor)
        return line

    @property
    def _filled(self) -> list[int]:
        """The places that show something."""
        return [place for place, _ in self._places] + [DIFFERENCE] * bool(self._comparison.both)

    def _scales(self) -> Line:
        """The units that are shown, the names of the classes, and which colour stands for which value."""
        layout, line = self._layout, Line()
        own = palette.pairs(self._info.span, self._look.dark, self._look.tint)
        signed = palette.pairs("signed", self._look.dark, self._look.tint)
        low = "0" if self._info.span == "unit" else "-1"
        if layout.panel:
            line.to(MARGIN).add(cut(which_units(layout), layout.start - MARGIN - 1), self._dim)
        for place, way in self._places:
            self._names(line.to(layout.left(place)), way)
            line.to(layout.map_left(place))
            self._bar(line, own, low, "1", "tanh " if self._squashed else "")
        if self._comparison.both:
            far = f"{self._comparison.reach(self._look.activation):g}"
            self._bar(line.to(layout.left(DIFFERENCE)), signed, "-1", "1", "", layout.belief)
            self._bar(line.to(layout.map_left(DIFFERENCE)), signed, f"-{far}", far)
        return line

    def _names(self, line: Line, way: Way) -> None:
        """Append the names of the classes, or as much of each as fits; those of the answer and of the class
        under the cursor stand out.
        """
        cell, beliefs = self._layout.belief_cell, way.beliefs
        names = [printable(beliefs.classes[k]) for k in self._shown]
        whole = all(cell_len(name) <= max(1, cell - 1) for name in names)
        for k, name in zip(self._shown, names, strict=True):
            text = name if whole else f"{k}"[-cell:]
            tone = self._title if k == beliefs.predicted else self._dim
            line.add(text, self._look.tone("chosen") if k == self._look.class_number else tone)
            line.add(" " * (cell - cell_len(text)))

    def _bar(
        self, line: Line, pairs: palette.Pairs, low: str, high: str, of: str = "", room: int | None = None
    ) -> None:
        """Append the ends of a scale, with its colours between them, where there is room for these."""
        room = self._layout.room if room is None else room
        of = of if len(of + low + high) + 4 <= room else ""
        bar = min(room - len(of + low + high), len(pairs))
        line.add(of + low, self._dim)
        if bar >= 2:
            line.cells(pairs[one][one] for one in (k * (len(pairs) - 1) // (bar - 1) for k in range(bar)))
        else:
            line.add("…", self._dim)
        line.add(high, self._dim)

    def _answers(self) -> Line:
        """What it is read as each way, and where the beliefs part; nothing while it is being read."""
        layout, line = self._layout, Line()
        if self._look.seen < self._comparison.timesteps:
            return line
        for place, way in self._places:
            answer = way.answer
            right = answer.label in (None, answer.predicted)
            tone = PLAIN if answer.label is None else self._look.tone("right" if right else "wrong")
            share = f"  {answer.probability:.0%}"
            room = layout.belief + 1 + layout.room - len(share)
            read = cut(f"read as {printable(answer.classes[answer.predicted])}", room)
            line.to(layout.left(place)).add(read, tone).add(share, self._dim)
        if self._comparison.both:
            parts = self._comparison.parts_at
            forms = ["beliefs never part", "never part"]
            if parts:
                forms = [
                    f"beliefs part at timestep {parts:,}",
                    f"part at timestep {parts:,}",
                    f"part at {parts:,}",
                ]
            line.to(layout.left(DIFFERENCE))
            room = layout.width - line.width
            line.add(next((one for one in forms if len(one) <= room), forms[-1]))
        return line

    def _place(self) -> Line:
        """The value under the cursor each way, and whose weights are shown; of an ordered map, by what."""
        layout, comparison, notice = self._layout, self._comparison, self._look.notice
        steps = " and ".join(f"{step:,}" for step in comparison.steps)
        said = f"weights of step {steps}" + (f" · {notice}" if notice else "")
        undo = [f" · {one}" for one in self._look.undo]
        line, room = Line().to(MARGIN), layout.width - MARGIN
        least = cell_len(undo[-1]) if undo else 0
        short = f"{layout.timestep + 1:,} of {layout.timesteps:,} · unit {layout.unit}"
        values, whole = (f" · {self._info.name} {text}" for text in self._values())
        forms = [(f"timestep {short}", whole, ""), (short, whole, ""), (short, "", "")]
        if not layout.panel:
            forms = [(f"{self._sample} · {short}", text, "") for text in (whole, values)] + forms
        if order := self._look.order:
            full = [(place, text, f" · {order}") for place, text, _ in forms[:2]]
            brief = [(short, text, f" · by {layout.order.by}") for text in (whole, values, "")]
            forms = [*full, *brief, *forms]
        for place, text, ordered in forms:
            if cell_len(place + text + ordered) + least + 2 + cell_len(said) <= room:
                line.add(place, self._cursor).add(text).add(ordered, self._dim)
                left = layout.width - line.width - 2 - cell_len(said)
                line.add(next((one for one in undo if cell_len(one) <= left), ""), self._dim)
                break
        return line.to(layout.width - cell_len(said)).add(cut(said, room), self._dim)

    def _values(self) -> tuple[str, str]:
        """The value under the cursor: `+1.31 → +5.02`, – where it isn't read; and with `(+3.71)`."""
        layout, span, found = self._layout, self._info.span, []
        for way in self._comparison.ways:
            known = layout.timestep < way.timesteps
            at = (self._look.activation, layout.timestep, [layout.unit])
            found.append(way.readings.value(*at) if known else None)
        texts = ["–" if one is None else number(one, span, 2) for one in found]
        both = [one for one in found if one is not None]
        differs = f" ({number(both[1] - both[0], 'signed', 2)})" if len(both) > 1 else ""
        values = " → ".join(texts)
        return values, values + differs
