"""What holds for all tests."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# Two test processes on two cores: with a pool of threads each, torch's small products only wait for each
# other. Set before torch is imported, and inherited by every engine that a test starts.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# What the program remembers of a user is not that of whoever runs the tests; inherited by every program.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="gatescope-state-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a tiny data set; what is started meanwhile has a folder of its own for its sockets."""
    from kit.digits import write_tiny_mnist

    place = tmp_path_factory.mktemp("place")
    write_tiny_mnist(place)
    runtime = Path(tempfile.mkdtemp(dir="/tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        yield place
    shutil.rmtree(runtime)


@pytest.fixture(scope="module")
def template(place: Path) -> Iterator[object]:
    """Makes engines by a fork; after `place`, because they inherit where their sockets are."""
    from kit.engine_template import Template

    template = Template()
    yield template
    template.close()
