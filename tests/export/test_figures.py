"""Figures: the answer's numbers at their places, readable at any shape, the same bytes everywhere."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit import made_answers
from kit.digits import REPOSITORY
from kit.fake_engine import FakeEngine
from kit.screen import beginning, learning, new_run
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.text import Text
from msgspec.structs import replace
from PIL import Image

from explorer import __version__
from explorer.export.answer import export_answer
from explorer.export.figures import maps, scales, ticks
from explorer.export.figures.activations import draw_activations
from explorer.export.figures.again import command_of
from explorer.export.figures.belief import draw_belief
from explorer.export.figures.difference import draw_difference
from explorer.export.figures.drawing import DPI, Draw, draw_figure, styled
from explorer.export.figures.evaluation import draw_evaluation
from explorer.export.figures.heading import Source, subject_of
from explorer.export.figures.lettering import SIZE, families_for, names_of, width_of
from explorer.export.figures.mistakes import draw_mistakes
from explorer.export.figures.saliency import draw_saliency
from explorer.export.figures.sheet import COLUMN, PAGE, Sheet
from explorer.export.figures.sources import draw_sources
from explorer.export.figures.unit import draw_unit
from explorer.export.wanted import Wanted
from explorer.protocol.exports import DATA, DRAWN, EXPORTS
from explorer.protocol.interventions import parse
from explorer.protocol.questions import Answer, Intervention, Sample, Samples, Selection, Span, Wipe
from explorer.system.errors import UsageError

FIGURES: dict[str, Draw] = {
    "activations": draw_activations,
    "belief": draw_belief,
    "saliency": draw_saliency,
    "sources": draw_sources,
    "unit": draw_unit,
    "difference": draw_difference,
    "evaluation": draw_evaluation,
    "mistakes": draw_mistakes,
}
DIGITS = [*"0123456789"]
CHANGED = Intervention(hold={"f": 1.0}, silence=(3, 17), wipe=(Wipe(2, "c"),))
ANSWERS = {
    "activations": made_answers.activations(6, 5, 4, {"c": "open"}),
    "belief": made_answers.belief(6, ["no", "yes"], CHANGED, decided_at=3),
    "saliency": made_answers.saliency(6, 5),
    "sources": made_answers.sources(6, 5),
    "unit": made_answers.unit(6, ["no", "yes"]),
    "difference": made_answers.difference(6, ["no", "yes"]),
    "evaluation": made_answers.evaluation(["no", "yes"]),
    "mistakes": made_answers.mistakes(6, 5, 4, 3, {"c": "open"}),
}
HASHES = """
import hashlib, json, sys
from pkgutil import resolve_name
import explorer.cli, explorer.commands.export, explorer.export.answer, explorer.export.command
assert not any(name.startswith("matplotlib") for name in sys.modules)
from kit.made_answers import *
from explorer.export.figures.drawing import draw_figure
from explorer.export.figures.heading import Source
from explorer.protocol.exports import FIGURES
from explorer.protocol.questions import Wipe
changed = Intervention(hold={"f": 1.0}, silence=(3, 17), wipe=(Wipe(2, "c"),))
answers = [
    activations(6, 5, 4, {"c": "open"}),
    belief(6, ["no", "yes"], changed, decided_at=3),
    saliency(6, 5),
    sources(6, 5),
    unit(6, ["no", "yes"]),
    difference(6, ["no", "yes"]),
    evaluation(["no", "yes"]),
    mistakes(6, 5, 4, 3, {"c": "open"}),
]
print(json.dumps({
    f"{one.what} {kind}": hashlib.sha256(
        draw_figure(resolve_name(FIGURES[one.what]), one, Source("a run", "LSTM"), kind, titled=True)
    ).hexdigest()
    for one in answers for kind in ("svg", "pdf", "png")
}))
assert "matplotlib.pyplot" not in sys.modules
"""


def drawn(answer: Answer, kind: str, *, run: str = "a run", titled: bool = True) -> bytes:
    """Return the content of a figure."""
    return draw_figure(FIGURES[answer.what], answer, Source(run, "LSTM"), kind, titled=titled)


@cache
def figure(what: str, kind: str) -> bytes:
    """Return the content of the figure of one of `ANSWERS`."""
    return drawn(ANSWERS[what], kind)


def texts(svg: bytes) -> list[str]:
    """Return the texts in an svg, in their order."""
    found = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return [element.text or "" for element in found]


class Drawing:
    """A figure on a canvas of pixels, and what is where on it."""

    def __init__(self, answer: Answer, title: tuple[str, ...] = ("a run", "LSTM", "step 1,234")) -> None:
        with styled("a"):
            sheet = Sheet(title, ())
            FIGURES[answer.what](answer, sheet)
            sheet.figure.dpi = DPI
            canvas = FigureCanvasAgg(sheet.figure)
            self.texts = self._recorded(canvas.get_renderer())
            canvas.draw()
        self.figure = sheet.figure
        self.pixels = np.asarray(canvas.buffer_rgba())[..., :3]

    def _recorded(self, renderer: RendererAgg) -> list[Text]:
        """Return a list to which each text is added that is drawn: some ticks aren't."""
        texts: list[Text] = []
        draw = renderer.draw_text

        def draw_text(*arguments: Any, mtext: Text | None = None, **more: Any) -> None:
            if mtext is not None:  # not of several lines
                texts.append(mtext)
            draw(*arguments, mtext=mtext, **more)

        renderer.draw_text = draw_text  # type: ignore[method-assign]
        return texts

    def panel(self, number: int = 0) -> Axes:
        return self.figure.axes[number]

    def colour(self, axes: Axes, column: float, line: float) -> tuple[int, ...]:
        """Return the colour at a place of a panel, in its own coordinates."""
        x, y = axes.transData.transform((column, line))
        return tuple(map(int, self.pixels[len(self.pixels) - 1 - int(y), int(x)]))


def colour_of(name: str, share: float) -> tuple[int, ...]:
    """Return a colour of one of matplotlib's maps."""
    return tuple(map(int, colormaps[name](share, bytes=True)[:3]))


class TestNumbers:
    """What is drawn where."""

    def test_belief_runs_downward_and_has_its_classes_to_the_right(self) -> None:
        shares = np.array([[0.1, 0.7, 0.2], [0.4, 0.5, 0.1], [0.05, 0.15, 0.8], [0.0, 0.0, 1.0]])
        names = {"class": ("a", "b", "c")}
        arrays = {"belief": made_answers.part(shares, "timestep", "class", span="unit", names=names)}
        drawing = Drawing(
            made_answers.answer("belief", arrays, {"label": 2, "predicted": 2, "decided_at": 3})
        )
        panel = drawing.panel()
        for (timestep, number), share in np.ndenumerate(shares):
            # Beside the middle: the line of `decided_at` is on an edge.
            assert drawing.colour(panel, number + 0.2, timestep + 0.2) == colour_of("GnBu", share)
        assert [label.get_text() for label in panel.get_xticklabels()] == ["a", "b", "c"]
        assert [label.get_text() for label in panel.get_yticklabels()] == ["1", "2", "3", "4"]
        (line,) = panel.lines  # the upper edge of timestep 3, which is line 2, counted from 0
        assert [*line.get_ydata()] == [1.5, 1.5]
        curves = {line.get_color(): line for line in drawing.figure.axes[2].lines[:3]}
        legend = drawing.figure.axes[2].get_legend()
        assert legend is not None
        for handle, name in zip(legend.get_lines(), legend.get_texts(), strict=True):
            number = names["class"].index(name.get_text())
            curve = curves[handle.get_color()]
            assert [*curve.get_xdata()] == [np.float32(share) for share in shares[:, number]]
            assert [*curve.get_ydata()] == [0, 1, 2, 3]

    def test_the_curves_are_of_the_answer_and_of_the_two_likeliest_others_on_average(self) -> None:
        shares = np.array([[0.5, 0.2, 0.1, 0.2], [0.1, 0.1, 0.3, 0.5], [0.2, 0.3, 0.26, 0.24]])
        arrays = {"belief": made_answers.part(shares, "timestep", "class", names={"class": "abcd"})}
        drawing = Drawing(made_answers.answer("belief", arrays, {"label": None, "predicted": 1}))
        legend = drawing.figure.axes[2].get_legend()
        assert legend is not None
        assert [name.get_text() for name in legend.get_texts()] == ["b", "d", "a"]

    @pytest.mark.parametrize(
        ("span", "colours", "low", "high"),
        [("unit", "inferno", 0.0, 1.0), ("signed", "RdBu_r", -1.0, 1.0), ("open", "RdBu_r", -3.0, 3.0)],
    )
    def test_an_activation_has_the_colours_of_its_range(
        self, span: str, colours: str, low: float, high: float
    ) -> None:
        values = np.array([[0.0, 0.25, 1.0], [0.9, 0.5, 0.1]]) * (4.1 if span == "open" else 1)
        if span != "unit":
            values[:, 1] *= -1
        answer = made_answers.activations(2, 5, 3, {"f": span})
        arrays = {
            **answer.arrays,
            "f": made_answers.part(values, "timestep", "unit", span=span, label="gate"),
        }
        drawing = Drawing(made_answers.answer("activations", arrays, {"label": 0, "predicted": 1}))
        panel = drawing.panel(2)  # after the sample and its colour bar
        for (timestep, unit), value in np.ndenumerate(values):
            share = (value - low) / (high - low)
            if span == "open":
                share = (math.tanh(value) / math.tanh(high) + 1) / 2
            expected = colour_of(colours, share)
            assert drawing.colour(panel, unit, timestep) == expected
        bar = drawing.panel(3)
        assert bar.get_xlim() == pytest.approx((low, high))

    def test_the_sample_is_ink_on_paper_and_one_input_is_a_curve(self) -> None:
        answer = made_answers.activations(3, 2, 4, {"h": "signed"})
        sample = np.array([[0, 255], [51, 0], [0, 102]])
        arrays = {**answer.arrays, "input": made_answers.part(sample, "timestep", "input")}
        drawing = Drawing(made_answers.answer("activations", arrays, {}))
        for (timestep, column), value in np.ndenumerate(sample):
            assert drawing.colour(drawing.panel(), column, timestep) == colour_of("Greys", value / 255)
        arrays["input"] = made_answers.part(sample[:, :1] / 1.0, "timestep", "input")
        (curve,) = Drawing(made_answers.answer("activations", arrays, {})).panel().lines
        assert [*zip(curve.get_xdata(), curve.get_ydata(), strict=True)] == [(0, 0), (51, 1), (0, 2)]

    def test_saliency_has_0_in_the_middle_of_its_colours(self) -> None:
        values = np.array([[0.0, 1.9, -1.9], [-0.5, 0.5, 0.0]])
        arrays = {"saliency": made_answers.part(values, "timestep", "input", label="∂")}
        drawing = Drawing(made_answers.answer("saliency", arrays, {"class": 3}))
        for (timestep, column), value in np.ndenumerate(values):
            assert drawing.colour(drawing.panel(), column, timestep) == colour_of("RdBu_r", (value + 2) / 4)

    def test_sources_run_downward_by_when_they_were_written_and_to_the_right_by_when_they_are_held(
        self,
    ) -> None:
        answer = made_answers.sources(5, 3)
        shares = scales.numbers_of(answer.arrays["sources"])
        drawing = Drawing(answer)
        sample, triangle, bar = drawing.figure.axes
        for (written, now), share in np.ndenumerate(shares):
            # Beside the middle: the triangle's edge is on the edges of squares.
            found = drawing.colour(triangle, now + 0.2, written - 0.2)
            assert found == colour_of("GnBu", math.sqrt(share)) and (written <= now or share == 0)
        for axis in (triangle.xaxis, sample.yaxis):  # counted from 1
            assert [int(text.get_text()) - 1 for text in axis.get_ticklabels()] == [*axis.get_ticklocs()]
        top = [axes.get_position().y1 for axes in (sample, triangle)]
        assert top[0] == top[1] and sample.get_ylim() == triangle.get_ylim()  # on the same lines
        assert bar.get_xlabel() == "share of what is held now"

    @pytest.mark.parametrize("span", ["open", "unit"])
    def test_without_with_and_the_difference_stand_side_by_side_on_the_same_lines(self, span: str) -> None:
        changed = Intervention(hold={"f": 1.0}, append_blank=2)
        answer = made_answers.difference(6, ["no", "yes"], 4, span, 3, changed)
        drawing = Drawing(answer)
        panels = [one for one in drawing.figure.axes if one.get_ylim() == (5.5, -0.5)]
        read, plain = (scales.numbers_of(answer.arrays[name]) for name in ("c", "c_without"))
        belief, before, moved = (
            scales.numbers_of(answer.arrays[f"belief{part}"]) for part in ("", "_without", "_difference")
        )
        differ = np.tanh(read) - np.tanh(plain) if span == "open" else read - plain
        far = {"open": 2.0, "unit": 1.0}[span]
        low = {"open": -1.0, "unit": 0.0}[span]
        activation = {"open": "RdBu_r", "unit": "inferno"}[span]
        wanted = [
            *((before, "GnBu", 0, 1), (plain, activation, low, 1), (belief, "GnBu", 0, 1)),
            *((read, activation, low, 1), (moved, "RdBu_r", -1, 1), (differ, "RdBu_r", -far, far)),
        ]
        for panel, (values, colours, least, most) in zip(panels[1:], wanted, strict=True):
            squashed = span == "open" and any(values is one for one in (read, plain))
            shown = np.tanh(values) / math.tanh(3) if squashed else values
            for (timestep, column), value in np.ndenumerate(shown):
                share = (value - least) / (most - least)
                missing = (0xB5, 0xB5, 0xB5)
                found = drawing.colour(panel, column + 0.2, timestep + 0.2)
                assert found == (missing if math.isnan(value) else colour_of(colours, share))
            (line,) = panel.lines  # the upper edge of timestep 3
            assert [*line.get_ydata()] == [1.5, 1.5]
        said = [text.get_text() for text in drawing.texts]
        shares = f"read as no, {before[3, 0]:.0%}", f"read as yes, {belief[5, 1]:.0%}"
        for text in (*shares, "without", "with f = 1, 2 blank appended", "difference", "with − without"):
            assert text.replace("%", " %") in said
        assert ("tanh c" in said) == (span == "open")
        assert "class no · read as yes · beliefs part at timestep 3" in said

    @pytest.mark.parametrize("lstm", [True, False])
    def test_a_unit_s_curves_are_named_below_and_its_memory_has_its_equation(self, lstm: bool) -> None:
        spans = made_answers.LSTM if lstm else {"r": "unit", "z": "unit", "n": "signed", "h": "signed"}
        answer = made_answers.unit(6, ["no", "yes"], spans)
        drawing, found = Drawing(answer), {}
        for axes in drawing.figure.axes[:-1]:
            legend = axes.get_legend()
            assert legend is not None
            names = [text.get_text() for text in legend.get_texts()]
            for name, line, handle in zip(names, axes.lines, legend.get_lines(), strict=False):
                assert line.get_color() == handle.get_color()
                assert line.get_linestyle() == handle.get_linestyle()
                found[name] = [*line.get_xdata()]
                assert [*line.get_ydata()] == [0, 1, 2, 3, 4, 5]
            low = axes.get_window_extent().y0
            assert all(text.get_window_extent().y1 < low for text in legend.get_texts())
        arrays = {name: part for name, part in answer.arrays.items() if part.axes == ("timestep",)}
        wanted = {{"kept": "f·c", "written": "i·g"}.get(name, name): part for name, part in arrays.items()}
        assert found == {name: [*part.numbers] for name, part in wanted.items()}
        said = {text.get_text() for text in drawing.texts}
        assert ("c′ = f·c + i·g" in said) == lstm
        bars = [bar.get_width() for bar in drawing.figure.axes[-1].patches]
        assert bars == pytest.approx([*answer.arrays["votes"].numbers])

    def test_a_figure_says_of_which_unit_it_is_also_where_none_was_named(self) -> None:
        answer = made_answers.unit(6, ["no", "yes"])
        for one in (answer, made_answers.answer("unit", answer.arrays, {**answer.facts, "unit": 0})):
            said = [part for text in texts(drawn(one, "svg")) for part in text.split(" · ")]
            assert said.count(f"unit {one.facts['unit']}") == 1
            assert "half-life 2.5 timesteps, if nothing were written" in said

    def test_a_curve_that_is_held_beyond_its_range_stays_in_its_panel(self) -> None:
        answer = made_answers.unit(6, ["no", "yes"])
        held = made_answers.part(np.full(6, 2.5), "timestep", span="unit")
        drawing = Drawing(made_answers.answer("unit", {**answer.arrays, "f": held}, answer.facts))
        limits = [axes.get_xlim() for axes in drawing.figure.axes[1:3]]
        assert limits == [(0, 2.5), (-1, 1)]
        lost = {
            name: made_answers.part(np.full(part.shape, math.nan), *part.axes, span=part.span)
            for name, part in answer.arrays.items()
        }
        assert Drawing(made_answers.answer("unit", lost, {})).panel().get_xlim() == (0, 1)

    def test_a_confusion_matrix_has_its_labels_downward_its_counts_and_each_class_s_accuracy(self) -> None:
        counts = np.array([[8, 2, 0], [1, 30, 9], [0, 0, 0]])
        names = {"label": ("a", "b", "c"), "predicted": ("a", "b", "c")}
        arrays = {"confusion": made_answers.part(counts, "label", "predicted", names=names)}
        facts = {"samples": 50, "accuracy": 0.76, "loss": 0.5}
        drawing = Drawing(made_answers.answer("evaluation", arrays, facts, subject=Samples()))
        panel, bars = drawing.panel(0), drawing.panel(2)
        for (label, predicted), count in np.ndenumerate(counts[:2]):
            share = math.sqrt(count / counts[label].sum())
            assert drawing.colour(panel, predicted + 0.4, label + 0.4) == colour_of("GnBu", share)
        written = {one.get_position(): one.get_text() for one in panel.texts}
        assert written == {(0, 0): "8", (1, 0): "2", (0, 1): "1", (1, 1): "30", (2, 1): "9"}
        assert [one.get_text() for one in bars.texts] == ["80.0 %", "75.0 %", "–"]
        assert [bar.get_width() for bar in bars.patches] == [0.8, 0.75, 0]
        assert "50 samples · accuracy 76.00 % · loss 0.5" in [one.get_text() for one in drawing.texts]

    def test_mistakes_are_pictured_with_their_numbers_above_the_means_of_both_sets_and_the_difference(
        self,
    ) -> None:
        answer = made_answers.mistakes(3, 2, 4, 11, {"f": "unit", "c": "open"})
        drawing = Drawing(answer)
        pictures = np.frombuffer(answer.arrays["thumbnails"].data, np.uint8).reshape(11, 3, 2)
        for rank, picture in enumerate(pictures):
            for (timestep, column), value in np.ndenumerate(picture):
                assert drawing.colour(drawing.panel(rank), column, timestep) == colour_of(
                    "Greys", value / 255
                )
        said = [one.get_text() for one in drawing.texts]
        shares = answer.arrays["share"].numbers
        for number, share in zip(answer.arrays["samples"].numbers, shares, strict=True):
            assert f"{number}" in said and f"9: {share:.0%}".replace("%", " %") in said
        sets = ["mean over the 11 of class 4 read as 9", "mean over the 968 read as 4"]
        assert [one for one in said if one.startswith(("mean ", "diff"))][:2] == sets
        numbers = {name: scales.numbers_of(one) for name, one in answer.arrays.items()}
        assert numbers["f"] - numbers["f_right"] == pytest.approx(numbers["f_difference"], abs=1e-6)
        reach = scales.reach_of(numbers["f_difference"])
        for place, name, low, high, colours in (
            (11, "f", 0, 1, "inferno"),
            (15, "f_right", 0, 1, "inferno"),
            (19, "f_difference", -reach, reach, "RdBu_r"),
        ):
            for (timestep, unit), value in np.ndenumerate(numbers[name]):
                expected = colour_of(colours, (float(value) - low) / (high - low))
                assert drawing.colour(drawing.panel(place), unit, timestep) == expected, name

    def test_what_is_not_finite_has_a_colour_of_its_own(self) -> None:
        values = np.array([[math.nan, 1.0], [math.inf, -math.inf]])
        arrays = {"saliency": made_answers.part(values, "timestep", "input", label="∂")}
        drawing = Drawing(made_answers.answer("saliency", arrays, {"class": 3}))
        assert drawing.colour(drawing.panel(), 0, 0) == (0xB5, 0xB5, 0xB5)
        assert drawing.colour(drawing.panel(), 0, 1) == colour_of("RdBu_r", 1.0)
        assert drawing.colour(drawing.panel(), 1, 1) == colour_of("RdBu_r", 0.0)
        for inputs in (1, 2):
            arrays = {"saliency": made_answers.part(np.full((3, inputs), math.nan), "timestep", "input")}
            assert drawn(made_answers.answer("saliency", arrays, {"class": 3}), "png")
        arrays = {"confusion": made_answers.part(np.zeros((2, 2), int), "label", "predicted")}
        assert drawn(made_answers.answer("evaluation", arrays, {}), "png")

    def test_what_is_finer_than_print_is_pooled_and_the_axis_says_so(self) -> None:
        values = np.random.default_rng(0).uniform(0, 1, (4, 500))
        answer = made_answers.activations(4, 3, 500)
        arrays = {**answer.arrays, "i": made_answers.part(values, "timestep", "unit", span="unit")}
        drawing = Drawing(made_answers.answer("activations", arrays, answer.facts))
        panel = drawing.panel(2)
        assert panel.get_xlabel() == "unit\n(means of 2)" and panel.get_xlim() == (-0.5, 499.5)
        pixels = np.asarray(panel.images[0].get_array())
        tall, wide = pixels.shape[0] // 4, pixels.shape[1] // 250
        for timestep, pair in product(range(4), range(250)):
            mean = sum(np.float32(values[timestep, 2 * pair : 2 * pair + 2]).tolist()) / 2
            found = pixels[timestep * tall : (timestep + 1) * tall, pair * wide : (pair + 1) * wide, :3]
            assert (found == colour_of("inferno", mean)).all()

    def test_a_column_that_pools_fewer_than_the_others_has_their_mean(self) -> None:
        with styled("a"):
            sheet = Sheet(None, ())
            sheet.open(1.0, 1.0)
            axes = sheet.axes(0, 0, 0.1, 0.1)
            values = np.array([[0.0, 0.5, 1.0] * 25 + [0.5, 0.0]])  # 77 into 30: 3 each, 2 in the last
            maps.paint(axes, values, scales.of_activation(values, "unit"), "unit", (0.1, 0.1))
        pixels = np.asarray(axes.images[0].get_array())[0, ::2, :3].tolist()
        assert pixels == [[*colour_of("inferno", 0.5)]] * 25 + [[*colour_of("inferno", 0.25)]]


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=300))
def test_a_scale_reaches_as_far_as_98_percent_of_the_numbers(values: list[float]) -> None:
    reach = scales.reach_of(np.array(values, np.float32))
    ranked = sorted(map(abs, values))
    within = ranked[int(0.98 * (len(ranked) - 1))]
    digits = f"{reach:.0e}"
    assert digits[0] in "125" and float(digits) == pytest.approx(reach)
    assert within <= reach * 1.00001
    assert within < scales.LEAST or within > reach / 2.6


@given(st.floats(0.001, 5000))
def test_ticks_are_spaced_by_1_2_or_5_times_a_power_of_10(wanted: float) -> None:
    step = ticks.spaced(wanted)
    assert step >= wanted and str(step).strip("0") in ("1", "2", "5")
    assert step == 1 or step / 2.5 < wanted


def own_input(what: str, timesteps: int, inputs: int, about: float, far: float) -> Answer:
    """Return an answer about an input whose numbers are long."""
    made = {
        "activations": lambda: made_answers.activations(timesteps, inputs, 5),
        "difference": lambda: made_answers.difference(timesteps, ["no", "yes"], 5),
        "sources": lambda: made_answers.sources(timesteps, inputs),
    }
    answer = made[what]()
    x = about + far * np.sin(np.arange(timesteps * inputs).reshape(timesteps, inputs))
    return replace(answer, arrays=answer.arrays | {"input": made_answers.part(x, "timestep", "input")})


long = [f"the class number {number:03} of all of them" for number in range(100)]
SHAPES: dict[str, Callable[[], Answer]] = {
    "one timestep": lambda: made_answers.activations(1, 28, 128),
    "one unit": lambda: made_answers.activations(28, 1, 1, {"h": "signed"}),
    "many": lambda: made_answers.activations(1000, 512, 512, {"f": "unit", "c": "open"}),
    "many activations": lambda: made_answers.activations(28, 28, 9, dict.fromkeys("abcdefg", "unit")),
    **{
        f"an input of one's own, {timesteps} × {inputs}, {what}": partial(
            own_input, what, timesteps, inputs, about, far
        )
        for what in ("activations", "difference", "sources")
        for timesteps, inputs, about, far in ((4, 1, -999999, 1e5), (20, 2, 1200.0, 30.0))
    },
    "belief once": lambda: made_answers.belief(1, ["no", "yes"]),
    "belief in many": lambda: made_answers.belief(1000, long, CHANGED, decided_at=999),
    "belief in clothes": lambda: made_answers.belief(28, ["T-shirt", "ankle boot", "$a$b"], decided_at=28),
    "saliency once": lambda: made_answers.saliency(1, 1),
    "saliency of many": lambda: made_answers.saliency(1000, 512),
    "saliency in time": lambda: made_answers.saliency(1000, 1),
    "difference of many": lambda: made_answers.difference(1000, long, 512, parts_at=None),
    "difference once": lambda: made_answers.difference(1, ["a", "b"], 1, "signed", None),
    "sources once": lambda: made_answers.sources(1, 28),
    "sources of a curve": lambda: made_answers.sources(28, 1),
    "sources of many": lambda: made_answers.sources(1000, 512),
    "unit once": lambda: made_answers.unit(1, ["no", "yes"]),
    "unit of a plain cell": lambda: made_answers.unit(28, DIGITS, {"h": "signed"}),
    "unit of many": lambda: made_answers.unit(1000, long),
    "unit of many activations": lambda: made_answers.unit(28, long[:9], dict.fromkeys("abcdefghij", "unit")),
    "mistakes": lambda: made_answers.mistakes(28, 28, 128, 23),
    "mistakes once": lambda: made_answers.mistakes(1, 1, 1, 1, {"h": "signed"}),
    "mistakes of a long one": lambda: made_answers.mistakes(28, 2, 512, 100_000, {"h": "signed"}),
    "mistakes of many activations": lambda: made_answers.mistakes(
        5, 9, 9, 3, dict.fromkeys("abcdefgh", "unit")
    ),
    "read right": lambda: made_answers.mistakes(9, 1, 9, 30, square=(3, 3)),
    "matrix of two": lambda: made_answers.evaluation(["no", "yes"], most=99999),
    "matrix of twenty": lambda: made_answers.evaluation(long[:20]),
    "matrix of many": lambda: made_answers.evaluation(long),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_at_every_shape_text_is_whole_and_apart_and_large_enough_to_read(shape: str) -> None:
    title = ("a run whose name is very long and without an end " * 4, "LSTM", "step 1,234", "test sample 7")
    drawing = Drawing(SHAPES[shape](), title)
    whole = drawing.figure.bbox
    across = {axes.xaxis.label for axes in drawing.figure.axes if "\n" in axes.get_xlabel()}
    places = [(one, one.get_window_extent()) for one in (*drawing.texts, *across)]
    for one, box in places:
        assert one.get_fontsize() >= SIZE
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= whole.x1 and box.y1 <= whole.y1, one.get_text()
    for number, (one, box) in enumerate(places):
        for other, beside in places[:number]:
            across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
            down = min(box.y1, beside.y1) - max(box.y0, beside.y0)
            assert across <= 1 or down <= 4, (
                one.get_text(),
                other.get_text(),
            )  # pixels: accents and descenders
    assert drawing.figure.get_figwidth() <= PAGE + 1e-6
    assert all("$" in one.get_text() for one, _ in places if "a$b" in one.get_text())


def test_a_figure_of_digits_fits_into_a_column() -> None:
    assert Drawing(made_answers.belief(28, DIGITS)).figure.get_figwidth() == pytest.approx(COLUMN)
    assert Drawing(made_answers.saliency(28, 28)).figure.get_figwidth() <= COLUMN


FIFTH = Selection(subject=Sample(5))


class TestFormats:
    @pytest.mark.parametrize("what", FIGURES)
    def test_an_svg_has_its_words_as_text_and_says_where_it_comes_from(self, what: str) -> None:
        svg = figure(what, "svg")
        read = subject_of(ANSWERS[what].asked.subject)
        own = " · unit 17" if what == "unit" else ""
        assert f"a run · LSTM · step 1,234 · {read}{own}" in texts(svg)
        tree = ElementTree.fromstring(svg)
        dublin = "{http://purl.org/dc/elements/1.1/}"
        (command,) = (element.text for element in tree.iter(f"{dublin}description"))
        assert command == command_of(ANSWERS[what], "a run", "svg", True)
        words = [element.text for element in tree.iter() if element.text]
        assert {"run: a run", "step: 1234", f"subject: {read}", f"gatescope {__version__}"} <= {*words}
        assert not [*tree.iter(f"{dublin}date")]

    @pytest.mark.parametrize("what", FIGURES)
    def test_a_pdf_has_type_42_fonts_and_says_where_it_comes_from(self, what: str) -> None:
        pdf = figure(what, "pdf")
        assert pdf.startswith(b"%PDF-") and b"/Type3" not in pdf and b"Date" not in pdf
        assert pdf.count(b"/CIDFontType2") >= 1 and b"/FontFile2" in pdf
        assert f"gatescope {__version__}".encode() in pdf
        assert command_of(ANSWERS[what], "a run", "pdf", True).replace("(", "\\(").encode() in pdf
        assert b"run: a run; step: 1234; subject: " in pdf

    @pytest.mark.parametrize("what", FIGURES)
    def test_a_png_has_the_pixels_of_its_size_in_print_and_says_where_it_comes_from(self, what: str) -> None:
        picture: Any = Image.open(io.BytesIO(figure(what, "png")))
        inches = Drawing(ANSWERS[what]).figure.get_figwidth()
        assert picture.width == pytest.approx(inches * 300, abs=1)
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert picture.getpixel((0, 0))[:3] == (255, 255, 255)
        assert picture.text["Description"] == command_of(ANSWERS[what], "a run", "png", True)
        assert picture.text["Software"] == f"gatescope {__version__}"
        assert (picture.text["Run"], picture.text["Step"]) == ("a run", "1234")

    def test_without_a_title_only_the_metadata_say_what_it_is(self) -> None:
        titled, bare = (drawn(ANSWERS["belief"], "svg", titled=titled) for titled in (True, False))
        said = [
            "a run · LSTM · step 1,234 · test sample 7",
            "f = 1 · units 3, 17 silent · c wiped before 2",
            f"class yes · read as {('no', 'yes')[int(ANSWERS['belief'].facts['predicted'] or 0)]}",
        ]
        assert [text for text in texts(titled) if text in said] == said
        assert sorted(texts(bare)) == sorted(text for text in texts(titled) if text not in said)
        assert b"--no-title" in bare and b"belief: a run, LSTM, step 1,234, test sample 7, f = 1" in bare

    def test_the_same_answer_gives_the_same_bytes_in_any_process_and_place(self, tmp_path: Path) -> None:
        here = {
            f"{what} {kind}": hashlib.sha256(figure(what, kind)).hexdigest()
            for what in ANSWERS
            for kind in ("svg", "pdf", "png")
        }
        (tmp_path / "matplotlibrc").write_text("font.size: 20\nsvg.hashsalt: other\nfont.family: serif\n")
        environment = {
            **os.environ,
            "HOME": str(tmp_path),
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "MPLCONFIGDIR": str(tmp_path / "elsewhere"),
            "MPLBACKEND": "nonsense",
            "TZ": "Asia/Tokyo",
            "LC_ALL": "de_DE.UTF-8",
            "PYTHONHASHSEED": "7",
            "SOURCE_DATE_EPOCH": "1",
            "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{REPOSITORY / 'tests'}",
        }
        there = subprocess.run(
            [sys.executable, "-c", HASHES],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            check=False,
            text=True,
        )
        assert there.returncode == 0, there.stderr
        assert json.loads(there.stdout) == here
        assert there.stderr == ""
        assert [path.name for path in (tmp_path / "cache").glob("gatescope/matplotlib/*")]
        assert not (tmp_path / "elsewhere").exists()


class TestWords:
    def test_classes_without_glyphs_are_numbers(self) -> None:
        kana = ["お", "き"]
        assert names_of(kana, 2) == (["0", "1"], "class, by number")
        assert names_of(["no", "ja\nwohl\x1b"], 2) == (["no", "ja wohl�"], "class")
        assert names_of([], 3)[0] == ["0", "1", "2"]
        (said,) = (text for text in texts(drawn(made_answers.belief(1, kana), "svg")) if "read as" in text)
        assert re.fullmatch("class 1 · read as [01]", said)

    def test_a_character_that_only_another_font_has_is_asked_of_that_font(self) -> None:
        assert families_for("Straße, 9 ≠ δ") == families_for("a")
        assert families_for("𝕒\ue2d6")[-1].startswith("STIX")  # fonts of matplotlib's own
        assert families_for("\U0010fffd") == families_for("a")  # which none has, but for one of boxes

    def test_a_run_may_have_any_name(self) -> None:
        belief = made_answers.belief(2, ["a", "b"])
        for run in ("$x$ and $", "日本", "x" * 255, "<&>", "a'b \"c"):
            svg = drawn(belief, "svg", run=run)
            assert shlex.quote(run) in "".join(ElementTree.fromstring(svg).itertext())
        odd = drawn(belief, "svg", run="a\x1b[2J\nb\udcff")
        assert "a�[2J b?" in "".join(ElementTree.fromstring(odd).itertext())
        assert drawn(belief, "pdf", run="日本") and drawn(belief, "png", run="$日\\本$")

    def test_a_name_that_is_too_long_loses_its_middle(self) -> None:
        (name,), _ = names_of(["a" + "m" * 38 + "z"], 1)
        assert name[0] == "a" and name[-1] == "z" and "…" in name and width_of(name) <= 1.2


class TestAgain:
    def test_the_command_names_everything_that_was_asked(self) -> None:
        answer = made_answers.belief(3, DIGITS, CHANGED)
        assert command_of(answer, "my run", "svg", True) == (
            "gatescope export 'my run' belief --sample 7 --moment 1234 --hold f=1 --silence 3,17 --wipe c@2"
            " --format svg"
        )
        asked = Selection(subject=Samples(first=500, label=4, read_as=9))
        of_many = Answer(
            what="evaluation", asked=asked, step=0, facts={}, arrays={}, options={"by_class": True}
        )
        assert command_of(of_many, "r", "pdf", False) == (
            "gatescope export r evaluation --first 500 --label 4 --read-as 9 --moment 0 --by-class"
            " --format pdf --no-title"
        )

    @given(
        st.builds(
            Intervention,
            hold=st.dictionaries(st.sampled_from("ifoc"), st.floats(-1e6, 1e6), max_size=3),
            silence=st.lists(st.integers(0, 511), max_size=3, unique=True).map(tuple),
            wipe=st.lists(
                st.builds(Wipe, st.integers(1, 99), st.sampled_from(["", "h", "c"])), unique=True
            ).map(tuple),
            blank=st.lists(
                st.builds(
                    lambda first, more: Span(first, first + more), st.integers(1, 99), st.integers(0, 9)
                ),
                unique=True,
            ).map(tuple),
            append_blank=st.integers(0, 9),
        )
    )
    def test_what_the_command_changes_is_read_back_as_it_was(self, changed: Intervention) -> None:
        words = shlex.split(command_of(made_answers.belief(1, "ab", changed), "r", "svg", True))[8:-2]
        flags = [*zip(words[::2], words[1::2], strict=True)]

        def several(flag: str) -> list[str]:
            return [value for name, value in flags if name == flag]

        again = parse(
            several("--hold"),
            "".join(several("--silence")),
            several("--wipe"),
            several("--blank"),
            "".join(several("--append-blank")),
        )
        assert again == changed


class TestExport:
    """From a run to a file."""

    def wanted(self, output: Path, kind: str | None = None, **more: Any) -> Wanted:
        said: list[str] = more.pop("said", [])
        return Wanted(kind, output, False, said.append, **more)

    def test_a_training_s_answer_is_drawn_in_the_format_of_the_file_s_name(self, tmp_path: Path) -> None:
        engine = FakeEngine(new_run(tmp_path), *beginning(), *learning(3))
        engine.step = 1234
        said: list[str] = []
        try:
            wanted = self.wanted(tmp_path / "a.svg", selection=FIFTH, said=said)
            export_answer(engine.folder, "activations", wanted)
        finally:
            engine.end()
        content = (tmp_path / "a.svg").read_bytes()
        assert f"{engine.folder.name} · LSTM · step 1,234 · test sample 5" in texts(content)
        assert said[0] == "drawing" and re.fullmatch(rf"{tmp_path}/a\.svg \(.* KB, .* 1,234\)", said[-1])

    def test_data_have_no_title_to_leave_out(self, tmp_path: Path) -> None:
        engine = FakeEngine(new_run(tmp_path), *beginning(), *learning(3))
        try:
            with pytest.raises(
                UsageError, match="--no-title is for pictures: svg, pdf, png; a csv has no title"
            ):
                export_answer(engine.folder, "activations", self.wanted(tmp_path / "a.csv", titled=False))
        finally:
            engine.end()
        assert not (tmp_path / "a.csv").exists()

    def test_a_figure_is_a_file_and_a_line(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        row = EXPORTS["activations"]._replace(formats=(*DATA, *DRAWN), figure=f"{__name__}:draw_toy")
        monkeypatch.setitem(EXPORTS, "activations", row)
        engine = FakeEngine(new_run(tmp_path), *beginning(), *learning(3))
        try:
            export_answer(engine.folder, "activations", self.wanted(tmp_path / "toy.svg", selection=FIFTH))
        finally:
            engine.end()
        assert "a toy of 5" in texts((tmp_path / "toy.svg").read_bytes())


def draw_toy(answer: Answer, sheet: Sheet) -> None:
    """Draw next to nothing."""
    sheet.open(COLUMN, 1.0, [])
    sheet.text(0.1, 0.1, f"a toy of {answer.facts['label']}")


@pytest.mark.parametrize("what", ["saliency", "unit", "sources"])
def test_classes_have_their_names_also_where_no_array_has_them(what: str) -> None:
    answer = replace(ANSWERS[what], facts=ANSWERS[what].facts | {"label": 1, "predicted": 0})
    source = Source("a run", "LSTM", ("slow", "fa\x1bst"))
    content = draw_figure(FIGURES[what], answer, source, "svg", titled=True)
    assert any("class fa" in text and "read as slow" in text for text in texts(content))
