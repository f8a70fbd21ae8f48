"""The lines of the comparison, from the titles to the step of the weights."""

from __future__ import annotations

from rich.cells import cell_len

from explorer.system.text import printable
from explorer.ui.views.comparison import Comparison
from explorer.ui.views.comparison_layout import MARGIN, Layout
from explorer.ui.views.comparison_maps import DIFFERENCE, Look, Maps, Shown, Title, shown_of
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
        self._shown = shown_of(comparison, layout, look.letter, look.class_number)
        self._gap = comparison.gap(look.letter)

    def all(self) -> list[Line]:
        """Every line, from the top."""
        layout = self._layout
        maps = Maps(self._look, layout, self._comparison, self._shown)
        lines = [self._titles(), *(maps.line(number) for number in range(layout.rows.lines))]
        below = [self._marks()] if layout.below > 3 else []
        return [*lines, *below, self._scales(), self._answers(), self._place()]

    # Above

    def _titles(self) -> Line:
        """What the sample is, and which way is where."""
        layout, line = self._layout, Line()
        if layout.panel:
            line.to(MARGIN).add(cut(self._sample, layout.start - MARGIN - 1), self._dim)
        titles = {**self._look.titles}
        if self._comparison.both:
            titles[DIFFERENCE] = Title(("difference",), "title")
        for place, title in titles.items():
            self._named(line.to(layout.left(place)), place, title)
        return line

    @property
    def _sample(self) -> str:
        """Which sample it is, and of which class."""
        answer = self._comparison.answer
        label = "" if answer.label is None else f" is {printable(answer.classes[answer.label])}"
        return answer.name + label

    def _named(self, line: Line, place: int, title: Title) -> None:
        """Append a way's title, and what its map is: as much of both as fits."""
        layout, tone = self._layout, self._look.tone(title.tone)
        letter, label = self._map_names(place)
        full, end = f"{letter} {label}".strip(), layout.map_left(place) + layout.room
        room = max(1, end - layout.left(place) - (len(letter) + 2 if letter else 0))
        text = next((one for one in title.forms if cell_len(one) <= room), title.forms[-1])
        if cell_len(text) <= layout.belief:
            line.add(text, tone).to(layout.map_left(place))
        else:
            full = letter if line.width + cell_len(text) + 2 + cell_len(full) > end else full
            line.add(cut(text, room), tone).add("  ")
        line.add(full if line.width + cell_len(full) <= end else cut(letter, end - line.width), self._dim)

    def _map_names(self, place: int) -> tuple[str, str]:
        """What the map in a place shows, in a letter and in words; empty where there is none."""
        shown = self._shown.get(0 if place == DIFFERENCE else place)
        if shown is None or (place == DIFFERENCE and self._gap):
            return "", ""
        squashed = place == DIFFERENCE and shown.way.readings.squashed(shown.activation)
        letter = printable(shown.info.name)
        return f"tanh {letter}" if squashed else letter, printable(shown.info.label)

    # Below

    def _marks(self) -> Line:
        """The unit under the cursor, below each map that has it."""
        layout, line = self._layout, Line()
        places = {
            place: shown.layout
            for place, shown in self._shown.items()
            if layout.unit < shown.way.answer.hidden
        }
        if not self._gap:
            places[DIFFERENCE] = layout
        for place, map in places.items():
            mark = layout.map_left(place) + map.cursor_column * map.cell + (map.cell - 1) // 2
            line.to(mark).add("▴", self._cursor)
        return line

    def _scales(self) -> Line:
        """The units that are shown, the names of the classes, and which colour stands for which value."""
        layout, line, look = self._layout, Line(), self._look
        signed = palette.pairs("signed", look.dark, look.tint)
        if layout.panel:
            line.to(MARGIN).add(cut(self._units, layout.start - MARGIN - 1), self._dim)
        for place, shown in self._shown.items():
            self._names(line.to(layout.left(place)), shown)
            line.to(layout.map_left(place))
            own = palette.pairs(shown.info.span, look.dark, look.tint)
            squashed = shown.way.readings.squashed(shown.activation)
            self._bar(line, own, "0" if shown.info.span == "unit" else "-1", "1", "tanh " * squashed)
        if self._comparison.both and self._comparison.same_classes:
            self._bar(line.to(layout.left(DIFFERENCE)), signed, "-1", "1", "", layout.belief)
        if not self._gap:
            far = f"{self._comparison.reach(look.letter):g}"
            self._bar(line.to(layout.map_left(DIFFERENCE)), signed, f"-{far}", far)
        return line

    @property
    def _units(self) -> str:
        """Which units the maps show."""
        several = [*dict.fromkeys(which_units(shown.layout) for shown in self._shown.values())]
        return (
            " | ".join(several)
            if len(several) < 2
            else " | ".join(f"{shown.way.answer.hidden:,} units" for shown in self._shown.values())
        )

    def _names(self, line: Line, shown: Shown) -> None:
        """Append the names of the classes, or as much of each as fits; those of the answer and of the class
        under the cursor stand out.
        """
        cell, beliefs = self._layout.belief_cell, shown.way.beliefs
        names = [printable(beliefs.classes[k]) for k in shown.classes]
        whole = all(cell_len(name) <= max(1, cell - 1) for name in names)
        for k, name in zip(shown.classes, names, strict=True):
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
        if bar >= 2:
            line.add(of + low, self._dim)
            line.cells(pairs[one][one] for one in (k * (len(pairs) - 1) // (bar - 1) for k in range(bar)))
            line.add(high, self._dim)
        else:
            short = f"±{high}" if low == f"-{high}" else f"{low}…{high}"
            line.add(cut(f"{low}…{high}" if bar == 1 else short, room), self._dim)

    def _answers(self) -> Line:
        """What it is read as each way, and where the beliefs part; nothing while it is being read."""
        layout, line = self._layout, Line()
        if self._look.seen < self._comparison.timesteps:
            return line
        for place, shown in self._shown.items():
            answer = shown.way.answer
            right = answer.label in (None, answer.predicted)
            tone = PLAIN if answer.label is None else self._look.tone("right" if right else "wrong")
            share = f"  {answer.probability:.0%}"
            room = layout.belief + 1 + layout.room - len(share)
            read = cut(f"read as {printable(answer.classes[answer.predicted])}", room)
            line.to(layout.left(place)).add(read, tone).add(share, self._dim)
        if self._comparison.both and self._comparison.same_classes:
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
        steps = self._look.between.join(f"{step:,}" for step in comparison.steps)
        said = f"steps {steps}" if len(comparison.steps) > 1 else f"weights of step {steps}"
        said += f" · {notice}" if notice else ""
        undo = [f" · {one}" for one in self._look.undo]
        line, room = Line().to(MARGIN), layout.width - MARGIN
        least = cell_len(undo[-1]) if undo else 0
        short = f"{layout.timestep + 1:,} of {layout.timesteps:,} · unit {layout.unit}"
        values, whole = (f" · {text}" for text in self._values())
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
        """The values under the cursor: `c +1.31 → +5.02`, – where there is none; and with `(+3.71)`, if
        the two can be compared.
        """
        layout, between, found = self._layout, self._look.between, []
        for shown in self._shown.values():
            known = layout.timestep < shown.way.timesteps and layout.unit < shown.way.answer.hidden
            at = (shown.activation, layout.timestep, [layout.unit])
            found.append((shown.info, shown.way.readings.value(*at) if known else None))
        texts = [(info.name, "–" if one is None else number(one, info.span, 2)) for info, one in found]
        alike = len({name for name, _ in texts}) == 1
        values = between.join(
            text if alike and place else f"{name} {text}" for place, (name, text) in enumerate(texts)
        )
        both = [one for _, one in found if one is not None]
        differs = "" if self._gap or len(both) < 2 else f" ({number(both[1] - both[0], 'signed', 2)})"
        return values, values + differs
