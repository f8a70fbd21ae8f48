"""The form for an export: the file is checked while the form is open."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

import pytest
from kit.screen import Visit, exploring, finished_run
from textual.widgets import Input, Label

from explorer.protocol.exports import EXPORTS
from explorer.ui.screens.export import COMMON, ROWS, ExportForm
from explorer.ui.widgets.select import Select

CHANGED = ("moment", "hold", "silence", "wipe", "blank", "append_blank")
"""The lines of every question, besides its subject."""
FIELDS = ("what", "span", "timesteps", "title", "sample", "input", "format", "file", "replace", *CHANGED)
"""Some lines of the form, from the top."""


async def opened(visit: Visit) -> tuple[Input, Label]:
    """Open the form; returns the file's field, and the line below the fields."""
    await visit.sees("✓ finished")
    await visit.press("e")
    await visit.until(lambda: isinstance(visit.app.focused, Select))
    visit.app.screen.query_one("#what", Select).value = "graph"  # it begins with what is looked at
    await visit.until(lambda: visit.app.screen.query_one("#format", Select).value == "png")
    return visit.app.screen.query_one("#file", Input), visit.app.screen.query_one("#message", Label)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("picture.jpg", "file: the formats are png, svg, pdf, dot, not jpg"),
        ("nowhere/picture.png", "file: there is no folder {}/nowhere; make it first, or choose another"),
        ("taken.png", "file: taken.png exists already; choose another name, or replace: yes"),
        ("taken", "file: taken.png exists already; choose another name, or replace: yes"),
        ("folder", "file: {}/folder is a folder; name a file in it"),
        ("x" * 300 + ".png", "file: File name too long"),
        ("/dev/stdout", "file: standard output is for commands; name a file"),
    ],
)
async def test_a_file_that_can_t_be_written_is_marked_as_soon_as_its_field_is_left(
    tmp_path: Path, name: str, wrong: str
) -> None:
    (tmp_path / "taken.png").touch()
    (tmp_path / "folder").mkdir()
    finished_run(tmp_path / "runs")
    async with exploring(tmp_path / "runs") as visit:
        file, message = await opened(visit)
        file.focus()
        await visit.until(lambda: visit.app.focused is file)
        file.value = str(tmp_path / name)
        await visit.pilot.pause()
        assert str(message.render()) == ""
        await visit.press("tab")
        await visit.until(lambda: str(message.render()) == wrong.format(tmp_path))
        assert file.has_class("-wrong")
        await visit.press("ctrl+s")
        await visit.until(lambda: visit.app.focused is file)
        file.value = str(tmp_path / "free.png")
        await visit.until(lambda: not file.has_class("-wrong") and str(message.render()) == "")


async def test_a_folder_that_can_t_be_written_is_reported(tmp_path: Path) -> None:
    finished_run(tmp_path / "runs")
    async with exploring(tmp_path / "runs") as visit:
        file, message = await opened(visit)
        file.value = str(tmp_path / "picture.png")
        with patch.object(os, "access", return_value=False):  # root may write anywhere
            await visit.press("ctrl+s")
            await visit.until(
                lambda: str(message.render()).startswith(f"file: you can't write to {tmp_path};")
            )


async def test_the_format_follows_the_file_s_ending_and_a_contradiction_is_marked(tmp_path: Path) -> None:
    finished_run(tmp_path / "runs")
    async with exploring(tmp_path / "runs") as visit:
        file, message = await opened(visit)
        kind = visit.app.screen.query_one("#format", Select)
        file.focus()
        await visit.until(lambda: visit.app.focused is file)
        for key in "a.SVG":
            await visit.press(key)
        await visit.until(lambda: kind.value == "svg")
        await visit.press("shift+tab")
        await visit.until(lambda: visit.app.focused is kind)
        await visit.press("p")
        await visit.until(lambda: "ends in .svg, but the format is pdf" in str(message.render()))
        await visit.press("s")
        await visit.until(lambda: not file.has_class("-wrong"))


async def test_replacing_makes_a_taken_name_right(tmp_path: Path) -> None:
    (tmp_path / "taken.png").touch()
    finished_run(tmp_path / "runs")
    async with exploring(tmp_path / "runs") as visit:
        file, message = await opened(visit)
        file.value = str(tmp_path / "taken.png")
        await visit.press("ctrl+s")
        await visit.until(lambda: "exists already" in str(message.render()))
        await visit.press("tab")
        await visit.until(lambda: visit.app.focused is visit.app.screen.query_one("#replace"))
        await visit.press("y")
        await visit.until(lambda: not file.has_class("-wrong"))


@pytest.mark.parametrize("name", ["pipe", "pipe.fifo"])
async def test_a_pipe_is_right_as_it_is(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    finished_run(tmp_path / "runs")
    async with exploring(tmp_path / "runs") as visit:
        file, message = await opened(visit)
        file.value = str(tmp_path / "nowhere" / "picture.png")
        await visit.press("ctrl+s")
        await visit.until(lambda: file.has_class("-wrong"))
        file.value = str(tmp_path / name)
        await visit.until(lambda: not file.has_class("-wrong") and str(message.render()) == "")


async def test_only_an_unrolled_graph_has_a_number_of_timesteps(tmp_path: Path) -> None:
    finished_run(tmp_path / "runs")
    async with exploring(tmp_path / "runs") as visit:
        await opened(visit)
        form = visit.app.screen
        assert isinstance(form, ExportForm)
        steps = form.query_one("#timesteps", Input)
        steps.value = "99"
        assert steps.disabled
        await visit.press("tab", "u")
        await visit.until(lambda: not steps.disabled)
        await visit.press("ctrl+s")
        await visit.sees("timesteps: a whole number from 1 to 27, not '99'")
        await visit.press("shift+tab")
        await visit.until(lambda: visit.app.focused is form.query_one("#span"))
        await visit.press("o")
        await visit.until(lambda: steps.disabled and not steps.has_class("-wrong"))


async def test_what_was_typed_is_kept_and_not_checked_while_something_else_is_selected(
    tmp_path: Path,
) -> None:
    finished_run(tmp_path / "runs")
    async with exploring(tmp_path / "runs") as visit:
        _, message = await opened(visit)
        form = visit.app.screen
        what, span, kind = (form.query_one(f"#{name}", Select) for name in ("what", "span", "format"))
        span.value, kind.value = "unroll", "pdf"
        steps, sample = form.query_one("#timesteps", Input), form.query_one("#sample", Input)
        await visit.until(lambda: not steps.disabled)
        steps.value = "99"
        await visit.press("ctrl+s")
        await visit.sees("timesteps: a whole number from 1 to 27, not '99'")
        what.value = "activations"
        await visit.until(lambda: str(message.render()) == "" and kind.value == "json")
        assert [name for name in FIELDS if form.query_one(f"#{name}").display] == [
            *("what", "sample", "input", "format", "file", "replace", *CHANGED)
        ]  # data have no title
        kind.value, sample.value = "npz", "10000"
        await visit.press("ctrl+s")
        await visit.sees("sample: a whole number from 0 to 9,999, not '10000'")
        what.value = "graph"
        await visit.until(
            lambda: kind.value == "pdf" and "timesteps: a whole number" in str(message.render())
        )
        assert (span.value, steps.value, sample.value) == ("unroll", "99", "10000")
        what.value, form.query_one("#first", Input).value = "evaluation", "0"
        await visit.press("ctrl+s")
        await visit.sees("first: a whole number from 1 to 1,000,000,000, not '0'")
        what.value = "activations"
        await visit.until(lambda: kind.value == "npz")


async def test_the_file_s_ending_is_checked_against_the_formats_of_what_is_selected(tmp_path: Path) -> None:
    finished_run(tmp_path / "runs")
    async with exploring(tmp_path / "runs") as visit:
        file, message = await opened(visit)
        what, kind = (visit.app.screen.query_one(f"#{name}", Select) for name in ("what", "format"))
        file.value = str(tmp_path / "x.csv")
        await visit.press("ctrl+s")
        await visit.until(lambda: "the formats are png, svg, pdf, dot, not csv" in str(message.render()))
        what.value = "activations"
        await visit.until(lambda: kind.value == "csv" and not file.has_class("-wrong"))
        file.value = str(tmp_path / "x.dot")
        await visit.press("ctrl+s")
        await visit.until(
            lambda: "the formats are json, csv, npz, svg, pdf, png, not dot" in str(message.render())
        )


@pytest.mark.parametrize("what", list(EXPORTS))
async def test_the_form_has_a_line_for_every_option_of_every_export(tmp_path: Path, what: str) -> None:
    finished_run(tmp_path / "runs")
    async with exploring(tmp_path / "runs") as visit:
        await opened(visit)
        form = visit.app.screen
        form.query_one("#what", Select).value = what
        await visit.sees(EXPORTS[what].title)
        kind = form.query_one("#format", Select)
        kind.value = EXPORTS[what].formats[-1]  # a picture, if there is any: only it has a title
        await visit.until(lambda: form.query_one("#title").display == ("no_title" in EXPORTS[what].options))
        own = {name for option in EXPORTS[what].options for name in ROWS.get(option, (option,))}
        shown = {str(row.id) for row in form.query(".answers > *") if row.display}
        assert shown == {*COMMON} | own
        assert isinstance(form, ExportForm)
        assert {*form.answer().options} == {*EXPORTS[what].options}


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_the_form_begins_with_the_export_of_the_view_that_is_looked_at(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    exports = {
        "gates": "activations",
        "unit": "unit",
        "mistakes": "mistakes",
        "confusion": "evaluation",
        "difference": "difference",
        "curves": "curves",
    }
    finished_run(tmp_path / "runs")
    async with exploring(tmp_path / "runs", size) as visit:
        await visit.sees("✓ finished")
        for view, export in exports.items():
            await visit.turn_to(view)
            await visit.press("e")
            await visit.until(lambda: isinstance(visit.app.focused, Select))
            what, kind = (visit.app.screen.query_one(f"#{name}", Select) for name in ("what", "format"))
            assert (what.value, kind.value) == (export, EXPORTS[export].formats[0])
            await visit.press("escape")
            await visit.back()


async def test_what_was_chosen_instead_is_still_there_as_long_as_the_same_view_is_looked_at(
    tmp_path: Path,
) -> None:
    finished_run(tmp_path / "runs")
    async with exploring(tmp_path / "runs") as visit:
        await visit.sees("✓ finished")
        for before, after in (("activations", "graph"), ("graph", "graph")):
            await visit.press("e")
            await visit.until(lambda: isinstance(visit.app.focused, Select))
            what = visit.app.screen.query_one("#what", Select)
            assert what.value == before
            what.value = after
            await visit.press("escape")
            await visit.back()
