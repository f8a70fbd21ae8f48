"""How much memory a large model's weights take on their way: what they have, once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from explorer.engine.learning.adamw import AdamW
from explorer.engine.record.checkpoints import new_model, save_checkpoint
from explorer.engine.record.moments import save_moment
from explorer.engine.record.tensor_file import Progress
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.shape import Shape

CODE = """
import json, sys
from pathlib import Path
from explorer.engine.probes.weights import Arrival, pieces_of
from explorer.engine.record.checkpoints import model_without_weights, newest_model
from explorer.engine.record.moments import model_at
from explorer.protocol.messages import pack, unpack_reply
from explorer.runs.folder import RunFolder
from explorer.runs.shape import Shape
import torch

def size(what):
    return int(Path("/proc/self/status").read_text().split(what)[1].split()[0]) << 10

def sent():
    for piece in pieces_of(weights):
        arrival.take(unpack_reply(pack(piece)))
    return arrival.whole()

folder, shape = RunFolder(Path(sys.argv[1])), Shape(5, 3, ("a", "b"))
config = folder.read().config
arrival = Arrival(lambda: model_without_weights(config, shape))
state = model_without_weights(config, shape).state_dict().items()
weights = {name: torch.ones(value.shape) for name, value in state}
whole = 4 * sum(value.numel() for value in weights.values())
ways = {
    "sent": sent,
    "checkpoint": lambda: newest_model(folder, config, shape),
    "moment": lambda: model_at(folder, config, shape, 1),
}
found = {}
for way, load in ways.items():
    Path("/proc/self/clear_refs").write_text("5")  # forget the most that there was
    before = size("VmRSS:")
    model = load()
    found[way] = (size("VmHWM:") - before) / whole
    del model
    arrival = None
print(json.dumps(found))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_large_model_takes_the_memory_of_its_weights_once_wherever_they_come_from(tmp_path: Path) -> None:
    config, shape = configure({"hidden": 1536}), Shape(5, 3, ("a", "b"))  # 38 MB
    folder, model = create_run(tmp_path, config, "large"), new_model(config, shape)
    optimizer = AdamW(model, 0.01, {})
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step(0.01)
    save_checkpoint(folder, Progress(step=1, config=config), model, optimizer)  # three times as large
    folder.moments.mkdir()
    save_moment(folder, 1, config, model)
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(folder.path)], check=False, capture_output=True, text=True
    )
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert set(found) == {"sent", "checkpoint", "moment"}
    assert all(0.8 < share < 1.4 for share in found.values()), found
