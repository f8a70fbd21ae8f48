"""A filter of runs, as a person types it: `cell:gru test>99 dataset:mnist`, and plain words.

Terms are separated by spaces, and a run has to meet all of them. `cell:gru` is met by a text that has it in
it, `cell=gru` by one that is the same, `test>99` by a number, and a plain word by anything that the list says
of a run. A minus before a term turns it round.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Final, NamedTuple

from explorer.runs.config import OPTIONS, Option
from explorer.runs.data_files import data_title
from explorer.runs.holds import name_cell, typed
from explorer.runs.summary import Summary, Unreadable
from explorer.system.errors import UsageError

Value = str | float | None
"""What a run has in a field; None: nothing is known."""

_TERM: Final = re.compile(r"([A-Za-z][A-Za-z_]*)(>=|<=|[:=<>])(.*)", re.S)
_COMPARED: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def _of_option(option: Option) -> Callable[[Summary], Value]:
    """How to read an option of a run."""
    name = option.name
    if option.kind in ("int", "float"):
        return lambda run: float(getattr(run.file.config, name))
    if option.kind == "flag":
        return lambda run: "yes" if getattr(run.file.config, name) else "no"
    if option.kind == "hold":
        return lambda run: typed(run.file.config.hold)
    return lambda run: str(getattr(run.file.config, name) or "")


FIELDS: Final[Mapping[str, Callable[[Summary], Value]]] = {
    **{option.name: _of_option(option) for option in OPTIONS},
    "lr": lambda run: run.rates.newest,
    "name": lambda run: run.folder.name,
    "state": lambda run: run.words,
    "step": lambda run: float(run.step),
    "epoch": lambda run: float(run.epoch),
    "progress": lambda run: round(100 * run.share, 2),
    "test": lambda run: None if run.accuracy is None else round(100 * run.accuracy, 2),
    "made": lambda run: run.made,
    "race": lambda run: run.file.race,
}
"""What can be asked of a run, by name: numbers and texts; `test` and `progress` in percent, as shown; `lr` is
the newest."""

NUMBERS: Final = frozenset(
    {"step", "epoch", "progress", "test", *(one.name for one in OPTIONS if one.kind in ("int", "float"))}
)
"""The fields that hold numbers."""


class Term(NamedTuple):
    """One thing that a run has to meet."""

    met: Callable[[Summary | Unreadable], bool]
    turned: bool
    """Whether it must not be met, instead."""


class Filter(NamedTuple):
    """Which runs to show."""

    terms: tuple[Term, ...] = ()

    def __call__(self, run: Summary | Unreadable) -> bool:
        """Whether a run meets every term."""
        return all(term.met(run) is not term.turned for term in self.terms)


EVERY_RUN: Final = Filter()
"""The filter that nothing was typed into."""


def parse_filter(text: str) -> Filter:
    """Read a filter; one without terms is met by every run.

    Raises:
        UsageError: one line that says what is wrong in which term.
    """
    return Filter(tuple(_term(word) for word in text.split()))


def _term(word: str) -> Term:
    """Read one term."""
    turned = word.startswith("-") and len(word) > 1
    asked = word[1:] if turned else word
    found = _TERM.fullmatch(asked)
    if found is None:
        return Term(_said(asked.casefold()), turned)
    name, sign, wanted = found.groups()
    name = name.casefold()
    if name not in FIELDS:
        near = get_close_matches(name, FIELDS, 1)
        cure = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(FIELDS))}"
        raise UsageError(f"there is no field {name!r}; {cure}")
    if not wanted:
        raise UsageError(f"{name}{sign} lacks a value: {name}{sign}{'99' if name in NUMBERS else 'gru'}")
    return Term(_number(name, sign, wanted) if name in NUMBERS else _text(name, sign, wanted), turned)


def _number(name: str, sign: str, wanted: str) -> Callable[[Summary | Unreadable], bool]:
    """A term about a number."""
    try:
        limit = float(wanted.removesuffix("%").replace(",", ""))
    except ValueError:
        limit = math.nan
    if not math.isfinite(limit):
        raise UsageError(f"{name} is a number, not {wanted!r}")
    compare = _COMPARED.get(sign, math.isclose)

    def met(run: Summary | Unreadable) -> bool:
        """Whether a run has such a number."""
        value = FIELDS[name](run) if isinstance(run, Summary) else None
        return isinstance(value, float) and compare(value, limit)

    return met


def _text(name: str, sign: str, wanted: str) -> Callable[[Summary | Unreadable], bool]:
    """A term about a text."""
    if sign in _COMPARED:
        raise UsageError(f"{name} is text; write {name}:{wanted}")
    part = wanted.casefold()

    def met(run: Summary | Unreadable) -> bool:
        """Whether a run has such a text."""
        value = str(FIELDS[name](run) if isinstance(run, Summary) else _of_damaged(run, name)).casefold()
        return value == part if sign == "=" else part in value

    return met


def _of_damaged(run: Unreadable, name: str) -> str:
    """What is known of a run that can't be read."""
    return {"name": run.folder.name, "state": run.reason}.get(name, "")


def _said(word: str) -> Callable[[Summary | Unreadable], bool]:
    """A term that a run meets with what the list says of it."""

    def met(run: Summary | Unreadable) -> bool:
        """Whether the word stands in it."""
        if isinstance(run, Unreadable):
            return word in f"{run.folder.name} {run.reason}".casefold()
        config = run.file.config
        shown = f"{name_cell(config.cell, config.hold)} {data_title(config.dataset)} {config.preset}"
        return word in f"{run.folder.name} {shown} {run.words} {run.made}".casefold()

    return met
