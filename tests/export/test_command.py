"""The whole way from a run's folder to a picture, as `gatescope export` and the form take it."""

from __future__ import annotations

import pytest
from kit.command import run as command_line
from kit.exporting import export_run

from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.system.errors import UsageError


@pytest.fixture
def run(tmp_path):
    """A small run without a checkpoint, called `mine`."""
    return create_run(tmp_path / "runs", configure({"hidden": "4", "cell": "rnn"}), "mine")


@pytest.mark.parametrize("titled", [True, False])
def test_a_picture_names_its_run_unless_the_title_is_left_out(run, tmp_path, titled):
    export_run(run, "step", None, tmp_path / "picture.dot", False, titled, lambda line: None)
    source = (tmp_path / "picture.dot").read_text()
    assert ("mine, step 0 · RNN · 4 hidden units" in source) == titled
    assert "parameter or state" in source  # the colours are explained anyway


def test_a_file_without_an_ending_gets_one_and_is_named_last(run, tmp_path):
    said = []
    export_run(run, "2", "dot", tmp_path / "picture", False, True, said.append)
    assert said[-1].startswith(f"{tmp_path / 'picture.dot'} (")
    with pytest.raises(UsageError, match=r"picture\.dot already exists"):
        export_run(run, "2", "dot", tmp_path / "picture", False, True, said.append)


def test_a_wrong_ending_is_refused_before_anything_is_made(run, tmp_path):
    with pytest.raises(UsageError, match=r"picture\.jpg ends in \.jpg"):
        export_run(run, "step", None, tmp_path / "new" / "picture.jpg", False, True, lambda line: None)
    assert not (tmp_path / "new").exists()


def test_the_command_draws_the_newest_run_without_a_title(run, tmp_path):
    options = ["--runs-dir", str(run.path.parent), "--output", "picture.dot", "--no-title"]
    done = command_line("export", "last", "graph", *options, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    source = (tmp_path / "picture.dot").read_text()
    assert "mine" not in source and "x_t · input" in source


def test_the_command_refuses_a_folder_as_the_file(run, tmp_path):
    options = ["--runs-dir", str(run.path.parent), "--output", "new/"]
    done = command_line("export", "mine", "graph", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "gatescope: new/ is a folder; name a file in it with --output\n"


def test_a_copied_run_is_known_by_its_folders_name(run, tmp_path):
    run.path.rename(run.path.with_name("copy"))
    moved = type(run)(run.path.with_name("copy"))
    export_run(moved, "step", "dot", tmp_path / "picture", False, True, lambda line: None)
    assert "copy, step 0" in (tmp_path / "picture.dot").read_text()


def test_a_folder_that_is_not_there_is_not_made_for_a_picture(run, tmp_path):
    with pytest.raises(UsageError, match=r"there is no folder .*/new; make it first"):
        export_run(run, "step", None, tmp_path / "new" / "picture.png", False, True, lambda line: None)
    assert not (tmp_path / "new").exists()
