"""The command line, run as a script runs it: no terminal, no input."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `gatescope` with these arguments in a folder, and wait for its end."""
    return subprocess.run(
        [sys.executable, "-m", "explorer", *arguments],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )
