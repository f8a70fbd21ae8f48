"""What is held, as it is typed and as it is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.runs.holds import LARGEST, check_names, name_cell, parse_holds, typed
from explorer.system.errors import OptionError

held = st.dictionaries(st.sampled_from(["i", "f", "g", "o", "c", "h"]), st.floats(-LARGEST, LARGEST))


@given(held)
def test_what_is_to_be_typed_gives_it_again(hold: dict[str, float]) -> None:
    assert parse_holds([typed(hold)] if hold else []) == hold


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (["f=1"], {"f": 1.0}),
        (["f=1", " o = -.5 "], {"f": 1.0, "o": -0.5}),
        (["f=1,o=1e-3"], {"f": 1.0, "o": 0.001}),
        (["f=1", "f=2"], {"f": 2.0}),
        (["c=-1000000"], {"c": -1e6}),
        ([], {}),
    ],
    ids=str,
)
def test_any_number_of_activations_are_read(texts: list[str], wanted: dict[str, float]) -> None:
    assert parse_holds(texts) == wanted


@pytest.mark.parametrize("text", ["", "f", "=1", "f=", "f=one", "f=nan", "f=1;o=1", "f=1,", "f==1", "=1e7"])
def test_other_text_is_refused_in_one_line_that_says_what_is_taken(text: str) -> None:
    with pytest.raises(OptionError, match=r"^--hold takes an activation and its value, such as f=1, not "):
        parse_holds([text])


@pytest.mark.parametrize("text", ["f=1e7", "f=-inf", "c=1e30", "c=-1000001"])
def test_a_value_beyond_the_limits_is_refused_with_the_limits(text: str) -> None:
    with pytest.raises(OptionError) as refused:
        parse_holds([text])
    assert str(refused.value) == f"--hold takes values from -1,000,000 to 1,000,000, not {text!r}"
    assert refused.value.in_form == f"hold: values from -1,000,000 to 1,000,000, not {text!r}"


def test_an_activation_that_the_cell_has_not_is_refused_with_those_that_it_has() -> None:
    check_names({"z": 1.0, "h": 0.0}, ("r", "z", "n", "h"))
    with pytest.raises(OptionError) as refused:
        check_names({"z": 1.0, "f": 1.0}, ("r", "z", "n", "h"))
    assert str(refused.value) == "--hold: this cell's activations are r, z, n, h, not 'f'"
    assert refused.value.in_form == "hold: this cell's activations are r, z, n, h, not 'f'"


def test_a_cell_is_named_with_what_it_holds() -> None:
    assert name_cell("LSTM", {}) == "LSTM"
    assert name_cell("LSTM", {"f": 1.0}) == "LSTM (f=1)"
    assert name_cell("LSTM", {"f": 1.0, "o": 0.1, "c": -1e-7}) == "LSTM (f=1, o=0.1, c=-1e-07)"
