"""From the options of the command line to what is asked about."""

from __future__ import annotations

import os
import re
import tracemalloc
from array import array
from pathlib import Path

import numpy as np
import pytest
from kit.command import run as command_line
from kit.screen import finished_run

from explorer.export.asked import own_options_of, read_input, selection
from explorer.protocol.questions import Given, Intervention, Sample, Samples, Selection, Span, Wipe
from explorer.system.errors import UsageError


def test_without_options_the_first_test_sample_is_asked_about_as_it_is() -> None:
    assert selection({}) == Selection(subject=Sample(0))


def test_every_axis_has_its_options() -> None:
    given = {"sample": "7", "moment": "938", "hold": ("f=1", "o=.5"), "silence": "3,17"}
    given |= {"wipe": ("c@15",), "blank": ("20-28",), "append_blank": "8"}
    changed = Intervention({"f": 1.0, "o": 0.5}, (3, 17), (Wipe(15, "c"),), (Span(20, 28),), 8)
    assert selection(given) == Selection(moment=938, subject=Sample(7), intervention=changed)
    many = {"first": "100", "label": "4", "read_as": "9"}
    assert selection(many, "many").subject == Samples(100, 4, 9)


def test_an_option_of_a_question_is_a_number_a_text_or_given_at_all() -> None:
    assert own_options_of("unit", {"unit": " 17"}) == {"unit": 17}
    assert own_options_of("difference", {"map": "f", "sample": "3"}) == {"map": "f"}
    assert own_options_of("belief", {"blanked": True}) == {"blanked": True}


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"sample": "-1"}, "--sample takes a whole number from 0, not '-1'"),
        ({"sample": "1e3"}, "--sample takes a whole number from 0, not '1e3'"),
        ({"first": "0"}, "--first takes a whole number from 1, not '0'"),
        ({"read_as": "²"}, "--read-as takes a whole number from 0, not '²'"),
        ({"moment": "9" * 30}, f"--moment takes a whole number from 0, not '{'9' * 30}'"),
        ({"hold": ("f",)}, "--hold takes an activation and its value, such as f=1, not 'f'"),
        (
            {"sample": "1", "input": "x.npz"},
            "--sample is a test sample, --input another one; give one of the two",
        ),
    ],
)
def test_what_an_option_does_not_take_is_refused_in_one_line(given: dict[str, object], line: str) -> None:
    with pytest.raises(UsageError) as refused:
        selection(given, "many" if {*given} & {"first", "read_as"} else "one")
    assert str(refused.value) == line


def test_the_options_of_a_question_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_options_of("activations", {"sample": "3"}) == {}
    assert own_options_of("graph", {"span": "3", "no_title": True}) == {"span": "3"}


class TestInput:
    @pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "float64", "bool"])
    def test_an_array_x_of_any_numbers_is_read_bytes_as_they_are_and_all_others_as_float32(
        self, tmp_path: Path, dtype: str
    ) -> None:
        x = (np.arange(12).reshape(4, 3) % 2).astype(dtype)
        np.savez(tmp_path / "x.npz", x=x)
        read = read_input(tmp_path / "x.npz")
        kind = "uint8" if dtype == "uint8" else "float32"
        assert (read.axes, read.shape, read.dtype) == (("timestep", "input"), (4, 3), kind)
        assert [*read.numbers] == [float(value) for value in x.ravel()]
        assert selection({"input": str(tmp_path / "x.npz")}).subject == Given(read)

    def test_one_number_a_timestep_needs_no_second_axis(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "x.npz", x=[1.5, 2, 3])
        assert read_input(tmp_path / "x.npz").shape == (3, 1)

    @pytest.mark.parametrize(
        ("arrays", "why"),
        [
            ({"y": [1.0]}, "x is missing"),
            ({"x": np.zeros((2, 2, 2))}, "x has the shape (2, 2, 2)"),
            ({"x": np.zeros((0, 3))}, "x has the shape (0, 3)"),
            ({"x": np.zeros((1001, 1))}, "x has the shape (1001, 1)"),
            ({"x": np.zeros((2, 513))}, "x has the shape (2, 513)"),
            ({"x": np.float32(1)}, "x has the shape ()"),
            ({"x": [1.0, np.nan]}, "x has some that are not finite as float32"),
            ({"x": [1e300]}, "x has some that are not finite as float32"),
            ({"x": ["a"]}, "x holds <U1"),
            ({"x": np.array([{}], dtype=object)}, "x holds object"),
        ],
    )
    def test_anything_else_is_refused_in_one_line(
        self, tmp_path: Path, arrays: dict[str, object], why: str
    ) -> None:
        file = tmp_path / "x.npz"
        np.savez(file, **arrays)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match=f"^{re.escape(f'--input: {file}: {why}; expected ')}.*$"):
            read_input(file)

    def test_what_promises_more_than_fits_is_refused_before_it_takes_memory(self, tmp_path: Path) -> None:
        np.savez_compressed(tmp_path / "x.npz", x=np.zeros((1000, 1 << 14)))
        tracemalloc.start()
        with pytest.raises(UsageError, match=r"x has the shape \(1000, 16384\); expected "):
            read_input(tmp_path / "x.npz")
        assert tracemalloc.get_traced_memory()[1] < 1 << 22
        tracemalloc.stop()

    @pytest.mark.parametrize("content", [b"", b"no npz", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"\x80\x04."])
    def test_a_file_that_is_no_npz_is_refused(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "x.npz").write_bytes(content)
        with pytest.raises(
            UsageError, match=r"^--input: .*x\.npz is no npz file, or a damaged one: .*savez$"
        ):
            read_input(tmp_path / "x.npz")

    def test_a_plain_npy_a_folder_a_pipe_and_a_missing_file_are_refused(self, tmp_path: Path) -> None:
        np.save(tmp_path / "x.npy", np.zeros(3))
        os.mkfifo(tmp_path / "pipe")
        for name, why in (
            ("x.npy", "is no npz file"),
            ("", "is a folder; name an npz file in it that has an array x$"),
            ("pipe", "not a plain file"),
            ("nothing.npz", "can't read .*: No such file or directory$"),
        ):
            with pytest.raises(UsageError, match=f"^--input: .*{why}"):
                read_input(tmp_path / name)


def test_an_option_of_another_export_is_refused_by_the_command(tmp_path: Path) -> None:
    finished_run(tmp_path / "runs")
    for what, options, belong in (
        ("graph", ["--hold", "f=1"], "all but graph, curves, metrics"),
        ("belief", ["--span", "3"], "graph"),
    ):
        done = command_line("export", "last", what, *options, cwd=tmp_path)
        assert done.returncode == 2
        assert done.stderr == f"gatescope: {options[0]} is not for {what}; it is for {belong}\n"


def test_the_numbers_of_an_input_are_not_changed_on_the_way(tmp_path: Path) -> None:
    x = np.linspace(0, 255, 6, dtype=np.float32)
    np.savez(tmp_path / "x.npz", x=x)
    assert read_input(tmp_path / "x.npz").data == array("f", x).tobytes()
