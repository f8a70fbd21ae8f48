"""Why a class: what is painted over the sample, which class is asked for, and where there is no answer."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Sequence
from pathlib import Path

import pytest
from kit import fake_engine
from kit.asking import about_sequence, read, sequence
from kit.fake_engine import probed
from kit.screen import ROOMY, Visit, exploring, finished_run, live_run, seeing
from msgspec.structs import replace
from rich.style import Style

from explorer.protocol.questions import Answer, Array, Ask
from explorer.ui.views.activations import Activations
from explorer.ui.views.gate_layout import Layout
from explorer.ui.views.gate_pixels import Pixels
from explorer.ui.views.gate_words import why
from explorer.ui.views.gates import Gates
from explorer.ui.views.heatmap import Readings
from explorer.ui.views.saliency import Saliency
from explorer.ui.widgets import palette

SIZES = [ROOMY, (120, 40), (80, 24), (60, 20)]
MISREAD = 9
"""A sample that the fake reads as 8."""


def gates_of(visit: Visit) -> Gates:
    return visit.app.screen_stack[0].query_one(Gates)


def about(answer: Answer, values: Sequence[float], number: int) -> Answer:
    """Return the saliency of a class for the sequence that an answer is about."""
    shape = answer.arrays["input"].shape
    part = Array(("timestep", "input"), shape, "float32", array("f", values).tobytes())
    facts, options = answer.facts | {"class": number}, {"class": number}
    return replace(answer, what="saliency", facts=facts, arrays={"saliency": part}, options=options)


def show(visit: Visit, answer: Answer, values: Sequence[float], number: int) -> None:
    """Have the gates show a sequence and the saliency of a class."""
    answers = {"activations": answer, "saliency": about(answer, values, number)}
    gates_of(visit).take(answers, learning=False, sparing=False)


def pixels(visit: Visit) -> list[list[str]]:
    """Return the colours of the sample's pixels, row by row, two of which are in a line."""
    rows: list[list[str]] = []
    for y in range(1, 1 + 28 // 2):
        strip = gates_of(visit).render_line(y).crop(2, 2 + 28)
        cells = [(text, segment.style) for segment in strip for text in segment.text]
        rows.extend(
            [colour(style, text == "▀" and upper) for text, style in cells] for upper in (True, False)
        )
    return rows


def colour(style: Style | None, fore: bool) -> str:
    """Return the colour of a character, or of what is behind it."""
    assert style is not None
    shown = style.color if fore else style.bgcolor
    assert shown is not None and shown.triplet is not None
    return shown.triplet.hex


def explained(visit: Visit) -> list[dict[str, object]]:
    """Return the options of the saliencies that were asked for, in their order."""
    asked = (request for engine in visit.engines for request in engine.asked(Ask))
    found = [question for request in asked for question in request.questions]  # type: ignore[union-attr]
    return [question.options for question in found if question.what == "saliency"]


class TestPixels:
    @pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
    async def test_what_counts_has_the_ends_of_the_palette_and_all_else_stays_grey_ink(
        self, dark: bool, tmp_path: Path
    ) -> None:
        async with seeing("gates", tmp_path) as visit:
            if not dark:
                await visit.press("t")
            await visit.until(lambda: gates_of(visit).dark is dark)
            (answer,) = probed(0).answers
            values = [0.001] * (28 * 28)
            for timestep in range(8, 13):  # more than 2 % of all, which may be off the scale
                for place in range(4):
                    values[28 * timestep + place] = 0.5
            values[28 * 5 + 3], values[28 * 20 + 11] = 7.0, -7.0
            show(visit, answer, values, 0)
            await visit.sees(r"why 0 -0\.5 \+0\.5 ", "#gates")
            found, ends = pixels(visit), palette.scale("open", dark)
            assert found[5][3] == palette.hex_of(ends[-1])
            assert found[20][11] == palette.hex_of(ends[0])
            greys = [palette.hex_of(rgb) for rgb in palette.ink(dark)[:8]]
            ink = read(probed(0)).pixels
            for timestep in range(28):
                for place in range(28):
                    at = 28 * timestep + place
                    if values[at] == 0.001:
                        assert found[timestep][place] == greys[ink[at] * 8 // 256]

    async def test_every_pixel_has_the_colour_of_the_answer_that_the_engine_gave(
        self, tmp_path: Path
    ) -> None:
        async with seeing("gates", tmp_path) as visit:
            await visit.press("a")
            await visit.sees(r"why 0 -1 \+1 ", "#gates")
            scale, ink = palette.scale("open", dark=True), read(probed(0)).pixels
            for timestep, row in enumerate(pixels(visit)):
                for place, shown in enumerate(row):
                    share = fake_engine.saliency(timestep, place, 0)
                    level = min(16, math.floor((share + 1) / 2 * 17))
                    grey = palette.ink(True)[ink[28 * timestep + place] * 8 // 256]
                    wanted = scale[level] if abs(level - 8) > 2 else grey
                    assert shown == palette.hex_of(wanted), (timestep, place)

    async def test_of_one_input_each_line_of_the_curve_has_the_colour_of_its_timesteps(
        self, tmp_path: Path
    ) -> None:
        answer = about_sequence(8, [0.0, 1.0] * 4, hidden=8)
        async with seeing("gates", tmp_path, (60, 20)) as visit:
            show(visit, answer, [1.0, 1.0, -1.0, -1.0, 1.0, -1.0, 0.1, 0.0], 0)
            await visit.sees("why not 0 -1 ", "#gates")
            ends = palette.scale("open", dark=True)
            found = []
            per_line = 1 if gates_of(visit)._layout().tall else 2  # type: ignore[union-attr]
            for y in range(1, 1 + 8 // per_line):
                strip = gates_of(visit).render_line(y).crop(2, 2 + 28)
                styles = {segment.style for segment in strip if segment.text.strip()}
                found.append({colour(style, fore=True) for style in styles})
            quiet = palette.hex_of(palette.ink(True)[7])
            high, low = palette.hex_of(ends[-1]), palette.hex_of(ends[0])
            lines = [high, low, quiet, quiet] if per_line == 2 else [high] * 2 + [low] * 2 + [high, low]
            assert found[: len(lines)] == [{one} for one in lines]

    def test_without_hues_the_saliency_alone_is_painted_from_dark_to_light(self) -> None:
        answer = about_sequence(2, bytes([0, 255, 255, 0]), hidden=4)
        over = about(answer, [-1.0, 1.0, 0.0, 1.0], 0)
        readings = Readings(Activations(answer), over=over)
        layout = Layout.fit((100, 10), (2, 2), 6, 4, 0)
        grey = Pixels(layout, readings, dark=True, tint="grey")
        assert layout.panel.pixel == 14 and layout.tall
        first, second = (grey.line(None, y, 2).strip(28) for y in (0, 1))
        scale = palette.scale("unit", True)
        shown = [colour(segment.style, fore=False) for line in (first, second) for segment in line]
        assert shown == [palette.hex_of(scale[level]) for level in (0, 15, 8, 15)]
        none = Pixels(layout, readings, dark=True, tint="none")
        assert none.line(None, 0, 2).strip(28).text == " " * 14 + "█" * 14


class TestNumbers:
    def test_inputs_that_share_a_column_show_their_mean_and_nan_is_0(self) -> None:
        answer = about_sequence(2, [0.0] * 6, hidden=4)
        over = Saliency(about(answer, [2.0, -1.0, 1.0, math.nan, -9.0, 1.0], 3), Activations(answer))
        assert (over.number, over.reach) == (3, 2.0)
        assert over.shares(0) == [1.0, -0.5, 0.5]
        assert over.shares(0, 2) == [0.25, 0.5]
        assert over.shares(1) == [0.0, -1.0, 0.5]

    def test_the_scale_stays_while_learning_as_long_as_it_fits(self) -> None:
        answer = about_sequence(2, [0.0] * 4, hidden=4)
        reaches, before = [], None
        for far in (0.4, 0.2, 0.6, 0.04, 0.0):
            before = Readings(Activations(answer), before, over=about(answer, [far] * 4, 3))
            reaches.append(before.saliency.reach if before.saliency else None)
        assert reaches == [0.5, 0.5, 1.0, pytest.approx(0.05), pytest.approx(1e-6)]
        alone = Readings(Activations(answer), over=about(answer, [0.19] * 4, 4))
        assert alone.saliency is not None and alone.saliency.reach == 0.2

    @pytest.mark.parametrize(
        ("changed", "said"),
        [({"class": 10}, "class 10"), ({"class": None}, "class None"), ({"class": True}, "class True")],
    )
    def test_a_class_that_there_is_not_is_refused(self, changed: dict[str, int], said: str) -> None:
        answer = about_sequence(2, [0.0] * 4, hidden=4)
        over = about(answer, [0.0] * 4, 3)
        with pytest.raises(ValueError, match=f"saliency of {said}"):
            Saliency(replace(over, facts=over.facts | changed), Activations(answer))

    def test_saliency_of_another_shape_is_refused(self) -> None:
        answer = about_sequence(2, [0.0] * 4, hidden=4)
        other = about(about_sequence(4, [0.0] * 4, hidden=4), [0.0] * 4, 3)
        for wrong in (other, replace(other, arrays={})):
            with pytest.raises(ValueError, match="no saliency of the inputs"):
                Saliency(wrong, Activations(answer))


class TestKey:
    async def test_of_a_misread_sample_it_explains_both_classes_and_then_neither(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.press("right_square_bracket")
            await visit.sees("sample 1 ", "#gates")
            await visit.press(*["right_square_bracket"] * (MISREAD - 1))
            await visit.sees("is 9, read as 8", "#gates")
            plain = pixels(visit)
            await visit.press("a")
            await visit.sees("9 why 8 -1 ", "#gates")
            first = pixels(visit)
            await visit.press("a")
            await visit.sees("9 why not 9 -1 ", "#gates")
            assert explained(visit) == [{"class": None}, {"class": 9}]
            assert plain != first != pixels(visit)
            await visit.press("a")
            await visit.until(lambda: "why" not in visit.text_in("#gates"))
            assert pixels(visit) == plain
            await visit.press("a")  # kept: it is painted at once
            await visit.sees("9 why 8 -1 ", "#gates")
            assert pixels(visit) == first
            assert explained(visit) == [{"class": None}, {"class": 9}]

    async def test_of_a_sample_that_was_read_correctly_it_explains_that_class_and_then_neither(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("is 0, read as 0", "#gates")
            await visit.press("a")
            await visit.sees("why 0", "#gates")
            await visit.press("a")
            await visit.until(lambda: "why" not in visit.text_in("#gates"))
            assert gates_of(visit).chosen.why == ""

    async def test_without_a_label_there_is_no_right_class_to_explain(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fake_engine, "_read", lambda selection: (0, None))
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("read as 0", "#gates")
            await visit.press("a")
            await visit.sees("why 0", "#gates")
            await visit.press("a")
            await visit.until(lambda: "why" not in visit.text_in("#gates"))
            gates_of(visit)._choice.change(why="right")  # left on at another sample
            await visit.sees("why 0", "#gates")
            assert explained(visit) == [{"class": None}]

    async def test_the_next_sample_is_asked_about_its_own_right_class_and_only_once(
        self, tmp_path: Path
    ) -> None:
        async with seeing("gates", tmp_path) as visit:
            gates_of(visit)._choice.change(why="right")
            await visit.sees("why 0", "#gates")
            for index in (1, 2):
                await visit.press("right_square_bracket")
                await visit.sees(f"sample {index} why {index} ", "#gates")
            await visit.press("left_square_bracket")  # both answers are kept
            await visit.sees("sample 1 why 1 ", "#gates")
            for _ in range(3):
                visit.app.screen_stack[0].presenter.keep_up()  # type: ignore[attr-defined]
            assert explained(visit) == [{"class": 0}, {"class": 1}, {"class": 2}]

    async def test_while_learning_it_follows_the_weights_and_says_the_step_of_older_ones(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("weights of step 3", "#gates")
                await visit.press("a")
                await visit.sees(r"why 0 -1 \+1 ", "#gates")
                monkeypatch.setattr(fake_engine, "saliency", lambda *place: 4.0)
                engine.train(4)
                await visit.sees(r"why 0 -5 \+5 ", "#gates")
                await visit.sees("weights of step 4", "#gates")
                gates, (older,) = gates_of(visit), probed(0, step=3).answers
                answers = {
                    "activations": probed(0, step=4).answers[0], "saliency": about(older, [1.0] * 784, 0)
                }  # fmt: skip
                gates.take(answers, learning=True, sparing=False)
                await visit.sees("weights of step 4 · saliency of step 3", "#gates")


@pytest.mark.parametrize("size", SIZES)
class TestWords:
    async def test_which_class_is_explained_is_said_whole_at_every_size(
        self, size: tuple[int, int], tmp_path: Path
    ) -> None:
        async with seeing("gates", tmp_path, size) as visit:
            await visit.turn_to("gates")
            (answer,) = probed(9_999).answers
            for number, wanted in ((8, "why 8"), (9, "why not 9")):
                show(visit, answer, [0.04] * 784, number)
                await visit.sees(rf"9,999 {wanted} (-0\.05 \+|±)0\.05 ", "#gates")
                assert "weights of step 0" in visit.text_in("#gates")

    async def test_where_it_has_no_answer_the_gates_move_and_say_why(
        self, size: tuple[int, int], tmp_path: Path
    ) -> None:
        async with seeing("gates", tmp_path, size) as visit:
            await visit.turn_to("gates")
            (engine,) = visit.engines
            engine.lacking = {"saliency": "no gradient"}
            await visit.press("a")
            await visit.sees("saliency unavailable: no gr", "#gates")
            engine.step = 7
            await visit.press("right_square_bracket")
            await visit.sees("weights of step 7", "#gates")
            await visit.sees("sample 1 ", "#gates")
            await visit.sees("saliency unavailable: no gr", "#gates")
            asked = len(engine.requests)
            for _ in range(3):
                visit.app.screen_stack[0].presenter.keep_up()  # type: ignore[attr-defined]
            assert len(engine.requests) == asked
            await visit.press("a")
            await visit.until(lambda: "unavailable" not in visit.text_in("#gates"))


def test_the_words_take_the_fullest_form_that_fits() -> None:
    answer = sequence(2, [0.0] * 4, hidden=4)
    over = Saliency(about(about_sequence(2, [0.0] * 4, hidden=4), [0.04] * 4, 3), answer)
    forms = [(40, "sample 3", "-"), (26, "sample 3", "-"), (25, "3", "-"), (18, "3", "±"), (13, "3", "±")]
    for room, name, sign in forms:
        sample, said, scale = why(answer, over, room, explains=True)
        assert (sample, scale[0][0]) == (name, sign)
        assert len(" ".join((sample, said, *scale))) <= room
    assert why(answer, over, 28, explains=False)[2] == ("no colours",)
    answer.classes = ("a name that is far too long for it",) * 10
    sample, said, scale = why(answer, over, 28, explains=True)
    assert re.fullmatch(r"3 why( not)? a name.*… ±0\.05", " ".join((sample, said, *scale)))
    assert len(" ".join((sample, said, *scale))) <= 28


def test_a_class_that_older_weights_read_it_as_stays_a_why_when_newer_ones_read_it_otherwise() -> None:
    answer, part = about_sequence(2, [0.0] * 4, hidden=4), sequence(2, [0.0] * 4, hidden=4)
    number = (part.predicted + 1) % 10
    asked = about(answer, [0.04] * 4, number)
    for options, said in (({"class": None}, "why"), ({}, "why"), ({"class": number}, "why not")):
        over = Saliency(replace(asked, options=options), part)
        assert why(part, over, 40, explains=True)[1] == f"{said} {number}"
