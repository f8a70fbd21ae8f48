"""The folder of all runs: what is listed, and under which name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from kit.facts import changed, evaluated, started, stepped

from explorer.runs.catalogue import check_name, create_run, list_runs, newest_of
from explorer.runs.config import configure
from explorer.runs.events import encode
from explorer.runs.folder import RunFolder
from explorer.runs.summary import Unreadable, best_of_each_cell, summarise
from explorer.system.errors import OptionError


def evaluated_run(
    runs: Path, name: str, accuracy: float | None, *, whole: bool = True, **options: object
) -> RunFolder:
    """Create a finished run with this test accuracy; None: it was never evaluated."""
    folder = create_run(runs, configure({"cell": "gru", "hidden": 40} | options), name)
    events = [started(), stepped(1)]
    if accuracy is not None:
        events.append(evaluated(1, accuracy=accuracy, whole=whole))
    folder.events.write_bytes(b"".join(map(encode, [*events, changed("finished")])))
    return folder


class TestListing:
    def test_a_run_that_has_lost_its_run_json_is_listed_as_damaged(self, tmp_path: Path) -> None:
        run = evaluated_run(tmp_path, "hurt", 0.9)
        create_run(tmp_path, configure({}), "whole")
        (run.path / "run.json").unlink()
        os.utime(run.events, (4e9, 4e9))
        assert [found.name for found in list_runs(tmp_path)] == ["hurt", "whole"]
        damaged = summarise(run)
        assert isinstance(damaged, Unreadable) and damaged.reason == "damaged"
        newest = newest_of(list_runs(tmp_path))
        assert newest.run is not None and (newest.run.name, newest.skipped) == ("whole", 1)

    def test_a_copied_run_goes_by_the_name_of_its_own_folder(self, tmp_path: Path) -> None:
        run = evaluated_run(tmp_path, "one", 0.9)
        shutil.copytree(run.path, tmp_path / "copy")
        assert RunFolder(tmp_path / "copy").read().run == "copy"
        assert run.read().run == "one"

    def test_a_folder_whose_name_is_not_utf_8_can_be_read(self, tmp_path: Path) -> None:
        run = create_run(tmp_path, configure({}), "one")
        odd = RunFolder(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")))
        run.path.rename(odd.path)
        assert odd.read().run == "�"
        odd.read().encode().decode()


class TestNames:
    @pytest.mark.parametrize(
        ("name", "wrong"),
        [
            ("one", "name: there is already a run 'one'; choose another"),
            ("notes", "name: there is already something called 'notes'; choose another"),
            ("a b", "name: up to 64 letters, digits, dots, dashes and underscores, not 'a b'"),
            (
                "-a",
                "name: up to 64 letters, digits, dots, dashes and underscores, not '-a'; "
                "the first is a letter or a digit",
            ),
        ],
    )
    def test_a_form_says_what_is_wrong_in_its_own_words(self, tmp_path: Path, name: str, wrong: str) -> None:
        create_run(tmp_path, configure({}), "one")
        (tmp_path / "notes").touch()
        with pytest.raises(OptionError) as caught:
            check_name(tmp_path, name)
        assert (caught.value.field, caught.value.in_form) == ("name", wrong)


class TestComparing:
    LIKE = configure({"cell": "lstm", "hidden": 40})

    def best(self, runs: Path) -> dict[str, str]:
        """The names of the best runs, by cell."""
        return {cell: one.folder.name for cell, one in best_of_each_cell(runs, self.LIKE).items()}

    def test_the_best_run_of_a_cell_has_the_highest_accuracy_however_old(self, tmp_path: Path) -> None:
        evaluated_run(tmp_path, "best", 0.98)
        evaluated_run(tmp_path, "newest", 0.97)
        evaluated_run(tmp_path, "none", None)
        assert self.best(tmp_path) == {"gru": "best"}

    def test_runs_on_other_data_or_of_another_size_are_not_compared(self, tmp_path: Path) -> None:
        evaluated_run(tmp_path, "larger", 0.99, hidden=41)
        evaluated_run(tmp_path, "other", 0.99, dataset="kmnist")
        assert self.best(tmp_path) == {}
        evaluated_run(tmp_path, "never-evaluated", None)
        assert self.best(tmp_path) == {"gru": "never-evaluated"}

    def test_the_whole_test_set_counts_more_than_a_part_and_the_same_preset_most(
        self, tmp_path: Path
    ) -> None:
        evaluated_run(tmp_path, "part", 0.99, whole=False)
        evaluated_run(tmp_path, "all", 0.95)
        assert self.best(tmp_path) == {"gru": "all"}
        evaluated_run(tmp_path, "notebook", 0.99, preset="notebook")
        assert self.best(tmp_path) == {"gru": "all"}

    def test_of_equals_the_newest_is_taken(self, tmp_path: Path) -> None:
        evaluated_run(tmp_path, "older", 0.95)
        evaluated_run(tmp_path, "newer", 0.95)
        assert self.best(tmp_path) == {"gru": "newer"}
