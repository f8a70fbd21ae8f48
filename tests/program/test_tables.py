"""A file and a line add a question, a view, a figure or an export to the whole program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kit.copied import copy_program, run

from explorer.protocol.exports import EXPORTS
from explorer.protocol.probes import PROBES
from explorer.ui.views.table import VIEWS

pytestmark = pytest.mark.slow

FILES = {
    "explorer/engine/probes/toy.py": '''
"""How much of a sample is ink."""

from explorer.protocol.questions import Answer, Array


def read_toy(context, selection, options):
    """The mean of each timestep of the sample, (T,)."""
    subject = context.subject(selection)
    means = subject.x[0].float().mean(1)
    toy = Array(("timestep",), tuple(means.shape), "float32", means.numpy().tobytes())
    return Answer(
        what="toy", asked=subject.asked, step=context.step, facts=subject.facts, arrays={"toy": toy}
    )
''',
    "explorer/export/figures/toy.py": '''
"""How much of a sample is ink, as a curve."""


def draw_toy(answer, sheet):
    """Draw the means of the timesteps."""
    sheet.open(3.0, 2.0)
    sheet.axes(0.5, 0.1, 2.4, 1.5).plot([*answer.arrays["toy"].numbers])
''',
    "explorer/export/bare.py": '''
"""A run's name, as an export that asks the weights nothing."""

from explorer.export.names import find_target
from explorer.export.write import write_export


def export_bare(folder, what, wanted):
    """Write the run's name into a file."""
    target, _ = find_target(folder, wanted, what, ("txt",))
    said = folder.name * wanted.options.get("times", 1)
    said = said.upper() if wanted.options.get("loud") else said
    write_export(target, said.encode(), overwrite=wanted.force, private=wanted.output is None)
''',
    "explorer/ui/views/toy.py": '''
"""How much of a sample is ink."""

from explorer.protocol.questions import Question
from explorer.ui.base.keys import Hint
from explorer.ui.views.view import About, View
from explorer.ui.widgets.line import Line


class Toy(View):
    """The mean of each timestep, in numbers."""

    about = About(
        title="toy",
        tip="how much of it is ink",
        help="Each number is the mean of a row of pixels.",
        keys=(Hint("w", "toy: another way to weigh", "Weigh", 1),),
        equation="toy(t) = mean of x(t)",
        shows_sample=True,
    )
    toy = None

    def needs(self):
        """The means."""
        return (Question("toy"),)

    def take(self, answers, learning, sparing):
        """Show the means."""
        self.toy, self.notice = answers["toy"].arrays["toy"].numbers, ""
        self.repaint()

    def paint(self, width, height):
        """Their sum, in words."""
        said = self.notice if self.toy is None else f"{len(self.toy)} means, the sum is {sum(self.toy):.3f}"
        return [Line().add(said).strip(width)]
''',
}
"""The files that are added, by their paths."""
EXPORTING = "explorer/protocol/exports.py"
LINES = [
    (
        "explorer/protocol/probes.py",
        "PROBES: Final[Mapping[str, ProbeRow]] = {\n",
        '    "toy": ProbeRow("how much is ink", "explorer.engine.probes.toy:read_toy"),\n',
    ),
    (
        EXPORTING,
        "FIGURES: Final[Mapping[str, str]] = {\n",
        '    "toy": "explorer.export.figures.toy:draw_toy",\n',
    ),
    (
        "explorer/ui/views/table.py",
        '    "mistakes": ViewRow("explorer.ui.views.mistakes:Mistakes", ("mistakes",)),\n',
        '    "toy": ViewRow("explorer.ui.views.toy:Toy", ("read",)),\n',
    ),
    (
        EXPORTING,
        "EXPORTS: Final[Mapping[str, ExportRow]] = {\n",
        '    "bare": ExportRow("the name alone", ("txt",), ("times", "loud"), '
        '"explorer.export.bare:export_bare"),\n',
    ),
    (
        EXPORTING,
        "OPTIONS: Final[Mapping[str, ExportOption]] = {\n",
        '    "times": ExportOption("N", "how often", least=1),\n'
        '    "loud": ExportOption("", "in capitals"),\n',
    ),
]
"""The line that each table gets: its file, what it comes after, and itself. `bare` answers no question, and
has options of its own."""

LOOK = '''
"""Print what the screen shows of a view, of its help and of the export form, as json."""
import asyncio, json
from pathlib import Path

from explorer.ui.app import Explorer
from explorer.ui.widgets.select import Select


async def look():
    said = {}
    app = Explorer(Path("runs"))
    async with app.run_test(size=(160, 60), notifications=True) as pilot:

        def text():
            strips = app.screen._compositor.render_strips()
            return "\\n".join(strip.text for strip in strips)

        async def sees(wanted):
            for _ in range(600):
                if wanted in text():
                    return text()
                await asyncio.sleep(0.05)
            raise AssertionError(f"never saw {wanted!r}:\\n{text()}")

        await sees("weights of step")
        await pilot.press("2")
        while app.screen.views.active != "toy":
            await pilot.press("tab")
        said["view"] = await sees("means, the sum is")
        await pilot.resize_terminal(160, 150)  # the whole of the help
        await pilot.press("question_mark")
        said["help"] = await sees("toy(t) = mean of x(t)")
        await pilot.press("escape")
        await sees("means, the sum is")
        await pilot.resize_terminal(80, 24)
        said["tabs"] = await sees("tab: gates")
        await pilot.press("e")
        await sees("─ export ─")
        while not isinstance(app.focused, Select):
            await asyncio.sleep(0.05)
        what = app.screen.query_one("#what", Select)
        what.value = "toy"
        said["form"] = await sees("how much is ink")
        what.value = "bare"
        said["bare"] = await sees("the name alone")
    print(json.dumps(said))


asyncio.run(look())
'''


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with a toy in each table, and a run of it."""
    place = tmp_path_factory.mktemp("program")
    copy_program(place, FILES, LINES)
    options = ["--cell", "rnn", "--hidden", "8", "--epochs", "1", "--data-dir", "data", "--name", "new"]
    run(place, "-m", "explorer", "train", *options)
    return place


def test_a_question_is_exported_as_data_and_with_a_figure_as_a_picture(program: Path) -> None:
    run(program, "-m", "explorer", "export", "new", "toy", "--sample", "3", "--output", "toy.json")
    answer = json.loads((program / "toy.json").read_text(encoding="utf-8"))
    assert answer["what"] == "toy" and answer["run"] == "new"
    raw = (program / "data" / "MNIST" / "raw" / "t10k-images-idx3-ubyte").read_bytes()
    rows = [raw[16 + 3 * 784 + 28 * t :][:28] for t in range(28)]
    assert answer["arrays"]["toy"]["axes"] == ["timestep"]
    assert answer["arrays"]["toy"]["values"] == pytest.approx([sum(row) / 28 for row in rows], rel=1e-6)
    for kind in ("csv", "npz", "svg"):
        run(program, "-m", "explorer", "export", "new", "toy", "--output", f"toy.{kind}")
    assert (program / "toy.csv").read_text(encoding="utf-8").count("\n") == 28 + 1
    assert (program / "toy.npz").read_bytes().startswith(b"PK")
    assert "<svg" in (program / "toy.svg").read_text(encoding="utf-8")
    run(program, "-m", "explorer", "export", "new", "bare", "--output", "bare.txt")
    assert (program / "bare.txt").read_text(encoding="utf-8") == "new"
    run(program, "-m", "explorer", "export", "new", "bare", "--times", "3", "--loud", "--output", "loud.txt")
    assert (program / "loud.txt").read_text(encoding="utf-8") == "NEWNEWNEW"


def test_they_are_in_the_help_of_the_command(program: Path) -> None:
    said = " ".join(run(program, "-m", "explorer", "export", "--help").split())
    assert "toy how much is ink: json, csv, npz, svg, pdf, png" in said
    assert "bare the name alone: txt" in said


def test_the_view_has_a_tab_a_key_a_footer_and_help_and_the_form_offers_the_exports(program: Path) -> None:
    (program / "look.py").write_text(LOOK, encoding="utf-8")
    said = json.loads(run(program, "look.py").splitlines()[-1])
    raw = (program / "data" / "MNIST" / "raw" / "t10k-images-idx3-ubyte").read_bytes()
    wanted = f"28 means, the sum is {sum(raw[16 : 16 + 784]) / 28:.3f}"
    assert "─ toy ─" in said["view"] and wanted in said["view"]
    footer = said["view"].splitlines()[-1]
    assert "w Weigh" in footer and "[ ] Sample" in footer
    assert "Each number is the mean of a row of pixels." in said["help"]
    assert "toy: another way to weigh" in said["help"] and "how much of it is ink" in said["help"]
    assert " toy " in said["tabs"].partition("tab:")[2].splitlines()[0]
    assert "toy" in said["form"] and "json" in said["form"] and "json" not in said["bare"]


def test_what_is_added_here_is_not_in_the_program() -> None:
    assert not {"toy", "bare"} & {*PROBES, *EXPORTS, *VIEWS}
