"""The tensors in an open file of safetensors, each read to where it stays, and their checksum.

safetensors itself would hold all of them twice while it reads, and has no checksum for its numbers.
"""

from __future__ import annotations

import hashlib
import math
from io import BufferedReader
from typing import Final

import msgspec
import torch
from torch import Tensor

from explorer.engine.tensor_bytes import bytes_of
from explorer.runs.events import Count
from explorer.system.patience import read_into

PIECE: Final = 1 << 20
"""Bytes that are read at a time."""
_TYPES: Final = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "BOOL": torch.bool,
}
"""The types of numbers, as safetensors calls them."""


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file of safetensors says of one tensor."""

    dtype: str
    shape: list[Count]
    data_offsets: tuple[Count, Count]
    """Where its bytes begin and end, counted from the first tensor's."""

    @property
    def bytes(self) -> int:
        """How many bytes its numbers have; raises `KeyError` for a type that we don't write."""
        return math.prod(self.shape) * _TYPES[self.dtype].itemsize


def read_contents(
    file: BufferedReader, begin: int, size: int, entries: dict[str, msgspec.Raw], keep: str, progress: str
) -> tuple[dict[str, Tensor], str]:
    """The tensors whose numbers begin at `begin` in a file of `size` bytes, and their checksum."""
    listed = {name: msgspec.json.decode(entry, type=_Entry) for name, entry in sorted(entries.items())}
    end = begin
    for one in sorted(listed.values(), key=lambda one: one.data_offsets):
        if begin + one.data_offsets[0] != end or one.bytes != one.data_offsets[1] - one.data_offsets[0]:
            raise ValueError("its tensors overlap, or leave gaps")
        end += one.bytes
    if end != size:
        raise ValueError(f"its tensors have {end - begin:,} bytes instead of {size - begin:,}")
    digest, tensors = hashlib.sha256(progress.encode()), {}
    for name, one in listed.items():
        kept = name.startswith(keep)
        tensor = torch.empty(one.shape, dtype=_TYPES[one.dtype], device="cpu" if kept else "meta")
        place = bytes_of(tensor) if kept else memoryview(bytearray(min(one.bytes, PIECE)))
        digest.update(described(name, tensor))
        file.seek(begin + one.data_offsets[0])
        for start in range(0, one.bytes, PIECE):
            some = min(PIECE, one.bytes - start)
            piece = place[start : start + some] if kept else place[:some]
            read_into(file, piece)
            digest.update(piece)
        tensors[name] = tensor
    return tensors, digest.hexdigest()


def described(name: str, tensor: Tensor) -> bytes:
    """What the checksum covers of a tensor besides its numbers."""
    return f"{name} {tensor.dtype} {list(tensor.shape)}".encode()
