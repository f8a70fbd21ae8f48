"""IDX files, the format of MNIST and similar data sets: read completely, or rejected with a one-line error.

A file starts with four bytes (two of zero, the number type, how many sizes follow), then each size in four
bytes, then the numbers, highest byte first. The header is checked against the file's name and length before
the numbers are read. The format: http://yann.lecun.com/exdb/mnist, below "file formats".
"""

from __future__ import annotations

import errno
import math
import os
from pathlib import Path
from typing import BinaryIO, Final

import torch
from torch import Tensor

from explorer.system.errors import GatescopeError
from explorer.system.patience import patiently, refusal

_KINDS: Final = {
    "idx3-ubyte": (b"\0\0\x08\x03", 1),
    "idx1-ubyte": (b"\0\0\x08\x01", 1),
    "idx2-int": (b"\0\0\x0c\x02", 4),
}
"""By the end of a file's name: its first four bytes, and the bytes per number."""


class DamageError(Exception):
    """A file is missing or wrong; the message is one line that names the file and the problem."""


def read_idx(path: Path) -> Tensor:
    """Read the numbers of a file whose name ends in `idx3-ubyte`, `idx1-ubyte` or `idx2-int`.

    They are read, not mapped into memory: if a mapped file were truncated, that would end the training.

    Returns:
        uint8, or int32 for `idx2-int`; with as many dimensions as the name says, none of size 0.

    Raises:
        DamageError: the file is missing, or isn't what its name says.
        GatescopeError: it can't be read now.
    """
    magic, width = _KINDS[path.name[path.name.index("idx") :]]

    def read() -> tuple[list[int], bytearray]:
        if not path.is_file():
            packed = path.with_name(f"{path.name}.gz")
            hint = ", only its .gz is there" if packed.is_file() else ""
            raise DamageError(f"{path} is missing{hint}")
        with path.open("rb") as file:
            sizes = _sizes(file, path, magic, width)
            content = bytearray(math.prod(sizes) * width)
            if file.readinto(content) != len(content):
                raise OSError(errno.EAGAIN, "it changed while it was read")
            return sizes, content

    try:
        sizes, content = patiently(read)
    except OSError as error:
        raise GatescopeError(refusal(str(path), error)) from None
    numbers = torch.frombuffer(content, dtype=torch.uint8)
    if width == 4:
        place_values = torch.tensor([1 << 24, 1 << 16, 1 << 8, 1])
        numbers = (numbers.view(-1, 4) * place_values).sum(1).int()  # 2**31 and above become negative
    return numbers.view(sizes)


def _sizes(file: BinaryIO, path: Path, magic: bytes, width: int) -> list[int]:
    """Read the sizes in a file's header, and check them against its length.

    Raises:
        DamageError: its first bytes or its length are wrong, or one of its sizes is 0.
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
