"""The tests' own SSH server, on loopback, for the user who runs them; no other server is touched."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from kit.viewers import until

SEPARATED = Path("/run/sshd")
"""An empty folder that sshd needs when root starts it; usually its service makes it, but here none runs."""
USER = pwd.getpwuid(os.getuid()).pw_name

CONFIG = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/client.pub
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
PermitUserRC no
PrintMotd no
PrintLastLog no
"""


class Server:
    """A running sshd that lets this user in, from this machine alone."""

    def __init__(self, folder: Path, port: int, process: subprocess.Popen[bytes]) -> None:
        """Keep the server's folder of keys, its port and its process."""
        self._folder = folder
        self._port = port
        self._process = process

    def command(self, line: str, *options: str) -> list[str]:
        """Return an `ssh` command that has a shell there run a line, with this test's keys only."""
        quiet = ["-F", "none", "-o", "LogLevel=ERROR", "-o", "BatchMode=yes", "-o", "ControlPath=none"]
        trusting = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        key = ["-i", str(self._folder / "client"), "-o", "IdentitiesOnly=yes"]
        return ["ssh", *quiet, *trusting, *key, *options, "-p", str(self._port), f"{USER}@127.0.0.1", line]

    def run(self, line: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Have a shell there run a line, and wait for it to end."""
        command = self.command(line, *options)
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)

    def descendants(self) -> list[psutil.Process]:
        """Return every process of every session, each session's sshd first."""
        return psutil.Process(self._process.pid).children(recursive=True)


@contextmanager
def serving_ssh(folder: Path) -> Iterator[Server]:
    """Start a server with fresh keys in a folder; skip the test if that is impossible."""
    # sshd isn't on an ordinary user's path, and must be called by its full path.
    sshd = shutil.which("sshd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin:/sbin")
    if sshd is None or not all(map(shutil.which, ("ssh", "ssh-keygen"))):
        pytest.skip("needs sshd, ssh and ssh-keygen (Debian: openssh-server)")
    for name in ("host", "client"):
        keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(keygen, check=True, stdin=subprocess.DEVNULL)
    if os.getuid() == 0:
        with suppress(OSError):
            SEPARATED.mkdir(mode=0o755, exist_ok=True)
    port = _free_port()
    (folder / "config").write_text(CONFIG.format(port=port, folder=folder))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sshd, "-D", "-e", "-f", str(folder / "config")], stderr=log)
    server = Server(folder, port, process)
    try:
        until(lambda: process.poll() is not None or "Server listening" in (folder / "log").read_text())
        # In some containers only root may hand out terminals: the owner of /dev/pts/N can't be changed.
        if process.poll() is not None or server.run("exit 7", "-tt").returncode != 7:
            said = (folder / "log").read_text().strip().splitlines()[-3:]
            pytest.skip(f"sshd gives nobody a terminal here: {' / '.join(said)}")
        yield server
    finally:
        for left in [*server.descendants(), process] if process.poll() is None else []:
            with suppress(psutil.NoSuchProcess):
                left.kill()
        process.wait()


def _free_port() -> int:
    """Return an unused port."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
