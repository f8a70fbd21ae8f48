"""Options of a question, checked against what the model has."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.protocol.questions import Fact
from explorer.system.errors import UsageError


def number_in(options: Mapping[str, Fact], name: str, plural: str, count: int, default: int) -> int:
    """The number of one of several: a class, or a unit.

    Args:
        options: those of the question.
        name: the option's.
        plural: what there are several of.
        count: how many.
        default: the one that is meant where the option isn't given.

    Raises:
        UsageError: there is no such one; one line that names the option.
    """
    wanted = options.get(name)
    if wanted is None:
        return default
    if type(wanted) is not int or not 0 <= wanted < count:
        raise UsageError(f"--{name}: the {plural} are 0 to {count - 1}, not {wanted}")
    return wanted
