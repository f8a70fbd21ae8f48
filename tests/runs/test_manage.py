"""Renaming and deleting runs: never one that is training, and never half."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from unittest.mock import patch

import pytest

from explorer.runs.catalogue import create_run, list_runs
from explorer.runs.config import configure
from explorer.runs.folder import RunFolder
from explorer.runs.lock import EngineLock
from explorer.runs.manage import DELETED, delete_run, disk_size, rename_run
from explorer.system.errors import GatescopeError, OptionError


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A new run."""
    return create_run(tmp_path, configure({}), "one")


def names(folder: Path) -> list[str]:
    """Everything in a folder, hidden names included."""
    return sorted(os.listdir(folder))


class TestRenaming:
    def test_the_folder_and_the_name_in_run_json_change(self, run: RunFolder, tmp_path: Path) -> None:
        renamed = rename_run(run, "two")
        assert names(tmp_path) == ["two"] and renamed.path == tmp_path / "two"
        assert b'"run": "two"' in (renamed.path / "run.json").read_bytes()
        assert renamed.read().run == "two"

    def test_the_run_keeps_its_place_in_the_list(self, run: RunFolder, tmp_path: Path) -> None:
        os.utime(run.path / "run.json", (1e9, 1e9))
        create_run(tmp_path, configure({}), "newer")
        rename_run(run, "two")
        assert [found.name for found in list_runs(tmp_path)] == ["newer", "two"]

    def test_a_crash_after_the_folder_was_renamed_leaves_a_run_with_its_new_name(
        self, run: RunFolder, tmp_path: Path
    ) -> None:
        with (
            patch.object(RunFolder, "write", side_effect=KeyboardInterrupt),
            pytest.raises(KeyboardInterrupt),
        ):
            rename_run(run, "two")
        (found,) = list_runs(tmp_path)
        assert (found.name, found.read().run) == ("two", "two")

    @pytest.mark.parametrize("name", ["taken", "a b", "../up", ""])
    def test_a_name_that_is_taken_or_not_allowed_is_refused(
        self, run: RunFolder, tmp_path: Path, name: str
    ) -> None:
        (tmp_path / "taken").mkdir()
        with pytest.raises(OptionError):
            rename_run(run, name)
        assert names(tmp_path) == ["one", "taken"]

    def test_a_run_that_an_engine_holds_is_refused(self, run: RunFolder, tmp_path: Path) -> None:
        lock = EngineLock(run.lock)
        with pytest.raises(GatescopeError, match=r"run one is training \(process \d+\); stop it before"):
            rename_run(run, "two")
        lock.release()
        assert names(tmp_path) == ["one"]

    def test_no_engine_can_take_the_run_meanwhile(self, run: RunFolder) -> None:
        held = []
        rename = Path.rename

        def watched(path: Path, to: Path) -> Path:
            held.append(run.engine() is not None)
            return rename(path, to)

        with patch.object(Path, "rename", watched):
            renamed = rename_run(run, "two")
        assert held == [True] and renamed.engine() is None

    def test_a_damaged_run_can_be_renamed(self, run: RunFolder, tmp_path: Path) -> None:
        (run.path / "run.json").write_text("{")
        rename_run(run, "two")
        assert (tmp_path / "two" / "run.json").read_text() == "{"


class TestDeleting:
    def test_the_folder_is_gone_with_all_that_is_in_it(self, run: RunFolder, tmp_path: Path) -> None:
        (run.path / "exports").mkdir()
        (run.path / "exports" / "graph.png").write_bytes(b"png")
        create_run(tmp_path, configure({}), "two")
        delete_run(run)
        assert names(tmp_path) == ["two"]

    def test_a_crash_while_deleting_leaves_nothing_that_is_listed_and_the_next_time_removes_it(
        self, run: RunFolder, tmp_path: Path
    ) -> None:
        two = create_run(tmp_path, configure({}), "two")
        with patch("shutil.rmtree", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
            delete_run(run)
        (left,) = (name for name in names(tmp_path) if name.startswith(DELETED))
        assert (tmp_path / left / "run.json").exists()
        assert [found.name for found in list_runs(tmp_path)] == ["two"]
        delete_run(two)
        assert names(tmp_path) == []

    def test_a_run_that_an_engine_holds_is_refused(self, run: RunFolder, tmp_path: Path) -> None:
        lock = EngineLock(run.lock)
        with pytest.raises(GatescopeError, match=r"run one is training \(process \d+\); stop it before"):
            delete_run(run)
        lock.release()
        assert (tmp_path / "one" / "run.json").exists()

    def test_no_engine_can_take_the_run_meanwhile(self, run: RunFolder) -> None:
        held = []
        remove = shutil.rmtree

        def watched(path: Path, **options: bool) -> None:
            held.append(RunFolder(path).engine() is not None)
            remove(path, **options)

        with patch("shutil.rmtree", watched):
            delete_run(run)
        assert held == [True]

    def test_of_a_link_only_the_link_is_deleted(self, run: RunFolder, tmp_path: Path) -> None:
        (tmp_path / "runs").mkdir()
        link = tmp_path / "runs" / "link"
        link.symlink_to(run.path)
        delete_run(RunFolder(link))
        assert names(tmp_path / "runs") == [] and run.is_readable()

    def test_links_in_the_folder_are_not_followed(self, run: RunFolder, tmp_path: Path) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "thesis.txt").write_text("mine")
        (run.path / "exports").symlink_to(outside)
        delete_run(run)
        assert (outside / "thesis.txt").read_text() == "mine"


def test_the_size_of_a_run_counts_every_file_and_no_link_s_target(run: RunFolder, tmp_path: Path) -> None:
    before = disk_size(run)
    (run.checkpoints / "a").write_bytes(b"x" * 1000)
    (tmp_path / "large").write_bytes(b"x" * 100_000)
    (run.path / "link").symlink_to(tmp_path / "large")
    assert 1000 <= disk_size(run) - before < 2000
