"""The filter of the list of runs: what it is met by, and what it says where it makes no sense."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.facts import changed, evaluated, started, stepped

from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.filter import FIELDS, NUMBERS, parse_filter
from explorer.runs.summary import Listed, Summary, summarise
from explorer.runs.writer import EventWriter
from explorer.system.errors import UsageError


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Listed]:
    """One of each cell, with test accuracies of 98, 99 and none; then one that is damaged."""
    folder, found = tmp_path_factory.mktemp("runs"), []
    for cell, accuracy, lr in (("lstm", 0.98, 0.004), ("gru", 0.99, 0.001), ("rnn", None, 0.001)):
        one = create_run(folder, configure({"cell": cell, "hidden": 40, "lr": lr}), f"my-{cell}")
        writer = EventWriter(one.events)
        writer.write(started(cell=cell))
        if accuracy is not None:
            writer.write(stepped(1))
            writer.write(evaluated(1, epoch=1, samples=10_000, whole=True, accuracy=accuracy))
            writer.write(changed("finished"))
        writer.close()
        found.append(summarise(one))
    hurt = create_run(folder, configure({}), "hurt")
    (hurt.path / "run.json").write_text("{")
    return [*found, summarise(hurt)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["my-lstm", "my-gru", "my-rnn", "hurt"]),
        ("cell:GRU", ["my-gru"]),
        ("cell:r", ["my-gru", "my-rnn"]),
        ("cell=r", []),
        ("cell=rnn", ["my-rnn"]),
        ("test>98", ["my-gru"]),
        ("test>=98", ["my-lstm", "my-gru"]),
        ("test<98.5%", ["my-lstm"]),
        ("test=99", ["my-gru"]),
        ("lr:0.001", ["my-gru", "my-rnn"]),
        ("lr=1e-3 test>90", ["my-gru"]),
        ("hidden:40 -cell:gru", ["my-lstm", "my-rnn"]),
        ("-finished", ["my-rnn", "hurt"]),
        ("my", ["my-lstm", "my-gru", "my-rnn"]),
        ("damaged", ["hurt"]),
        ("state:damaged", ["hurt"]),
        ("name:my-L", ["my-lstm"]),
        ("augment:no epochs<4 mnist gru", ["my-gru"]),
    ],
)
def test_a_run_is_shown_that_meets_every_term(runs: list[Listed], text: str, names: list[str]) -> None:
    assert [run.folder.name for run in runs if parse_filter(text)(run)] == names


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("cel:gru", "there is no field 'cel'; did you mean cell?"),
        ("qqqq>1", "there is no field 'qqqq'; there are .*cell.*test"),
        ("gru test>much", "test is a number, not 'much'"),
        ("test>nan", "test is a number, not 'nan'"),
        ("cell>gru", "cell is text; write cell:gru"),
        ("cell:", "cell: lacks a value: cell:gru"),
        ("test>=", "test>= lacks a value: test>=99"),
    ],
)
def test_a_term_that_makes_no_sense_is_named_with_what_to_do(text: str, wrong: str) -> None:
    with pytest.raises(UsageError, match=wrong):
        parse_filter(text)


_TERMS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "-"]),
    st.sampled_from([*FIELDS, "cel", "漢", ""]),
    st.sampled_from([":", "=", ">", ">=", "<", "<=", ""]),
    st.sampled_from(["gru", "99", "1e999", "-1", "%", "9,9", "nan", "", "ß"]) | st.text(max_size=5),
)


@given(st.lists(_TERMS, max_size=4).map(" ".join) | st.text())
def test_whatever_is_typed_is_a_filter_or_wrong_in_one_line(runs: list[Listed], text: str) -> None:
    try:
        meets = parse_filter(text)
    except UsageError as error:
        assert re.fullmatch("[^\n]{10,}", str(error))
        return
    turned = [parse_filter(f"-{word}") for word in text.split() if not word.startswith("-")]
    for run in runs:
        assert meets(run) in (True, False)
        if len(turned) == len(text.split()) == 1:
            assert turned[0](run) is not meets(run)


def test_every_field_says_of_a_run_what_its_kind_is(runs: list[Listed]) -> None:
    for name, read in FIELDS.items():
        for run in runs:
            if isinstance(run, Summary) and (value := read(run)) is not None:
                assert isinstance(value, float if name in NUMBERS else str), name
