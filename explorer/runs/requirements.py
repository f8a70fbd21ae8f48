"""What a training needs of this machine, as far as that shows without torch, before anything is written.

The rest (whether torch finds a GPU, whether the data are whole) shows only in the engine.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.runs.data_files import DATA_FILES, is_file
from explorer.system.errors import OptionError, flag
from explorer.system.path_text import text_path

CPUINFO = Path("/proc/cpuinfo")
"""Where Linux says what the processor can do."""
_BFLOAT16 = frozenset({"avx512_bf16", "amx_bf16"})
"""What Linux calls the instructions that bf16 needs, on x86."""


def require(name: str, values: Mapping[str, Any]) -> None:
    """Refuse a value with which a training certainly can't begin on this machine.

    Args:
        name: the option.
        values: the value of every option, each of which is one that its option takes.

    Raises:
        OptionError: one line with the option and the cure.
    """
    wrong = _impossible(name, values)
    if wrong:
        raise OptionError(name, f"{flag(name)}: {wrong}", wrong)


def _impossible(name: str, values: Mapping[str, Any]) -> str:
    """Why an option's value can't be had here, and what can; empty if nothing is known against it."""
    value = values[name]
    if name == "device" and value == "mps" and sys.platform != "darwin":
        return "mps is for a Mac's GPU; use auto, cpu or cuda"
    if name == "precision" and value == "bf16" and _lacks_bfloat16():
        return "bf16 needs a CPU with AVX512-BF16 or AMX; use float32"
    if name == "dataset" and is_file(value) and not os.path.isfile(text_path(value)):
        return f"{value!r} is not a file; name one that holds x and y, or choose a data set by its name"
    if name == "augment" and value and is_file(values["dataset"]):
        if values.get("preset") == "accurate":
            return "the preset accurate needs images; choose another where the data set is a file"
        return "it is for images; leave it out where the data set is a file"
    if name == "data_dir" and value is not None and is_file(values["dataset"]):
        return "a data set that is a file needs none; leave it out"
    if name == "data_dir" and value is not None:
        if not text_path(value).is_dir():
            return f"{value!r} is not a folder; name one that holds {values['dataset']}"
        return DATA_FILES[values["dataset"]].missing(text_path(value))
    return ""


def _lacks_bfloat16() -> bool:
    """Whether this is an x86 processor of which Linux lists every ability, those for bf16 not among them."""
    try:
        lines = CPUINFO.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    flags = next((line for line in lines if line.startswith("flags")), "").partition(":")[2].split()
    return bool(flags) and _BFLOAT16.isdisjoint(flags)
