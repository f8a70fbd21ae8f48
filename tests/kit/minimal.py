"""The README's cell, which nobody laid out."""

from __future__ import annotations

import re
from typing import Any

from kit.digits import REPOSITORY

from models.layer import RecurrentLayer

IMPORTS = """
from typing import NamedTuple
from torch import Tensor
from torch.nn import functional
from models.hook import Through
from models.layer import Activation, RecurrentLayer

"""


def readme_cell() -> str:
    """Return the README's example cell as a complete file."""
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(class MinimalStep.*?)```", text, re.S)
    assert found
    return IMPORTS + found[1]


def minimal() -> RecurrentLayer[Any]:
    """Return a layer of it, of 3 inputs and 2 units."""
    names: dict[str, Any] = {"__name__": "minimal"}
    exec(readme_cell(), names)
    layer: RecurrentLayer[Any] = names["Minimal"](3, 2)
    return layer
