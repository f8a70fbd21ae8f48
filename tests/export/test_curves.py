"""The figure of the curves: of one run or several, from their events alone."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from kit.command import run as command
from kit.facts import changed, evaluated, started, stepped

from explorer.export.curves import export_curves
from explorer.export.wanted import Wanted
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.events import encode
from explorer.runs.folder import RunFolder
from explorer.system.errors import UsageError


def make(runs: Path, name: str, steps: int = 300) -> RunFolder:
    """Make a run whose loss falls, with a hole."""
    made = create_run(runs, configure({"hidden": "8"}), name)
    losses = (math.nan if 100 <= step < 120 else 2 / step for step in range(1, steps + 1))
    batches = [stepped(step, loss=loss, accuracy=1 - 1 / step) for step, loss in enumerate(losses, start=1)]
    events = [started(), changed("training"), *batches, evaluated(steps, loss=0.1)]
    made.events.write_bytes(b"".join(map(encode, events)))
    return made


def svg(folder: RunFolder, *others: RunFolder, titled: bool = True, **options: str) -> str:
    """Return the figure as svg."""
    path = folder.path.parent / "c.svg"
    wanted = Wanted(None, path, True, lambda line: None, titled, others=others, options=options)
    export_curves(folder, "curves", wanted)
    return path.read_text()


def test_a_figure_names_its_runs_and_says_what_its_lines_mean(tmp_path: Path) -> None:
    one, other = make(tmp_path, "one"), make(tmp_path, "other", 1500)
    alone = svg(one)
    assert ">one<" in alone and "lines: batches · dots: the test set" in alone
    both = svg(one, other)
    assert {"━ one", "━ other"} <= set(re.findall(">([^<]+)<", both))
    assert "lines: means of about 5 batches" in both
    assert "smoothed by 0.99" in svg(one, other, smooth="strong")
    assert "smoothed" not in svg(one, titled=False).partition("</metadata>")[2]


@pytest.mark.parametrize("over", ["steps", "epochs", "seconds"])
def test_it_can_be_drawn_over_steps_epochs_and_seconds_always_the_same(tmp_path: Path, over: str) -> None:
    one = make(tmp_path, "one")
    drawn = svg(one, over=over)
    assert drawn == svg(one, over=over)
    label = {"steps": "step", "epochs": "epoch", "seconds": "seconds of training"}[over]
    assert drawn.count(f">{label}<") == 2


def test_no_line_leads_over_a_hole(tmp_path: Path) -> None:
    paths = re.findall(r'<path d="([^"]+)"', svg(make(tmp_path, "one")))
    assert any(path.count("M") == 2 for path in paths)  # the loss: begun again after the hole


def test_what_cannot_be_drawn_is_said_in_one_line(tmp_path: Path) -> None:
    one, empty = make(tmp_path, "one"), create_run(tmp_path, configure({}), "empty")
    with pytest.raises(UsageError, match="run empty has no steps yet"):
        svg(one, empty)
    with pytest.raises(UsageError, match="--over takes steps, epochs, seconds, not 'days'"):
        svg(one, over="days")
    (tmp_path / "link").symlink_to("one")
    for itself in (one, RunFolder(tmp_path / "link")):
        with pytest.raises(UsageError, match=f"--with {itself.name}: that is the run itself"):
            svg(one, itself)
    many = [make(tmp_path, f"run{number}", 5) for number in range(8)]
    with pytest.raises(UsageError, match="up to 8 runs, not 9"):
        svg(one, *many)


def test_the_command_finds_the_other_runs_and_needs_no_torch(tmp_path: Path) -> None:
    for name in ("one", "other"):
        make(tmp_path, name, 20)
    words = ["export", "one", "curves", "--with", "oth", "--output", "c.png", "--runs-dir", "."]
    (tmp_path / "torch.py").write_text("raise SystemExit('torch was imported')")
    done = command(*words, cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
