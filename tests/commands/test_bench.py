"""`gatescope bench`: the contenders compute the same thing, and alternate."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from explorer.bench import timing
from explorer.bench.contenders import FLOOR, RATIOS, Headed, NotebooksWay, contenders
from explorer.bench.epoch import take_turns as take_epochs
from explorer.bench.timing import take_turns
from explorer.commands.bench import bench
from explorer.system.errors import GatescopeError


def test_the_notebook_s_implementation_is_an_lstm():
    torch.manual_seed(1)
    theirs, ours = Headed(nn.LSTM, 8, batch_first=True), NotebooksWay(8)
    layer = theirs.layer
    for number in range(4):
        block = slice(8 * number, 8 * number + 8)
        ours.of_input[number].load_state_dict(
            {"weight": layer.weight_ih_l0[block], "bias": layer.bias_ih_l0[block]}
        )
        ours.of_state[number].load_state_dict(
            {"weight": layer.weight_hh_l0[block], "bias": layer.bias_hh_l0[block]}
        )
    ours.head.load_state_dict(theirs.head.state_dict())
    images = torch.rand(3, 28, 28)
    torch.testing.assert_close(ours(images), theirs(images))


def test_every_contender_in_a_ratio_is_timed():
    names = [name for name, _ in contenders(4)]
    assert {name for pair in RATIOS.values() for name in pair} <= set(names)
    assert names[-1] == FLOOR and len(names) == 11


def test_every_contender_can_take_a_step():
    for _, step in contenders(4):
        step()
        step()


def test_the_contenders_alternate():
    order = []
    steps = [("a", lambda: order.append("a")), ("b", lambda: order.append("b"))]
    turns = take_turns(steps, rounds=3, turn=0.0)
    assert "".join(order)[4:] == "ababab"  # after a warm-up step and a timed one of each
    assert {name: len(times) for name, times in turns.items()} == {"a": 3, "b": 3}
    assert all(seconds >= 0 for times in turns.values() for seconds in times)


@pytest.mark.slow
def test_the_report_names_the_machine_the_configuration_and_the_times():
    command = [sys.executable, "-m", "explorer", "bench", "--quick", "--json"]
    said = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert said["machine"]["torch"] == torch.__version__
    [measured] = said["measured"]
    assert (measured["hidden"], measured["threads"]) == (128, 1)
    assert set(measured["ratios"]) == set(RATIOS)
    assert all(value > 0 for value in [*measured["milliseconds"].values(), *measured["ratios"].values()])


def test_without_the_memory_it_says_what_needs_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "contenders", lambda hidden: torch.empty(1 << 58))
    with pytest.raises(GatescopeError, match=r"^out of memory; close some programs, or time .* --quick$"):
        bench.main(["--json"], standalone_mode=False)


def test_epochs_are_timed_in_turns_and_the_first_is_compared_with_each(tmp_path: Path) -> None:
    order = tmp_path / "order"
    program = "import sys, time; open(sys.argv[1], 'a').write(sys.argv[2]); time.sleep(float(sys.argv[3]));"
    said = "print('reading'); print('{\"test_accuracy\": 0.%s}' % sys.argv[4])"
    command = [sys.executable, "-c", program + said, str(order)]
    epochs = take_epochs({"a": [*command, "a", "0", "9"], "b": [*command, "b", "1", "8"]}, rounds=2)
    assert order.read_text() == "abab"
    assert epochs.accuracies == {"a": 0.9, "b": 0.8}
    assert epochs.seconds["b"] >= 1
    assert epochs.ratios == {"b": pytest.approx(epochs.ratios["b"])} and epochs.ratios["b"] > 1


def test_a_contender_that_fails_is_named_with_its_last_words() -> None:
    with pytest.raises(GatescopeError, match=r"^a ended with 3: no luck$"):
        take_epochs(
            {"a": [sys.executable, "-c", "import sys; print('no luck', file=sys.stderr); sys.exit(3)"]}, 1
        )
