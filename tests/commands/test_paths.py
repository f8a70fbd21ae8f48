"""Without a home folder, for an unknown user, in a deleted folder: it works, or one line says why."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from kit.command import run as gatescope
from kit.digits import write_tiny_mnist
from kit.screen import finished_run

from explorer.engine.data.mnist import cache_root

HOMELESS = """
import os, pwd

def getpwuid(uid):
    raise KeyError(f"no entry for {uid}")

pwd.getpwuid = getpwuid
os.environ.pop("HOME", None)

from explorer.cli import main
main()
"""
"""The program as a user whom the system doesn't know, as in a container that was started with any user id."""
OWN = ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")
"""Variables that would name folders of the user's own."""


def homeless(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the program without a home folder."""
    env = {name: value for name, value in os.environ.items() if name not in OWN}
    command = [sys.executable, "-c", HOMELESS, *arguments]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False)


def in_a_deleted_folder(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder that has just been deleted."""
    folder.mkdir()
    script = 'rmdir "$PWD" && exec "$@"'
    command = ["sh", "-c", script, "sh", sys.executable, "-m", "explorer", *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("option", ["--runs-dir", "--data-dir"])
def test_a_user_who_does_not_exist_has_no_folders(tmp_path: Path, option: str) -> None:
    done = gatescope("train", option, "~nosuch/x", cwd=tmp_path)
    assert done.returncode == 2 and not list(tmp_path.iterdir())
    assert done.stderr.endswith("'~nosuch/x': there is no user 'nosuch'; write the whole path\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_without_a_home_folder_a_training_runs_and_nothing_is_put_in_a_folder_called_tilde(
    tmp_path: Path,
) -> None:
    write_tiny_mnist(tmp_path)
    options = ["--data-dir", str(tmp_path), "--hidden", "4", "--epochs", "1", "--name", "one"]
    done = homeless("train", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "one" in homeless("runs", cwd=tmp_path).stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["MNIST", "runs"]


def test_a_folder_in_the_home_folder_of_someone_who_has_none_is_refused_in_one_line(tmp_path: Path) -> None:
    done = homeless("runs", "--runs-dir", "~/runs", cwd=tmp_path)
    why = "you have no home folder, as HOME isn't set; write the whole path"
    assert (done.returncode, done.stderr) == (2, f"gatescope: '~/runs': {why}\n")


def test_without_a_home_folder_data_sets_are_kept_in_a_private_temporary_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def getpwuid(uid: int) -> object:
        raise KeyError(uid)

    monkeypatch.setattr("pwd.getpwuid", getpwuid)
    for name in OWN:
        monkeypatch.delenv(name, raising=False)
    root = cache_root()
    assert root.is_absolute() and "~" not in str(root)
    assert root.parent.stat().st_mode & 0o777 == 0o700


def test_in_a_deleted_folder_whole_paths_work(tmp_path: Path) -> None:
    finished_run(tmp_path / "runs")
    done = in_a_deleted_folder(tmp_path / "gone", "runs", "--runs-dir", str(tmp_path / "runs"))
    assert (done.returncode, done.stderr) == (0, "") and "one" in done.stdout


@pytest.mark.slow
def test_in_a_deleted_folder_a_training_runs(tmp_path: Path) -> None:
    write_tiny_mnist(tmp_path)
    options = ["--data-dir", str(tmp_path), "--runs-dir", str(tmp_path / "runs"), "--hidden", "4"]
    done = in_a_deleted_folder(tmp_path / "gone", "train", *options, "--epochs", "1")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "arguments", [["runs"], ["train"], ["stop", "one"], ["runs", "--runs-dir", "runs"], ["watch"]]
)
def test_in_a_deleted_folder_what_is_relative_is_refused_in_one_line(
    tmp_path: Path, arguments: list[str]
) -> None:
    done = in_a_deleted_folder(tmp_path / "gone", *arguments)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "the working folder was deleted, so '" in done.stderr
    own = "--runs-dir" in arguments
    assert (
        "name whole paths" if own else "'./runs' is nowhere; cd to another one, or add --runs-dir"
    ) in done.stderr


def test_in_a_deleted_folder_a_run_is_found_by_its_whole_path(tmp_path: Path) -> None:
    run = finished_run(tmp_path / "runs")
    done = in_a_deleted_folder(tmp_path / "gone", "stop", str(run.path))
    assert done.stderr == "gatescope: run one is not training (finished)\n"
    done = in_a_deleted_folder(tmp_path / "gone", "stop", f"{run.path}-2")
    assert done.stderr == f"gatescope: there is no run 'one-2' in {run.path.parent}; newest first: one\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["export", "one", "graph", "--output", ""],
        ["export", "one", "graph", "--span", ""],
        ["runs", "--runs-dir", ""],
        ["train", "--data-dir", ""],
    ],
)
def test_an_option_that_is_given_empty_is_refused_in_one_line(tmp_path: Path, arguments: list[str]) -> None:
    finished_run(tmp_path / "runs")
    done = gatescope(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert re.fullmatch(rf"gatescope: {arguments[-2]} is empty; name .* out\n", done.stderr)
    assert os.listdir(tmp_path) == ["runs"] and os.listdir(tmp_path / "runs") == ["one"]
