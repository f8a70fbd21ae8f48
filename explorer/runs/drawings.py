"""Drawings of a run: inputs that a person drew or changed, kept in its folder under a name.

A drawing is an npz file whose array `x` is (T, I), as numpy writes it and `export --input` reads it. It is
written and read here without numpy, which the screen doesn't load.
"""

from __future__ import annotations

import ast
import io
import math
import os
import struct
import sys
import zipfile
import zlib
from array import array
from pathlib import Path
from typing import Final, NamedTuple

from explorer.runs.catalogue import odd_name
from explorer.runs.folder import RunFolder
from explorer.runs.shape import MOST_INPUTS, MOST_TIMESTEPS
from explorer.system.errors import GatescopeError, OptionError
from explorer.system.files import read_file, write_atomically

LARGEST: Final = 1 << 22
"""The most bytes of a file: 1,000 × 512 numbers have 2 MB."""
_MAGIC: Final = b"\x93NUMPY\x01\x00"
_MEMBER: Final = "x.npy"
_ORDER: Final = "<" if sys.byteorder == "little" else ">"
_CODES: Final = {"|u1": "B", "<f4": "f", ">f4": "f"}
"""How `array` calls the types that numpy calls so."""
_BROKEN: Final = (
    *(ValueError, KeyError, TypeError, SyntaxError, RecursionError, EOFError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, struct.error),
)
"""What is raised about a file that is no zip archive, is cut off, encrypted, of an unknown kind or forged."""


class Drawing(NamedTuple):
    """An input, (T, I), in the data set's own units."""

    timesteps: int
    """T."""
    inputs: int
    """I."""
    image: bool
    """Whether the numbers are an image's bytes, 0 to 255, or else float32."""
    data: bytes
    """The numbers, timestep by timestep, in this machine's byte order."""


def check_name(folder: RunFolder, name: str) -> None:
    """Check the name of a new drawing.

    Raises:
        OptionError: it isn't allowed, or is taken.
    """
    said = odd_name(name)
    if not said and os.path.lexists(path_of(folder, name)):
        said = f"there is already a drawing {name!r}; choose another"
    if said:
        raise OptionError("name", said, said)


def path_of(folder: RunFolder, name: str) -> Path:
    """The file of a drawing."""
    return folder.drawings / f"{name}.npz"


def names(folder: RunFolder) -> list[str]:
    """The drawings of a run, in order; none if their folder is a link to elsewhere."""
    if folder.drawings.is_symlink():
        return []
    return sorted(path.stem for path in folder.drawings.glob("*.npz") if not odd_name(path.stem))


def free_name(folder: RunFolder) -> str:
    """A name that isn't taken: `drawing-1`, or the next."""
    number = 1
    while os.path.lexists(path_of(folder, f"drawing-{number}")):
        number += 1
    return f"drawing-{number}"


def save(folder: RunFolder, name: str, drawing: Drawing) -> Path:
    """Write a drawing, whole or not at all; nothing is replaced.

    Returns:
        Its file.

    Raises:
        OptionError: the name isn't allowed, or is taken.
        GatescopeError: it can't be written.
    """
    check_name(folder, name)
    path = path_of(folder, name)
    try:
        folder.drawings.mkdir(mode=0o700, exist_ok=True)
        if folder.drawings.is_symlink():
            raise GatescopeError(f"{folder.drawings} is a symbolic link; remove it, then save again")
        write_atomically(path, _packed(drawing), replace=False)
    except FileExistsError:
        check_name(folder, name)  # taken meanwhile
        raise GatescopeError(f"{folder.drawings} is no folder; remove it, then save again") from None
    except OSError as error:
        raise GatescopeError(f"can't write {path}: {error.strerror}") from None
    return path


def load(folder: RunFolder, name: str) -> Drawing:
    """Read a drawing.

    Raises:
        GatescopeError: it is gone, can't be read, or is damaged, in one line.
    """
    path = path_of(folder, name)
    try:
        return _unpacked(read_file(path, LARGEST))
    except OSError as error:
        raise GatescopeError(f"can't read {path}: {error.strerror}") from None
    except _BROKEN as error:
        said = error if type(error) is ValueError else "no npz file with an array x"
        raise GatescopeError(f"{path} is damaged ({said}); delete it, or save it again") from None


def delete(folder: RunFolder, name: str) -> None:
    """Delete a drawing; one that is gone already is none.

    Raises:
        GatescopeError: it can't be deleted.
    """
    path = path_of(folder, name)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise GatescopeError(f"can't delete {path}: {error.strerror}") from None


def _packed(drawing: Drawing) -> bytes:
    """A drawing as numpy's `savez_compressed` writes it."""
    dtype = "|u1" if drawing.image else f"{_ORDER}f4"
    shape = drawing.timesteps, drawing.inputs
    head = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"
    head += " " * (-(len(_MAGIC) + 2 + len(head) + 1) % 64) + "\n"  # the numbers begin at a multiple of 64
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(
            zipfile.ZipInfo(_MEMBER),  # without a time: the same bytes for the same drawing
            _MAGIC + struct.pack("<H", len(head)) + head.encode("ascii") + drawing.data,
            zipfile.ZIP_DEFLATED,
        )
    return content.getvalue()


def _unpacked(content: bytes) -> Drawing:
    """A drawing from the bytes of its file.

    Raises:
        ValueError: what is wrong with the array.
        Exception: it is no npz file.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as file, file.open(_MEMBER) as member:
        array_file = member.read(LARGEST + 1)
    if len(array_file) > LARGEST or not array_file.startswith(_MAGIC):
        raise ValueError("its x is no array of numpy's, or a large one")
    (length,) = struct.unpack_from("<H", array_file, len(_MAGIC))
    start = len(_MAGIC) + 2
    head = ast.literal_eval(array_file[start : start + length].decode("latin-1").strip())
    dtype, shape = (head.get("descr"), head.get("shape")) if isinstance(head, dict) else (None, None)
    if dtype not in _CODES or head.get("fortran_order"):
        raise ValueError("its x is neither uint8 nor float32")
    match shape:
        case (int(timesteps), int(inputs)) if 0 < timesteps <= MOST_TIMESTEPS and 0 < inputs <= MOST_INPUTS:
            numbers = array(_CODES[dtype])
        case _:
            raise ValueError(f"the shape of its x is {shape}")
    numbers.frombytes(array_file[start + length :])
    if len(numbers) != math.prod(shape):
        raise ValueError("its x is cut off")
    if dtype[0] not in ("|", _ORDER):
        numbers.byteswap()
    if not all(map(math.isfinite, numbers)):
        raise ValueError("some numbers of its x are not finite")
    return Drawing(timesteps, inputs, dtype == "|u1", numbers.tobytes())
