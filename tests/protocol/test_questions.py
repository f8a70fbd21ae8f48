"""Questions and answers as they travel, and the table of probes."""

from __future__ import annotations

from importlib import import_module
from pkgutil import resolve_name

import msgspec
import pytest

from explorer.protocol.exports import EXPORTS, FIGURES
from explorer.protocol.messages import pack, unpack_reply, unpack_request
from explorer.protocol.probes import PROBES
from explorer.protocol.questions import Answer, Answers, Array, Ask, Question, Selection


@pytest.mark.parametrize("name", list(PROBES))
def test_every_probe_of_the_table_names_a_function(name: str) -> None:
    module, _, function = PROBES[name].path.partition(":")
    assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize("questions", [(), tuple(Question("activations") for _ in range(9))], ids=len)
def test_a_request_without_questions_or_with_too_many_is_no_request(questions: tuple[Question, ...]) -> None:
    with pytest.raises(msgspec.DecodeError):
        unpack_request(pack(Ask(Selection(), questions)))


@pytest.mark.parametrize(
    ("axes", "shape", "dtype", "size"),
    [
        (("unit",), (3,), "float32", 11),
        (("unit",), (3, 1), "float32", 12),
        (("timestep", "unit"), (3,), "uint8", 3),
        (("unit",), (2,), "int64", 8),
        ((), (), "float32", 0),
    ],
)
def test_an_array_whose_parts_disagree_is_refused_where_it_is_made_and_where_it_arrives(
    axes: tuple[str, ...], shape: tuple[int, ...], dtype: str, size: int
) -> None:
    with pytest.raises(ValueError, match="disagree"):
        Array(axes, shape, dtype, bytes(size))  # type: ignore[arg-type]
    whole = Array(("unit",), (3,), "uint8", b"abc")
    reply = Answers((Answer(what="x", asked=Selection(), step=1, facts={}, arrays={"a": whole}),))
    assert unpack_reply(pack(reply)) == reply
    torn = pack(reply).replace(b"\xc4\x03abc", b"\xc4\x02ab")
    assert torn != pack(reply)
    with pytest.raises(msgspec.DecodeError):
        unpack_reply(torn)


def test_numbers_are_read_in_place_and_in_their_type() -> None:
    assert [*Array(("unit",), (2,), "uint8", b"\x07\xff").numbers] == [7, 255]
    assert [*Array(("unit",), (1,), "int64", (-5).to_bytes(8, "little", signed=True)).numbers] == [-5]
    assert [*Array((), (), "float32", b"\x00\x00\x80\x3f").numbers] == [1.0]


@pytest.mark.parametrize("name", list(EXPORTS))
def test_every_export_of_the_table_names_a_function_and_formats(name: str) -> None:
    module, _, function = EXPORTS[name].path.partition(":")
    assert callable(getattr(import_module(module), function))
    assert len({*EXPORTS[name].formats}) == len(EXPORTS[name].formats) > 1


def test_every_probe_can_be_taken_away_as_data_and_as_a_picture_if_it_has_a_figure() -> None:
    for name in PROBES:
        row = EXPORTS[name]
        assert row.formats == ("json", "csv", "npz", *(("svg", "pdf", "png") if row.figure else ()))
        assert ("no_title" in row.options) == bool(row.figure)


@pytest.mark.parametrize("name", list(FIGURES))
def test_every_figure_of_the_table_names_a_function(name: str) -> None:
    assert callable(resolve_name(FIGURES[name]))
