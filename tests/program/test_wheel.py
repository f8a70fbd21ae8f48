"""The program as a wheel: built, installed into an empty environment, and started outside this checkout."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from kit.digits import REPOSITORY
from kit.terminal import terminal

from explorer import __version__

pytestmark = pytest.mark.slow

OFFLINE = {f"{scheme}_proxy": "http://127.0.0.1:9" for scheme in ("http", "https")}
"""A proxy that doesn't exist, so that nothing can be downloaded."""


def pip(*arguments: str, **env: str) -> str:
    """Run pip; return its error output, or nothing if it succeeded."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    done = subprocess.run(
        command, env={**os.environ, **env}, capture_output=True, text=True, timeout=300, check=False
    )
    return (done.stdout + done.stderr or "it failed without a word") if done.returncode else ""


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the build backend, which the tests' environment seldom has."""
    folder = tmp_path_factory.mktemp("backend")
    if importlib.util.find_spec("pip") is None:
        pytest.skip("there is no pip here")
    if importlib.util.find_spec("hatchling") is not None:
        return folder
    wanted = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["build-system"]["requires"]
    said = pip("install", "--retries", "0", "--timeout", "10", "--target", str(folder), *wanted)
    if said:
        pytest.skip(f"{', '.join(wanted)} can't be had: {said.strip().splitlines()[-1]}")
    return folder


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the working tree, so that the build leaves nothing in it."""
    copy = tmp_path_factory.mktemp("source") / "gatescope"
    shutil.copytree(REPOSITORY, copy, ignore=left_out)
    return copy


def left_out(folder: str, names: list[str]) -> list[str]:
    """Return the names that are not source: Python's leftovers anywhere, and tools and runs at the top."""
    top = Path(folder) == REPOSITORY
    tools = {name for name in names if name.startswith(".")} - {".gitignore"}  # it decides what is packed
    return [
        name for name in names if name == "__pycache__" or (top and name in tools | {"runs", "build", "dist"})
    ]


@pytest.fixture(scope="module")
def wheel(backend: Path, source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the working tree."""
    folder = tmp_path_factory.mktemp("wheel")
    building = ["--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(folder)]
    assert pip("wheel", *building, str(source), PYTHONPATH=str(backend)) == ""
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, in an environment with the wheel and its dependencies, but without this checkout.

    The folders of the dependencies are named in a `.pth` file; `.pth` files inside those folders, such as
    an editable install's, are not followed.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    found = (importlib.util.find_spec(name) for name in ("click", "textual", "torch"))
    dependencies = {str(Path(spec.origin).parents[1]) for spec in found if spec and spec.origin}
    (packages / "dependencies.pth").write_text("\n".join(sorted(dependencies)) + "\n")
    python = str(folder / "bin" / "python")
    assert pip("--python", python, "install", "--no-deps", "--no-index", str(wheel)) == ""
    return folder / "bin" / "gatescope"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, for a user who has never run the program and has no network."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for kind in ("CACHE", "STATE", "CONFIG", "DATA"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / "home" / kind.lower()))
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    place = tmp_path / "empty"
    place.mkdir()
    return place


def run(command: list[str], cwd: Path) -> str:
    """Run a command and return its output."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_both_packages_and_their_data_and_nothing_else(wheel: Path, source: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if not name.endswith("/")}
    files = [path.relative_to(source) for path in source.rglob("*") if path.is_file()]
    wanted = {path.as_posix() for path in files if path.parts[0] in ("explorer", "models")}
    data = (("assets", "mnist"), ("assets", "fonts"))
    wanted |= {f"explorer/{path.as_posix()}" for path in files if path.parts[:2] in data}
    wanted = wanted - {"explorer/gatescope.py"} | {
        "gatescope.py"
    }  # beside the packages: the command's module
    facts = f"gatescope-{__version__}.dist-info/"
    assert {name for name in packed if not name.startswith(facts)} == wanted
    assert {"explorer/ui/app.tcss", "explorer/assets/mnist/t10k-labels-idx1-ubyte.gz"} <= packed
    assert {"explorer/assets/fonts/DejaVuSans.ttf", "explorer/assets/fonts/LICENSE.txt"} <= packed
    assert {facts + name for name in ("METADATA", "entry_points.txt", "licenses/LICENSE")} <= packed


def test_the_installed_package_is_the_one_that_is_imported(program: Path, home: Path) -> None:
    where = "import sys, explorer, models; print(explorer.__file__, models.__file__, *sys.path, sep='\\n')"
    for flags in (["-I"], []):
        imported = run([str(program.parent / "python"), *flags, "-c", where], home).splitlines()
        for package, file in zip(("explorer", "models"), imported, strict=False):
            path = Path(file)
            assert path.is_relative_to(program.parents[1]) and path.parts[-2:] == (package, "__init__.py")
        assert str(REPOSITORY) not in imported


def test_the_installed_command_starts_anywhere(program: Path, home: Path) -> None:
    assert run([str(program), "--version"], home) == f"gatescope {__version__}\n"
    assert run([str(program), "runs"], home).startswith(f"no runs in {home / 'runs'} yet")
    assert [*home.iterdir()] == []


def test_the_installed_command_starts_where_other_packages_have_its_names(
    program: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("explorer", "models"):
        (home / name).mkdir()
        (home / name / "__init__.py").write_text("raise SystemExit('not gatescope')")
    monkeypatch.setenv("PYTHONPATH", str(home))
    for command in ([str(program)], [str(program.parent / "python"), "-m", "gatescope"]):
        assert run([*command, "runs"], home).startswith(f"no runs in {home / 'runs'} yet")


def test_a_newcomer_s_first_run_learns_from_the_mnist_in_the_wheel_and_is_shown(
    program: Path, home: Path
) -> None:
    options = ["--hidden", "2", "--epochs", "1", "--batch-size", "60000", "--threads", "1"]
    summary = json.loads(run([str(program), "train", "--json", "--name", "first", *options], home))
    assert (summary["state"], summary["step"], summary["test_samples"]) == ("finished", 1, 10_000)
    assert [sum(row) for row in summary["confusion"]][:3] == [980, 1135, 1032]  # MNIST's count of each class
    assert "finished" in run([str(program), "runs"], home)
    with terminal([str(program)], size=(160, 45), cwd=home) as shown:
        shown.until(r"✓ finished .*LSTM 2 · mnist")
        shown.until(r"is 7, read as \d")  # by an engine started from the wheel
        shown.press("q")
        assert shown.ended() == 0
