"""`gatescope check`: a line a finding, and exit codes that a script can tell apart."""

from __future__ import annotations

import json
from pathlib import Path

from kit.command import run
from kit.facts import changed, started, stepped

from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.events import encode


def test_what_is_wrong_is_a_line_each_and_exit_code_three(tmp_path: Path) -> None:
    for name, loss in (("good", 0.5), ("bad", 7.0)):
        steps = [stepped(step, loss=loss, accuracy=0.9) for step in range(1, 61)]
        made = create_run(tmp_path, configure({}), name)
        made.events.write_bytes(b"".join(map(encode, [started(), changed("training"), *steps])))
    good, bad, none = (run("check", name, "--runs-dir", ".", cwd=tmp_path) for name in ("good", "bad", "no"))
    assert (good.returncode, good.stdout) == (
        0,
        "run good: nothing is wrong, as far as its 60 steps tell\n",
    )
    said = "exploding: loss 7 over the last 50 batches; guessing costs 2.3"
    assert (bad.returncode, bad.stdout) == (3, f"run bad: {said}\n")
    assert (none.returncode, none.stdout) == (2, "")
    facts = json.loads(run("check", "bad", "--json", "--runs-dir", ".", cwd=tmp_path).stdout)
    assert facts == {
        "run": "bad",
        "step": 60,
        "findings": [{"kind": "exploding", "step": 60, "text": said}],
    }
