"""Interventions as they are typed and as they are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.protocol.interventions import check, describe, from_fields, parse, typed
from explorer.protocol.questions import NO_INTERVENTION, Intervention, Span, Wipe
from explorer.system.errors import OptionError

SEVERAL = ("hold", "wipe", "blank")
"""The options that may be given several times."""


def test_each_option_is_read_and_said_in_a_few_words() -> None:
    read = parse(["f=1", " i = -.5"], "3, 17,3", ["15", "c@4"], ["20-28", "2"], "8")
    assert read == Intervention(
        hold={"f": 1.0, "i": -0.5},
        silence=(3, 17),
        wipe=(Wipe(15), Wipe(4, "c")),
        blank=(Span(20, 28), Span(2, 2)),
        append_blank=8,
    )
    said = "f = 1 · i = -0.5 · units 3, 17 silent · memory wiped before 15 · c wiped before 4"
    assert describe(read) == said + " · 20–28 blank · 2 blank · 8 blank appended"


def test_nothing_typed_is_no_intervention() -> None:
    assert parse() == NO_INTERVENTION
    assert not parse()
    assert describe(parse()) == ""


@pytest.mark.parametrize(
    ("option", "text"),
    [
        *(("hold", text) for text in ("f", "=1", "f=", "f=one", "f=nan", "f=1e7", "f=inf")),
        *(("silence", text) for text in ("x", "1,,2", "-1", "1.5", "99999999999")),
        *(("wipe", text) for text in ("0", "c@0", "@3", "c@", "c@x", "-1", "3001", "²")),
        *(("blank", text) for text in ("0", "5-4", "1-", "-3", "x", "1-2-3")),
        *(("append_blank", text) for text in ("-1", "1001", "x")),
    ],
)
def test_any_other_text_is_refused_in_one_line_that_says_what_is_taken(option: str, text: str) -> None:
    several = option in SEVERAL
    with pytest.raises(OptionError) as refused:
        parse(**{option: [text] if several else text})
    assert str(refused.value).startswith(f"--{option.replace('_', '-')} takes ")
    assert text.strip() in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("typed", [{"hold": ["z=1"]}, {"wipe": ["z@3"]}])
def test_a_name_that_the_cell_has_not_is_refused_with_those_that_it_has(typed: dict[str, list[str]]) -> None:
    with pytest.raises(OptionError, match=r"h, c, not 'z'"):
        check(parse(**typed), ["h", "c"], ["h", "c"])
    check(parse(["c=0"], wipe=["h@2", "3"]), ["h", "c"], ["h", "c"])


wipes = st.builds(Wipe, st.integers(1, 28), st.sampled_from(["", "c", "h"]))
spans = st.tuples(st.integers(1, 28), st.integers(0, 5)).map(lambda at: Span(at[0], sum(at)))
interventions = st.builds(
    Intervention,
    st.dictionaries(st.sampled_from("ifgoch"), st.integers(-40, 40).map(lambda n: n / 9), max_size=3),
    st.lists(st.integers(0, 4095), max_size=3, unique=True).map(tuple),
    st.lists(wipes, max_size=3, unique=True).map(tuple),
    st.lists(spans, max_size=3, unique=True).map(tuple),
    st.integers(0, 1000),
)


@given(interventions)
def test_what_is_typed_again_means_the_same(intervention: Intervention) -> None:
    texts = typed(intervention)
    assert from_fields({name: ", ".join(values) for name, values in texts.items()}) == intervention
    again = {name: values if name in SEVERAL else values[0] for name, values in texts.items()}
    assert parse(**again) == intervention
