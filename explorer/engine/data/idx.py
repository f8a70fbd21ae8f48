"""IDX files, in which MNIST and its kin come: read whole, or refused in one line.

A file starts with four bytes (two of zero, the kind of number, how many sizes follow), then each size in four
bytes, then the numbers, the highest byte first. What it says is held against its name and its length before
anything is read. The format: http://yann.lecun.com/exdb/mnist, below "file formats".
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import BinaryIO, Final

import torch
from torch import Tensor

_KINDS: Final = {
    "idx3-ubyte": (b"\0\0\x08\x03", 1),
    "idx1-ubyte": (b"\0\0\x08\x01", 1),
    "idx2-int": (b"\0\0\x0c\x02", 4),
}
"""How a file starts, by the end of its name, and how many bytes a number takes."""


class DamageError(Exception):
    """A file is missing, or isn't what it should be: one line that names it and says what is wrong."""


def read_idx(path: Path) -> Tensor:
    """The numbers of a file whose name ends in `idx3-ubyte`, `idx1-ubyte` or `idx2-int`.

    They are read, not mapped into memory: a file that somebody cuts short during a training would end it.

    Returns:
        uint8, or int32 for `idx2-int`; as many sizes as the name says, none of them 0.

    Raises:
        DamageError: there is no such file, or it is another one.
    """
    magic, width = _KINDS[path.name[path.name.index("idx") :]]
    try:
        if not path.is_file():
            packed = path.with_name(f"{path.name}.gz")
            hint = ", only its .gz is there" if packed.is_file() else ""
            raise DamageError(f"{path} is missing{hint}")
        with path.open("rb") as file:
            sizes = _sizes(file, path, magic, width)
            content = bytearray(math.prod(sizes) * width)
            if file.readinto(content) != len(content):
                raise DamageError(f"{path} changed while it was read")
    except OSError as error:
        raise DamageError(f"{path} can't be read: {error.strerror}") from None
    numbers = torch.frombuffer(content, dtype=torch.uint8)
    if width == 4:
        worth = torch.tensor([1 << 24, 1 << 16, 1 << 8, 1])
        numbers = (numbers.view(-1, 4) * worth).sum(1).int()  # from 2**31 on, int32 has the negative ones
    return numbers.view(sizes)


def _sizes(file: BinaryIO, path: Path, magic: bytes, width: int) -> list[int]:
    """What a file says of its sizes, held against its length.

    Raises:
        DamageError: it starts otherwise, or its length is another, or 0.
    """
    start = file.read(4)
    if start != magic:
        shown = start.hex() or "nothing"
        raise DamageError(f"{path} starts with {shown}, not with {magic.hex()} as an IDX file does")
    sizes = [int.from_bytes(file.read(4), "big") for _ in range(magic[3])]
    length, wanted = os.fstat(file.fileno()).st_size, 4 + 4 * len(sizes) + math.prod(sizes) * width
    if length != wanted:
        raise DamageError(f"{path} has {length:,} bytes instead of {wanted:,}")
    if not math.prod(sizes):
        raise DamageError(f"{path} is empty: its sizes are {' × '.join(map(str, sizes))}")
    return sizes
