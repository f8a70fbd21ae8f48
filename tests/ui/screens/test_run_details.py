"""What the details of a run on a file of sequences say, and where it is named in few words."""

from __future__ import annotations

from pathlib import Path

from kit.facts import changed, started
from rich.cells import cell_len

from explorer.commands.progress import describe_start
from explorer.commands.runs import _row
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.data_files import SequenceFile
from explorer.runs.events import encode
from explorer.runs.summary import Summary, summarise
from explorer.ui.screens.run_details import facts
from explorer.ui.screens.run_lines import RunTable

FILE = SequenceFile(34_000, "ab" * 32, (0.5,), (2.0,))


def run_on(path: Path, place: Path) -> Summary:
    """A stopped run on a file, as it is listed."""
    path.parent.mkdir(parents=True)
    path.touch()
    run = create_run(place / "runs", configure({"dataset": str(path)}), "one")
    events = (started(dataset=str(path), file=FILE), changed("stopped"))
    run.events.write_bytes(b"".join(map(encode, events)))
    seen = summarise(run)
    assert isinstance(seen, Summary)
    return seen


def test_the_details_have_the_whole_path_the_checksum_and_the_size(tmp_path: Path) -> None:
    path = tmp_path / "far" / "away" / "motions.npz"
    shown = dict(facts(run_on(path, tmp_path), "1 KB"))
    assert (shown["dataset"], shown["file"]) == ("motions.npz", str(path))
    assert shown["checksum"] == f"{'ab' * 32} (34 KB)"
    assert shown["data dir"] == "–"


def test_lists_and_lines_have_its_name_alone(tmp_path: Path) -> None:
    seen = run_on(tmp_path / "far" / "away" / "motions.npz", tmp_path)
    table = RunTable(None)
    table.widen([seen])
    assert " motions.npz " in "".join(text for text, _ in table.line(seen, 120))
    assert _row(seen, here=True)[3] == "motions.npz"
    assert seen.started is not None and ", motions.npz, cpu" in describe_start(seen.started)


def test_a_long_name_leaves_the_columns_of_a_list_in_their_place(tmp_path: Path) -> None:
    seen = run_on(tmp_path / "far" / f"{'x' * 200}.npz", tmp_path)
    table = RunTable(None)
    table.widen([seen])
    line = "".join(text for text, _ in table.line(seen, 100))
    assert "stopped" in line and cell_len(line) <= 100
