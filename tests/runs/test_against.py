"""Runs beside each other: how far each is from the first, and the options that differ."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit.facts import changed, evaluated, started

from explorer.runs.against import Against
from explorer.runs.catalogue import create_run
from explorer.runs.config import OPTIONS, configure
from explorer.runs.data_files import SequenceFile
from explorer.runs.events import encode
from explorer.runs.folder import RunFolder
from explorer.runs.summary import Listed, summarise
from explorer.runs.writer import EventWriter


def run(runs: Path, name: str, accuracy: float | None, samples: int = 10_000, **options: object) -> Listed:
    """Return the summary of a run that was stopped after an evaluation, if it has an accuracy."""
    folder = create_run(runs, configure(options), name)
    writer = EventWriter(folder.events)
    tested = [] if accuracy is None else [evaluated(5, epoch=1, accuracy=accuracy, samples=samples)]
    for event in [changed("preparing"), *tested, changed("stopped")]:
        writer.write(event)
    writer.close()
    return summarise(folder)


def test_a_difference_is_in_points_of_the_first_run_and_unknown_where_either_is(tmp_path: Path) -> None:
    accuracies = [0.9125, 0.95, 0.1, None]
    runs = [run(tmp_path, f"run-{at}", accuracy) for at, accuracy in enumerate(accuracies)]
    for first in range(len(runs)):
        order = [first, *(at for at in range(len(runs)) if at != first)]
        for row, at in zip(Against.of([runs[at] for at in order]).rows, order, strict=True):
            mine, its = accuracies[at], accuracies[first]
            assert row.run is runs[at]
            assert row.away == (None if mine is None or its is None else 100 * (mine - its))


def test_accuracies_of_other_numbers_of_samples_are_told_apart(tmp_path: Path) -> None:
    whole, part, again = (
        run(tmp_path, name, 0.5, samples)
        for name, samples in (("whole", 10_000), ("part", 1_000), ("again", 10_000))
    )
    assert [row.alike for row in Against.of([whole, part, again]).rows] == [True, False, True]


def test_the_options_that_differ_are_shown_in_the_order_of_their_table_and_no_other(tmp_path: Path) -> None:
    given = [
        {"seed": 3, "lr": 0.5, "cell": "gru"},
        {"seed": 3, "lr": 0.25, "cell": "rnn"},
        {"seed": 3, "lr": 0.5, "cell": "gru", "augment": True},
    ]
    runs = [run(tmp_path, f"run-{at}", 0.5, **options) for at, options in enumerate(given)]
    found = Against.of(runs)
    order = [option.name for option in OPTIONS]
    assert list(found.names) == sorted(["cell", "lr", "augment"], key=order.index)
    for row, options in zip(found.rows, given, strict=True):
        shown = dict(zip(found.names, row.values, strict=True))
        assert shown["cell"] == options["cell"] and float(shown["lr"]) == options["lr"]
        assert shown["augment"] == ("yes" if options.get("augment") else "no")
    assert Against.of([runs[0], runs[0]]).names == ()


def resolved(runs: Path, name: str, device: str = "cpu", **options: object) -> Listed:
    """Return the summary of a run that has started: what it left open came to this device, and one thread."""
    folder = create_run(runs, configure(options), name)
    data = str(options.get("dataset", "mnist"))
    file = SequenceFile(34_000, "ab" * 32, (0.5,), (2.0,)) if data.endswith(".npz") else None
    folder.events.write_bytes(encode(started(device=device, dataset=data, file=file)))
    return summarise(folder)


@pytest.mark.parametrize("data", ["mnist", "motions.npz"])
def test_a_run_that_waits_for_its_turn_differs_in_what_was_asked_for_alone(tmp_path: Path, data: str) -> None:
    (tmp_path / "motions.npz").touch()
    dataset = data if data == "mnist" else str(tmp_path / data)
    begun = resolved(tmp_path, "begun", dataset=dataset)
    waits = summarise(create_run(tmp_path, configure({"dataset": dataset}), "waits"))
    assert Against.of([begun, waits]).names == () == Against.of([waits, begun]).names
    other = summarise(create_run(tmp_path, configure({"dataset": dataset, "device": "cpu"}), "other"))
    assert Against.of([waits, other, begun]).names == ("device",)
    assert [row.values for row in Against.of([waits, other, begun]).rows] == [
        ("auto",),
        ("cpu",),
        ("cpu (automatic)",),
    ]


def test_what_was_left_open_differs_where_it_came_to_something_else(tmp_path: Path) -> None:
    runs = [resolved(tmp_path, "one"), resolved(tmp_path, "two", "cuda"), resolved(tmp_path, "three")]
    found = Against.of(runs)
    assert found.names == ("device",)
    assert [row.values[0] for row in found.rows] == ["cpu (automatic)", "cuda (automatic)", "cpu (automatic)"]
    assert Against.of([runs[0], runs[2]]).names == ()


def test_a_run_that_is_damaged_makes_no_option_differ(tmp_path: Path) -> None:
    runs = [run(tmp_path, "one", 0.5, seed=4), run(tmp_path, "two", 0.25, seed=5)]
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.json").write_text("{")
    damaged = summarise(RunFolder(tmp_path / "bad"))
    found = Against.of([*runs, damaged])
    assert found.names == ("seed",) == Against.of(runs).names
    assert [row.values for row in found.rows] == [("4",), ("5",), ("–",)]
    assert found.rows[2].away is None
