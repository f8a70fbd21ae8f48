"""A file of tensors: safetensors with a header and a checksum of its own, written whole, never a pickle.

Checkpoints and kept moments are such files. The header (`Progress`) says where the training stood, and of
which run.
"""

from __future__ import annotations

import errno
import hashlib
import stat
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import torch
from safetensors.torch import save
from torch import Tensor, nn

from explorer.engine.learning.health import NOTHING, Memory
from explorer.engine.record.tensor_contents import described, read_contents
from explorer.engine.tensor_bytes import bytes_of
from explorer.runs.config import Config
from explorer.runs.events import Count, Factor
from explorer.system.errors import GatescopeError
from explorer.system.memory import ran_out
from explorer.system.patience import opened, patiently, refusal
from explorer.system.text import reason

FORMAT: Final = "2"
"""The version of this format, in each file's header."""
LARGEST: Final = 1 << 16
"""The most bytes that a file may have besides its tensors; a checkpoint has some 5,000."""
_WRONG: Final = (
    LookupError,
    ValueError,
    TypeError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
)
"""What torch and msgspec raise for bytes that are no such file."""


class Kind(NamedTuple):
    """What a file is, for the one line that refuses it."""

    name: str
    """What it is called."""
    cure: str
    """What to do about a good one that isn't this run's: it may be somebody's only copy."""
    copies: int
    """How many numbers it may have for each weight; a checkpoint has the optimizer's, too."""

    def most(self, model: nn.Module) -> int:
        """The most bytes that such a file of this model may have."""
        return LARGEST + self.copies * 4 * sum(parameter.numel() for parameter in model.parameters())


class DamagedFile(GatescopeError):
    """A file was read, and is none of ours: its checksum or its format is wrong. Nothing else is damage."""

    def __init__(self, kind: Kind, path: Path, why: str) -> None:
        """Describe the damage to a file in a few words."""
        super().__init__(f"the {kind.name} {path} is damaged: {why}")
        self.path = path
        """The file."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a training stands, apart from its tensors."""

    step: Count
    """Steps trained."""
    factor: Factor = 1.0
    """The learning-rate factor that a person set, on top of the schedule."""
    health: Memory = NOTHING
    """The memory of the health checks."""
    config: Config
    """Every option."""


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    """A model's weights as they are named in a file: `model.*`."""
    return {f"model.{name}": tensor for name, tensor in model.state_dict().items()}


def named(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    """The tensors of a file that are called `name.*`, by the rest of their names: those of `model`, say."""
    return {key[len(name) + 1 :]: one for key, one in tensors.items() if key.startswith(f"{name}.")}


def encode(progress: Progress, tensors: dict[str, Tensor]) -> bytes:
    """The content of a file; the tensors may be on any device."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    progress_json = msgspec.json.encode(progress).decode()
    header = {"format": FORMAT, "progress": progress_json, "sha256": _digest(progress_json, tensors)}
    return save(tensors, header)


def read_tensors(path: Path, most: int, kind: Kind, keep: str = "") -> tuple[Progress, dict[str, Tensor]]:
    """Everything in a file: where the training stood, and the tensors by name.

    Each tensor is read into its own memory, so nothing is in memory twice. The file isn't mapped, which some
    file systems refuse, and safetensors doesn't get its path, which it refuses if that is no UTF-8.

    Args:
        path: the file.
        most: the most bytes it may have; a header may promise tensors of any size.
        kind: what it should be.
        keep: how the names begin of the tensors that are wanted; of the others the checksum is checked as
            well, but they are on the meta device.

    Raises:
        FileNotFoundError: it isn't there.
        DamagedFile: it is no such file, or damaged (if only in one bit).
        GatescopeError: it can't be read now, is too large, or is of another version.
        MemoryError: there is no room for it; torch has an error of its own for that.
    """
    try:
        return patiently(lambda: _read(path, most, kind, keep))
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno == errno.EFBIG:  # as when `hidden` in run.json was made smaller by hand
            raise GatescopeError(
                f"{path} is no {kind.name} of this run: {error.strerror}; {kind.cure}"
            ) from None
        if not stat.S_ISREG(path.lstat().st_mode):
            raise DamagedFile(kind, path, error.strerror or str(error)) from None
        raise GatescopeError(refusal(f"the {kind.name} {path}", error)) from None
    except _WRONG as error:
        if ran_out(error):
            raise
        raise DamagedFile(kind, path, reason(error)) from None


def _read(path: Path, most: int, kind: Kind, keep: str) -> tuple[Progress, dict[str, Tensor]]:
    """What `read_tensors` returns; raises one of `_WRONG` for a file that is none of ours."""
    with opened(path, most) as (file, size):
        length = int.from_bytes(file.read(8), "little")
        if not length <= min(size - 8, LARGEST):
            raise ValueError(f"its header has {length:,} bytes")
        entries = msgspec.json.decode(file.read(length), type=dict[str, msgspec.Raw])
        about = msgspec.json.decode(entries.pop("__metadata__"), type=dict[str, str])
        format, progress = about["format"], about["progress"]
        try:
            tensors, digest = read_contents(file, 8 + length, size, entries, keep, progress)
        except _WRONG as error:
            if format == FORMAT or not format.isdecimal() or ran_out(error):
                raise
            digest = ""
    intact = about["sha256"] == digest
    if format != FORMAT and format.isdecimal() and not intact:  # else one bit of ours has flipped
        raise GatescopeError(f"{path} has format {format}, this gatescope reads {FORMAT}; {kind.cure}")
    if format != FORMAT or not intact:
        raise ValueError("checksum mismatch")
    return msgspec.json.decode(progress, type=Progress), tensors


def require_fit(
    kind: Kind,
    path: Path,
    found: tuple[Progress, dict[str, Tensor]],
    config: Config,
    wanted: dict[str, torch.Size],
) -> None:
    """Refuse what `read_tensors` found unless it belongs to this run, with exactly these float32 tensors.

    Raises:
        GatescopeError: it belongs to another run.
        DamagedFile: its tensors are others.
    """
    progress, tensors = found
    if progress.config.identity != config.identity:
        raise GatescopeError(f"the {kind.name} {path} belongs to another run than run.json; {kind.cure}")
    fits = wanted == {name: t.shape for name, t in tensors.items()}
    if not fits or any(t.dtype is not torch.float32 for t in tensors.values()):
        raise DamagedFile(kind, path, "its tensors are not those of this run")


def _digest(progress_json: str, tensors: dict[str, Tensor]) -> str:
    """A checksum of everything in a file: safetensors itself has none for its numbers."""
    digest = hashlib.sha256(progress_json.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(described(name, tensor))
        digest.update(bytes_of(tensor))
    return digest.hexdigest()
