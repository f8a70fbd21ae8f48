"""A copy of the program, to which a test adds what the README and CONTRIBUTING say can be added."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from kit.digits import REPOSITORY, tiny_files, write_files

from explorer.engine.data.sources import SOURCES


def copy_program(place: Path, files: Mapping[str, str], lines: list[tuple[str, str, str]]) -> None:
    """Copy the program to a folder, with further files and lines, and a tiny data set in `data`.

    Args:
        place: the folder.
        files: the texts of the files, by their paths.
        lines: of each line its file, the line after which it comes, which is there once, and itself.
    """
    for package in ("explorer", "models", "assets/fonts"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / package, place / package, ignore=ignored)
    for path, text in files.items():
        assert not (place / path).exists()
        (place / path).write_text(text, encoding="utf-8")
    for path, before, line in lines:
        table = (place / path).read_text(encoding="utf-8")
        assert table.count(before) == 1
        (place / path).write_text(table.replace(before, before + line), encoding="utf-8")
    write_files(place / "data" / "MNIST" / "raw", tiny_files(SOURCES["mnist"], train=200, test=100))


def run(program: Path, *arguments: str, code: int = 0) -> str:
    """Run Python in a copy of the program, which must end with this exit code.

    Returns:
        What it printed; of one that failed, what it complained of.
    """
    done = subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=program,
        env={**os.environ, "PYTHONPATH": str(program), "XDG_CONFIG_HOME": str(program / "config")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done.stderr if code else done.stdout
