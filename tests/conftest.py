"""Settings and fixtures shared by all tests."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# With two test processes on two cores, a thread pool in each only makes torch's small products wait for one
# another. Set before torch is imported; every engine that a test starts inherits it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Keep the program's state out of the home folder of the person running the tests; every program inherits it.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="gatescope-state-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)

# Programs leave alone the signals that they were started to ignore; a suite in the background (`&`, nohup)
# ignores some of those that the tests send.
for number, action in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGQUIT, signal.SIG_DFL),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, action)

# On a busy machine an example may take any time: hypothesis' limit of 0.2 s would fail a test that is right.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Have each test begin with no settings, and leave those of the person running it alone."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a tiny data set; programs started under it get their own folder for sockets."""
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
    """Forks engines; depends on `place` because they inherit the location of their sockets."""
    from kit.engine_template import Template

    template = Template()
    yield template
    template.close()
