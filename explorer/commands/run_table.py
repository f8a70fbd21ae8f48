"""The list of runs as a table for a document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

Rows = Sequence[Sequence[str]]
"""The headings, and the values below them."""

_NUMBERS: Final = ("hidden", "accuracy")
"""Columns that are aligned to the right."""
_OF_LATEX: Final = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
"""What LaTeX writes for the characters that mean something to it."""


def markdown(rows: Rows) -> list[str]:
    """A table of GitHub's Markdown."""
    head, *others = [[re.sub(r"([\\|*_`<>\[\]])", r"\\\1", text.strip()) for text in row] for row in rows]
    rules = ["--:" if name in _NUMBERS else "---" for name in rows[0]]
    return [f"| {' | '.join(row)} |" for row in (head, rules, *others)]


def latex(rows: Rows) -> list[str]:
    """A table of LaTeX, with the rules of `booktabs`."""
    head, *others = [[_escaped(text.strip()) for text in row] for row in rows]
    columns = "".join("r" if name in _NUMBERS else "l" for name in rows[0])
    lines = [f"{' & '.join(row)} \\\\" for row in (head, *others)]
    return [
        f"\\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        lines[0],
        r"\midrule",
        *lines[1:],
        r"\bottomrule",
        r"\end{tabular}",
    ]


def _escaped(text: str) -> str:
    """A text as LaTeX prints it."""
    return "".join(_OF_LATEX.get(sign, sign) for sign in text)


TABLES: Final[Mapping[str, Callable[[Rows], list[str]]]] = {"markdown": markdown, "latex": latex}
"""What writes a table, by its name."""
