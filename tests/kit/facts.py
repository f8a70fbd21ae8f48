"""Events for the tests: each has sensible values, and a test may set any of them."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec import UNSET

from explorer.runs import events as e
from explorer.runs.shape import Shape

GATES = [e.ActivationInfo("f", "forget gate", "unit"), e.ActivationInfo("c", "memory", "open")]


def started(**values):
    """The start of a run of two epochs of five steps."""
    facts = {
        "time": 1.0,
        "run": "one",
        "cell": "lstm",
        "dataset": "mnist",
        "parameters": 82_186,
        "activations": GATES,
        "hidden": 128,
        "epochs": 2,
        "steps_per_epoch": 5,
        "device": "cpu",
        "threads": 1,
        "pid": 4242,
        "versions": {"gatescope": "0.1.0"},
    }
    return e.RunStarted(**facts | values)


def stepped(step=1, **values):
    """One step, at 100 images a second."""
    facts = {
        "time": 2.0,
        "step": step,
        "epoch": 1,
        "loss": 2.3,
        "accuracy": 0.1,
        "gradient_norm": 1.0,
        "learning_rate": 0.006,
        "samples_per_second": 100.0,
    }
    return e.StepTrained(**facts | values)


def evaluated(step=5, **values):
    """An evaluation on the whole test set."""
    facts = {
        "time": 3.0,
        "step": step,
        "epoch": 1,
        "samples": 10_000,
        "whole": True,
        "loss": 0.5,
        "accuracy": 0.9,
        "confusion": [[0] * 10 for _ in range(10)],
    }
    return e.Evaluated(**facts | values)


def changed(state, reason="", **values):
    """A change of state."""
    return e.StateChanged(**{"time": 4.0, "state": state, "reason": reason} | values)


def marked(mark, step=1):
    """A warning, or its end."""
    return e.Marked(time=5.0, step=step, mark=mark, message=f"this run is {mark}")


def noted(step, text):
    """A person's note."""
    return e.Noted(time=5.0, step=step, text=text)


counts = st.integers(0, 2**63 - 1)
numbers = st.floats(allow_nan=False, allow_infinity=False)
maybe_numbers = st.none() | numbers
factors = st.floats(0, exclude_min=True, allow_infinity=False)
words = st.text(max_size=20)


def _any(kind, **fields):
    """Events of one kind, with any values."""
    return st.builds(kind, time=numbers, clock=maybe_numbers, **fields)


any_gate = st.builds(e.ActivationInfo, words, words, st.sampled_from(["unit", "signed", "open"]))
any_shape = st.builds(
    Shape,
    timesteps=st.integers(1, 1000),
    inputs=st.integers(1, 512),
    classes=st.lists(words, min_size=2, max_size=100).map(tuple),
)
any_state = st.sampled_from(["preparing", "training", "paused", "finished", "stopped", "diverged", "failed"])
any_evaluation = _any(
    e.Evaluated,
    step=counts,
    epoch=counts,
    samples=counts,
    whole=st.booleans(),
    loss=maybe_numbers,
    accuracy=numbers,
    confusion=st.integers(2, 100).map(lambda classes: [[7] * classes] * classes),
)

EVERY_KIND = {
    e.RunStarted: _any(
        e.RunStarted,
        run=words,
        cell=words,
        dataset=words,
        parameters=counts,
        activations=st.lists(any_gate, max_size=3),
        hidden=counts,
        epochs=counts,
        steps_per_epoch=counts,
        device=words,
        threads=counts,
        pid=counts,
        versions=st.dictionaries(words, words, max_size=3),
        shape=any_shape,
    ),
    e.StateChanged: _any(e.StateChanged, state=any_state, reason=words, evaluated=st.none() | any_evaluation),
    e.StepTrained: _any(
        e.StepTrained,
        step=counts,
        epoch=counts,
        loss=maybe_numbers,
        accuracy=numbers,
        gradient_norm=maybe_numbers,
        learning_rate=numbers,
        samples_per_second=numbers,
        updates=st.just(UNSET) | st.dictionaries(words, maybe_numbers, max_size=2),
        factors=st.just(UNSET) | st.tuples(factors, factors),
    ),
    e.Evaluated: any_evaluation,
    e.LearningRateChanged: _any(e.LearningRateChanged, step=counts, factor=factors),
    e.Rewound: _any(e.Rewound, step=counts),
    e.Marked: _any(
        e.Marked, step=counts, mark=st.sampled_from(["exploded", "chance", "recovered"]), message=words
    ),
    e.Noted: _any(e.Noted, step=counts, text=words),
    e.Warned: _any(e.Warned, step=counts, message=words),
    e.CheckpointSaved: _any(e.CheckpointSaved, step=counts, path=words),
    e.MomentKept: _any(e.MomentKept, step=counts, path=words),
    e.MomentsDropped: _any(e.MomentsDropped, steps=st.lists(counts, max_size=5)),
}
"""A strategy for each kind of event."""

any_event = st.one_of(*EVERY_KIND.values())
