"""`train --hold f=1`: what is held belongs to the model, in training, evaluation and every answer."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import torch
from kit.asking import activations_of, answer_in
from kit.loops import read_by_hand
from kit.trainings import asking, first_digits, require_same, resume_training, save, train
from msgspec.structs import replace
from torch.nn import functional

from explorer.engine.learning.batches import Scaling
from explorer.engine.learning.evaluation import evaluate
from explorer.engine.probes.registry import Prober
from explorer.engine.record.checkpoints import new_model, newest_checkpoint
from explorer.protocol.messages import Stop
from explorer.protocol.questions import Intervention, Selection
from explorer.runs.catalogue import create_run
from explorer.runs.config import Config, configure
from explorer.runs.events import Evaluated
from explorer.runs.shape import DIGITS, Shape
from explorer.system.errors import GatescopeError

LSTM_OF_1997 = {"hidden": 8, "batch_size": 20, "preset": "notebook", "hold": "f=1"}
DIGITS_READ = (100, 40)
"""Training and test samples."""


def scaled(images: torch.Tensor) -> torch.Tensor:
    """What the notebook's preset reads."""
    pixels = images.double() / 255
    return ((pixels - pixels.mean()) / pixels.std()).float()


def outputs(cell: str, model: torch.nn.Module, x: torch.Tensor, held: dict[str, float]) -> torch.Tensor:
    """The sigmoid outputs, (B, K), by the parameters alone."""
    h = read_by_hand(cell, model.layer, x, held=held)["h"][:, -1]
    return (h @ model.head.weight.T + model.head.bias).sigmoid()


@pytest.mark.parametrize(
    ("cell", "hold", "held"),
    [("lstm", "f=1", {"f": 1.0}), ("lstm", "i=0.5, f=0.9", {"i": 0.5, "f": 0.9}), ("gru", "z=0", {"z": 0.0})],
)
def test_it_learns_as_a_loop_written_out_by_hand(
    tmp_path: Path, cell: str, hold: str, held: dict[str, float]
) -> None:
    few = first_digits(*DIGITS_READ)
    trained = train(tmp_path, few, **LSTM_OF_1997 | {"cell": cell, "hold": hold, "epochs": 2})
    start = new_model(trained.config, DIGITS)
    adam = torch.optim.Adam(start.parameters(), lr=0.01)
    x, losses = scaled(few.train.x), []
    for _ in range(2):
        for images, labels in zip(x.split(20), few.train.labels.split(20), strict=True):
            loss = functional.cross_entropy(outputs(cell, start, images, held), labels)
            adam.zero_grad()
            loss.backward()
            adam.step()
            losses.append(loss.item())
    assert [step.loss for step in trained.steps] == pytest.approx(losses, abs=1e-4)
    torch.testing.assert_close(trained.model.head.weight, start.head.weight, atol=1e-3, rtol=0)
    with torch.no_grad():
        wanted = outputs(cell, trained.model, scaled(few.test.x), held)
    loss = functional.cross_entropy(wanted, few.test.labels).item()
    assert trained.of(Evaluated)[-1].loss == pytest.approx(loss, abs=1e-4)


def test_a_resumed_run_holds_the_same_and_ends_with_the_same_bits(tmp_path: Path) -> None:
    few = first_digits(*DIGITS_READ)
    whole = train(tmp_path, few, **LSTM_OF_1997)
    left = train(tmp_path, few, asking({2: [Stop()]}), **LSTM_OF_1997)
    assert len(left.steps) < len(whole.steps)
    again = resume_training(left.folder, few)
    assert again.model.layer.held == {"f": 1.0}
    require_same(again.weights, whole.weights)


def test_a_checkpoint_of_a_run_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    run = create_run(tmp_path, configure({"hidden": 4, "hold": "f=1"}), "one")
    save(run, 2)
    for other in ({}, {"f": 0.5}, {"f": 1.0, "o": 1.0}):
        with pytest.raises(GatescopeError, match="belongs to another run"):
            newest_checkpoint(run, replace(run.read().config, hold=other), DIGITS)
    assert newest_checkpoint(run, run.read().config, DIGITS).model.layer.held == {"f": 1.0}


def test_a_question_s_hold_of_the_same_activation_replaces_the_model_s(tmp_path: Path) -> None:
    few = first_digits(*DIGITS_READ)
    model = new_model(configure({"hidden": 4, "hold": "f=1, o=0.5"}), DIGITS)
    prober = Prober(model, few, Scaling.of(few.test, "standard"))
    asked = activations_of(3)
    held = answer_in(prober.answer(asked, 0, None)).arrays
    assert ({*held["f"].numbers}, {*held["o"].numbers}) == ({1.0}, {0.5})
    other = Selection(subject=asked.selection.subject, intervention=Intervention(hold={"f": 0.25}))
    held = answer_in(prober.answer(replace(asked, selection=other), 0, None)).arrays
    assert ({*held["f"].numbers}, {*held["o"].numbers}) == ({0.25}, {0.5})


def test_an_evaluation_reads_with_what_is_held() -> None:
    few = first_digits(*DIGITS_READ)
    model = new_model(configure({"hidden": 4, "preset": "notebook"}), DIGITS)
    scaling = Scaling.of(few.test, "whole-set")
    plain = evaluate(model, few.test, scaling).loss
    model.layer.held = {"o": 0.0}
    silent = functional.cross_entropy(model.head.bias.sigmoid().expand(40, 10), few.test.labels).item()
    assert evaluate(model, few.test, scaling).loss == pytest.approx(silent, abs=1e-6) != plain


def test_a_run_from_before_the_option_existed_holds_nothing(tmp_path: Path) -> None:
    folder = create_run(tmp_path, configure({}), "old")
    file = msgspec.json.decode((folder.path / "run.json").read_bytes())
    del file["config"]["hold"]
    (folder.path / "run.json").write_bytes(msgspec.json.encode(file))
    config = folder.read().config
    assert isinstance(config, Config) and config == configure({})
    assert new_model(config, Shape(5, 3, ("a", "b"))).layer.held == {}
