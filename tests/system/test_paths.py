"""Paths go into JSON and msgpack as text, and come back as they were, whatever bytes they consist of."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.system.path_text import path_text, text_path

NAMES = st.binary(min_size=1, max_size=30).filter(lambda name: not {b"/"[0], 0} & set(name))


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_any_absolute_path_survives(names: list[bytes]) -> None:
    path = Path(os.fsdecode(b"/" + b"/".join(names)))
    sent = msgspec.json.decode(msgspec.json.encode(path_text(path)))
    assert text_path(sent) == path


@pytest.mark.parametrize("path", ["/home/café", "runs", "/100%25", "~x", "file:x"])
def test_a_path_of_utf8_stays_as_it_is(path: str) -> None:
    assert path_text(Path(path)) == path and text_path(path) == Path(path)


def test_any_other_is_a_uri() -> None:
    assert path_text(Path(os.fsdecode(b"/home/caf\xe9 1"))) == "file:///home/caf%E9%201"
