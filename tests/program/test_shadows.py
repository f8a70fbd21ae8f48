"""Other packages called `models` and `explorer`, as in a research repository: gatescope takes its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kit.digits import REPOSITORY, write_tiny_mnist
from kit.viewers import kill_engine, until

from explorer import gatescope, start
from explorer.runs.folder import RunFolder
from explorer.runs.launch import start_read_only
from explorer.runs.summary import Summary, summarise

pytestmark = pytest.mark.slow

OPTIONS = ["--data-dir", ".", "--hidden", "4", "--cell", "rnn", "--threads", "1", "--epochs", "1"]


def package(folder: Path, name: str, code: str = "raise SystemExit('not gatescope')") -> None:
    """Make a package of someone else's."""
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(code)


@pytest.fixture
def research(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with packages of both names, first on Python's path."""
    folder = tmp_path / "research"
    package(folder, "models")
    package(folder, "explorer")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


@pytest.fixture
def command(tmp_path: Path, research: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The command as pip installs it: a script, and the module that a wheel has beside the packages."""
    site = tmp_path / "site"
    site.mkdir()
    shutil.copy(gatescope.__file__, site / "gatescope.py")
    monkeypatch.setenv("PYTHONPATH", f"{research}{os.pathsep}{site}")
    script = tmp_path / "gatescope"
    script.write_text("from gatescope import main\nmain()\n")
    return script


def run(*command: object, cwd: Path) -> str:
    """Run a command and return its output."""
    line = [sys.executable, *map(str, command)]
    done = subprocess.run(line, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_the_installed_command_and_all_that_it_starts_take_their_own_packages(
    command: Path, research: Path
) -> None:
    write_tiny_mnist(research)
    assert run(command, "train", "--help", cwd=research).startswith("Usage: gatescope train")
    run(command, "train", "--detach", "--name", "detached", *OPTIONS, cwd=research)
    engine = RunFolder(research / "runs" / "detached")
    try:
        run(command, "export", "detached", "graph", "--output", "step.png", cwd=research)
        assert (research / "step.png").read_bytes().startswith(b"\x89PNG")
        until(lambda: isinstance(one := summarise(engine), Summary) and one.state == "finished")
    finally:
        kill_engine(engine)


def test_an_engine_that_only_answers_starts(research: Path, tmp_path: Path) -> None:
    socket = tmp_path / "socket"
    engine = start_read_only(socket)
    try:
        until(lambda: socket.exists() or engine.poll() is not None)
        assert engine.poll() is None, engine.last_words()
    finally:
        engine.kill()
        engine.wait()


@pytest.mark.parametrize(
    "torchrun", [[], ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=1"]]
)
def test_with_m_a_folder_models_in_the_working_folder_is_not_taken(
    tmp_path: Path, torchrun: list[str]
) -> None:
    package(tmp_path, "models")
    write_tiny_mnist(tmp_path)
    line = [sys.executable, *torchrun, "-m", "explorer", "train", "--json", *OPTIONS]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert json.loads(done.stdout)["state"] == "finished", done.stderr


def test_a_package_that_is_imported_already_is_named_with_the_one_that_it_hides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path, "models", "")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    code = f"import models, runpy; runpy.run_path({start.__file__!r}, run_name='__main__')"
    line = [sys.executable, "-c", code, "runs"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    said = f"the package {tmp_path}/models was imported before gatescope's own {REPOSITORY}/models"
    assert done.stderr == f"gatescope: {said}; import gatescope's first, or rename yours\n"


def test_packages_that_are_nowhere_are_reported_in_one_line(command: Path, tmp_path: Path) -> None:
    line = [sys.executable, "-S", str(command)]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "gatescope: its packages explorer and models are not on Python's path; reinstall gatescope\n"
    )
