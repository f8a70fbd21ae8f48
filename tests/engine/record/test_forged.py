"""Forged checkpoints with valid checksums: impossible content is refused."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.trainings import first_digits, learnt, resume_training, save
from safetensors.torch import save as as_bytes
from torch import Tensor

from explorer.engine.learning.health import Diverged
from explorer.engine.record import tensor_file
from explorer.engine.record.checkpoints import newest_checkpoint
from explorer.engine.record.tensor_file import FORMAT
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.folder import RunFolder
from explorer.runs.shape import DIGITS
from explorer.system.errors import GatescopeError

CONFIG = configure({"hidden": 4, "seed": 3, "batch_size": 16, "epochs": 1})
HONEST = {"step": 2, "factor": 1.0, "config": msgspec.to_builtins(CONFIG)}

numbers = st.sampled_from([0, -1, 1, 2**62, 2**63, 10**40, -1e308, 1e308, 1e-320, -0.0, 0.5, None, "1", []])
tensors = st.sampled_from(
    [
        torch.full(shape, value, dtype=kind)
        for value in (0, 1)
        for kind in (torch.float32, torch.float64, torch.bfloat16, torch.int64, torch.bool)
        for shape in ((), (0,), (1,), (4,), (16, 28), (10, 4), (1, 1, 1))
    ]
)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run with a genuine checkpoint at step 1."""
    folder = create_run(tmp_path, CONFIG, "one")
    save(folder, 1)
    return folder


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The same for tests that hypothesis calls many times."""
    folder = create_run(tmp_path_factory.mktemp("runs"), CONFIG, "one")
    save(folder, 1)
    return folder


def honest_tensors() -> dict[str, Tensor]:
    """The tensors in a checkpoint of the run after two steps."""
    model, optimizer = learnt(CONFIG)
    named = {f"model.{name}": value for name, value in model.state_dict().items()}
    return named | {f"optimizer.{name}": value for name, value in optimizer.state.items()}


HELD = honest_tensors()


def forge(folder: RunFolder, progress: object, held: dict[str, Tensor]) -> None:
    """Write the newest checkpoint with a valid checksum."""
    about = json.dumps(progress)
    header = {"format": FORMAT, "progress": about, "sha256": tensor_file._digest(about, held)}
    (folder.checkpoints / "step-00000002.safetensors").write_bytes(
        as_bytes({name: value.clone() for name, value in held.items()}, header)
    )


def resume_step(folder: RunFolder) -> int:
    """The step from which a training would resume."""
    newest = newest_checkpoint(folder, CONFIG, DIGITS)
    for damage in newest.damaged:
        assert str(damage).isprintable()
    return newest.checkpoint.progress.step


def test_a_genuine_checkpoint_is_accepted(run: RunFolder) -> None:
    forge(run, HONEST, HELD)
    assert resume_step(run) == 2


@pytest.mark.parametrize(
    "lie",
    [
        {"step": -1},
        {"step": 2**64},
        {"factor": 0.0},
        {"factor": -1.0},
        {"factor": float("nan")},
        {"factor": float("inf")},
        {"health": {"mark": "\x1b[2J"}},
        {"health": {"losses": [float("nan")]}},
        {"config": {}},
    ],
    ids=str,
)
def test_a_checkpoint_with_impossible_progress_is_skipped(run: RunFolder, lie: dict[str, object]) -> None:
    forge(run, HONEST | lie, HELD)
    assert resume_step(run) == 1


@pytest.mark.parametrize("lie", [{"seed": 4}, {"hidden": 2**40}], ids=str)
def test_a_good_checkpoint_of_another_training_is_named_and_never_passed_over(
    run: RunFolder, lie: dict[str, object]
) -> None:
    forge(run, HONEST | {"config": HONEST["config"] | lie}, HELD)
    with pytest.raises(GatescopeError, match=r"00000002\S+ belongs to another run than run.json; move it"):
        newest_checkpoint(run, CONFIG, DIGITS)


def test_a_good_checkpoint_of_another_version_is_named_and_never_passed_over(run: RunFolder) -> None:
    header = {"format": "3", "sha256": "as version 3 makes it", "progress": "as version 3 says it"}
    (run.checkpoints / "step-00000002.safetensors").write_bytes(as_bytes(HELD, header))
    with pytest.raises(GatescopeError, match=r"00000002\S+ has format 3, this gatescope reads 2; move it"):
        newest_checkpoint(run, CONFIG, DIGITS)


@pytest.mark.parametrize(
    "name", ["optimizer.exp_avg.head.weight", "optimizer.step.head.bias", "model.head.bias"]
)
@pytest.mark.parametrize("change", ["missing", "short", "wide", "integers", "doubles"])
def test_tensors_of_the_wrong_shape_or_type_never_reach_the_optimizer(
    run: RunFolder, name: str, change: str
) -> None:
    held = dict(HELD)
    value = held.pop(name)
    if change != "missing":
        held[name] = {
            "short": value.reshape(-1)[:0],
            "wide": torch.zeros(3, 3),
            "integers": value.to(torch.int64),
            "doubles": value.double(),
        }[change]
    forge(run, HONEST, held)
    assert resume_step(run) == 1


def test_weights_that_are_nan_end_the_training_with_one_line(run: RunFolder) -> None:
    forge(run, HONEST, HELD | {"model.head.bias": torch.full((10,), float("nan"))})
    trained = resume_training(run, first_digits(64, 32))
    assert isinstance(trained.ended, Diverged) and "\n" not in str(trained.ended)


def test_impossible_optimizer_averages_end_the_training(run: RunFolder) -> None:
    forge(run, HONEST, HELD | {"optimizer.exp_avg_sq.head.bias": torch.full((10,), -1.0)})
    assert isinstance(resume_training(run, first_digits(64, 32)).ended, Diverged)


def test_a_step_beyond_the_end_trains_nothing(run: RunFolder) -> None:
    forge(run, HONEST | {"step": 2**62}, HELD)
    trained = resume_training(run, first_digits(64, 32))
    assert trained.ended is None and not trained.steps


@given(
    st.dictionaries(st.sampled_from(["step", "factor", "health", "config", "else"]), numbers, max_size=3),
    st.dictionaries(st.sampled_from([*HELD, "model.else", "\x1b[2J"]), tensors, max_size=3),
)
@settings(max_examples=300, deadline=None)
def test_whatever_a_forged_checkpoint_says_the_run_can_be_resumed(
    arena: RunFolder, lies: dict[str, object], held: dict[str, Tensor]
) -> None:
    forge(arena, HONEST | lies, HELD | held)
    assert resume_step(arena) in (1, HONEST["step"], lies.get("step"))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_file_with_parts_moved_or_replaced_is_skipped(arena: RunFolder, data: st.DataObject) -> None:
    forge(arena, HONEST, HELD)
    path = arena.checkpoints / "step-00000002.safetensors"
    whole = path.read_bytes()
    start = data.draw(st.integers(0, len(whole) - 1))
    gone = data.draw(st.integers(0, 64))
    put = data.draw(st.binary(max_size=64))
    torn = whole[:start] + put + whole[start + gone :]
    path.write_bytes(torn)
    assert resume_step(arena) == (2 if torn == whole else 1)
