"""A folder that is held is known by what it is, not by its name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from explorer.runs.folder import RunFolder
from explorer.runs.held_folder import FolderGone, HeldFolder
from explorer.system.errors import GatescopeError


@pytest.fixture
def run(tmp_path):
    run = RunFolder(tmp_path / "runs" / "one")
    run.path.mkdir(parents=True)
    return run


@pytest.fixture
def held(run):
    held = HeldFolder(run)
    yield held
    held.close()


def test_a_folder_that_stays_is_where_it_was(run, held):
    before = run.path
    assert not held.follow() and run.path == before


def test_there_must_be_a_folder(tmp_path):
    (tmp_path / "file").touch()
    for name, why in (("none", "No such file or directory"), ("file", "Not a directory")):
        with pytest.raises(GatescopeError, match=f"^can't open {tmp_path / name}: {why}$"):
            HeldFolder(RunFolder(tmp_path / name))


@pytest.mark.parametrize("to", ["two", "../elsewhere", "two (deleted)", "caf\udce9"])
def test_a_renamed_folder_is_followed_once(run, held, to):
    new = run.path.rename(run.path.parent / to)
    assert held.follow() and run.path.samefile(new)
    assert not held.follow()


@pytest.mark.parametrize("to", ["two", "two (deleted)"])
def test_without_proc_it_is_found_among_its_siblings(run, held, to, monkeypatch):
    def readlink(path):
        raise FileNotFoundError(path)

    monkeypatch.setattr(os, "readlink", readlink)
    new = run.path.rename(run.path.with_name(to))
    assert held.follow() and run.path == new


def test_it_keeps_the_link_through_which_it_was_reached(run, tmp_path):
    (tmp_path / "link").symlink_to(run.path.parent)
    through = RunFolder(tmp_path / "link" / "one")
    held = HeldFolder(through)
    run.path.rename(run.path.with_name("two"))
    assert held.follow() and through.path == tmp_path / "link" / "two"
    held.close()


@pytest.mark.parametrize("again", [False, True])
def test_a_deleted_folder_is_gone_for_good(run, held, again):
    shutil.rmtree(run.path)
    if again:
        run.path.mkdir()
    before = run.path
    for _ in range(2):
        with pytest.raises(FolderGone, match="the folder of run one was deleted"):
            held.follow()
    assert held.gone and run.path == before


def test_a_folder_that_is_being_deleted_is_gone_already(run, held):
    run.path.rename(run.path.with_name(".deleted-one-12345678"))
    with pytest.raises(FolderGone):
        held.follow()


def test_its_name_may_be_taken_by_another_while_it_is_renamed(run, held):
    new = run.path.rename(run.path.with_name("two"))
    (new.parent / "one").mkdir()
    assert held.follow() and run.path == new


def test_a_path_that_cannot_be_looked_at_now_changes_nothing(run, held, monkeypatch):
    def stalled(path: Path, **_):
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(Path, "stat", stalled)
    assert not held.follow() and not held.gone
