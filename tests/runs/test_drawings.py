"""Drawings of a run: files that numpy and `--input` read, under checked names; nothing is replaced."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.export.asked import read_input
from explorer.runs.drawings import Drawing, check_name, delete, free_name, load, names, path_of, save
from explorer.runs.folder import RunFolder
from explorer.system.errors import GatescopeError, OptionError

IMAGE = Drawing(3, 5, True, bytes(range(15)))
CURVES = Drawing(4, 2, False, array("f", [0.5, -1e30, 2, 3, 4, 5, 6, 7]).tobytes())


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


@pytest.mark.parametrize("drawing", [IMAGE, CURVES])
def test_what_is_saved_is_read_by_numpy_by_input_and_here(run: RunFolder, drawing: Drawing) -> None:
    path = save(run, "one", drawing)
    with np.load(path, allow_pickle=False) as file:
        x = file["x"]
    assert (x.shape, x.dtype) == (
        (drawing.timesteps, drawing.inputs),
        "uint8" if drawing.image else "float32",
    )
    assert x.tobytes() == drawing.data
    given = read_input(path)
    assert (given.shape, given.dtype, given.data) == (x.shape, x.dtype, drawing.data)
    assert load(run, "one") == drawing
    assert names(run) == ["one"]
    assert path.stat().st_mode & 0o077 == 0


@given(st.integers(1, 40), st.integers(1, 40), st.booleans())
def test_drawings_of_every_shape_come_back_from_what_numpy_writes(
    timesteps: int, inputs: int, image: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = RunFolder(Path(folder))
        run.drawings.mkdir()
        x = np.random.default_rng(1).integers(0, 256, (timesteps, inputs)).astype("uint8" if image else ">f4")
        np.savez(path_of(run, "theirs"), x=x)
        read = load(run, "theirs")
        assert read[:3] == (timesteps, inputs, image)
        assert np.frombuffer(read.data, "uint8" if image else "=f4").tolist() == x.flatten().tolist()


def test_nothing_is_replaced_and_a_free_name_is_offered(run: RunFolder) -> None:
    assert free_name(run) == "drawing-1"
    save(run, "drawing-1", IMAGE)
    with pytest.raises(OptionError, match="already a drawing 'drawing-1'; choose another"):
        save(run, "drawing-1", CURVES)
    assert load(run, "drawing-1") == IMAGE
    assert free_name(run) == "drawing-2"
    delete(run, "drawing-1")
    delete(run, "drawing-1")  # gone already
    assert names(run) == []


@pytest.mark.parametrize("name", ["", ".x", "-x", "a/b", "..", "a b", "é", "x" * 65, "a\nb"])
def test_an_odd_name_is_refused_in_one_line(run: RunFolder, name: str) -> None:
    with pytest.raises(OptionError, match="up to 64 letters, digits") as refused:
        check_name(run, name)
    assert "\n" not in str(refused.value)


def test_a_link_in_place_of_the_folder_is_neither_listed_nor_written_through(
    run: RunFolder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    np.savez(elsewhere / "x.npz", x=np.ones((2, 2)))
    run.drawings.symlink_to(elsewhere)
    assert names(run) == []
    with pytest.raises(GatescopeError, match="symbolic link"):
        save(run, "one", IMAGE)
    assert sorted(os.listdir(elsewhere)) == ["x.npz"]


def damaged() -> list[tuple[bytes, str]]:
    """Return contents of files that are no drawings, and a pattern of what is said."""

    def zipped(**members: bytes) -> bytes:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as file:
            for name, data in members.items():
                file.writestr(f"{name}.npy", data)
        return content.getvalue()

    def saved(**arrays: Any) -> bytes:
        content = io.BytesIO()
        np.savez(content, **arrays)
        return content.getvalue()

    plain = io.BytesIO()
    np.save(plain, np.ones((3, 3), "f4"))
    return [
        (b"", "no npz file"),
        (b"PK\x03\x04 half", "no npz file"),
        (saved(y=np.ones((2, 2))), "no npz file with an array x"),
        (zipped(x=b"not numpy's"), "no array of numpy's"),
        (zipped(x=plain.getvalue()[:-5]), "bytes length not a multiple|cut off"),
        (zipped(x=plain.getvalue()[:9]), "no npz file"),
        (saved(x=np.ones((2, 2))), "neither uint8 nor float32"),
        (saved(x=np.ones(4, "f4")), r"shape of its x is \(4,\)"),
        (saved(x=np.ones((0, 4), "f4")), r"shape of its x is \(0, 4\)"),
        (saved(x=np.array([[np.nan]], "f4")), "not finite"),
        (saved(x=np.asfortranarray(np.ones((3, 2), "f4"))), "neither"),
    ]


@pytest.mark.parametrize(("content", "said"), damaged())
def test_a_damaged_file_is_one_line(run: RunFolder, content: bytes, said: str) -> None:
    run.drawings.mkdir()
    path_of(run, "bad").write_bytes(content)
    with pytest.raises(GatescopeError, match=said) as refused:
        load(run, "bad")
    assert str(refused.value).startswith(f"{path_of(run, 'bad')} is damaged")
    assert "\n" not in str(refused.value)
    with pytest.raises(GatescopeError, match="can't read"):
        load(run, "gone")
