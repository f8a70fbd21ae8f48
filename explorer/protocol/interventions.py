"""An intervention as it is typed, on the command line and in a dialog, and as it is said."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from explorer.protocol.questions import Intervention, Span, Wipe
from explorer.runs.holds import check_names, number, parse_holds
from explorer.runs.shape import MOST_TIMESTEPS
from explorer.system.errors import OptionError, flag

LATEST: Final = 2 * MOST_TIMESTEPS
"""The last timestep that there can be, where blank ones are appended."""


def parse(
    hold: Iterable[str] = (),
    silence: str = "",
    wipe: Iterable[str] = (),
    blank: Iterable[str] = (),
    append_blank: str = "",
) -> Intervention:
    """Read an intervention from the text of its options; the cell isn't known here: see `check`.

    Args:
        hold: `f=1`, or several with commas between, any number of them; of one name, the last counts.
        silence: `3,17`.
        wipe: `15` or `c@15`, any number of them.
        blank: `20-28` or `20`, any number of them.
        append_blank: `8`.

    Raises:
        OptionError: one line with the option, what it takes, and what was typed.
    """
    return Intervention(
        hold=parse_holds(hold),
        silence=tuple(dict.fromkeys(_units(silence))) if silence else (),
        wipe=tuple(dict.fromkeys(map(_wiped, wipe))),
        blank=tuple(dict.fromkeys(map(_blanked, blank))),
        append_blank=_appended(append_blank) if append_blank else 0,
    )


def check(intervention: Intervention, activations: Sequence[str], states: Collection[str]) -> None:
    """Refuse names that a cell hasn't.

    Args:
        intervention: as it was typed.
        activations: the names of the cell's activations.
        states: those of its state.

    Raises:
        OptionError: one line with the names that there are.
    """
    check_names(intervention.hold, activations)
    for wipe in intervention.wipe:
        if wipe.state and wipe.state not in states:
            wanted = f"{', '.join(states)}, not {wipe.state!r}"
            raise OptionError("wipe", f"--wipe: this cell remembers {wanted}", wanted)


def describe(intervention: Intervention) -> str:
    """An intervention in a few words: `f = 1 · units 3, 17 silent · c wiped before 15`; empty for none."""
    return " · ".join(_parts(intervention))


def typed(intervention: Intervention) -> dict[str, list[str]]:
    """An intervention as it would be typed: for each option that it takes, each of its values."""
    values = {
        "hold": [f"{name}={number(value)}" for name, value in intervention.hold.items()],
        "silence": [",".join(map(str, intervention.silence))] if intervention.silence else [],
        "wipe": [f"{one.state}@{one.before}" if one.state else f"{one.before}" for one in intervention.wipe],
        "blank": [
            f"{one.first}-{one.last}" if one.last > one.first else f"{one.first}"
            for one in intervention.blank
        ],
        "append_blank": [f"{intervention.append_blank}"] if intervention.append_blank else [],
    }
    return {name: texts for name, texts in values.items() if texts}


def from_fields(fields: Mapping[str, str]) -> Intervention:
    """Read an intervention from one field per option, where several values are separated by commas.

    Raises:
        OptionError: as `parse`.
    """
    several = {name: _split(fields.get(name, "")) for name in ("hold", "wipe", "blank")}
    return parse(silence=fields.get("silence", ""), append_blank=fields.get("append_blank", ""), **several)


def _split(text: str) -> list[str]:
    """The values in a field."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _parts(intervention: Intervention) -> Iterator[str]:
    """Each change in a few words."""
    yield from (f"{name} = {number(value)}" for name, value in intervention.hold.items())
    if intervention.silence:
        units = ", ".join(map(str, intervention.silence))
        yield f"unit{'s' * (len(intervention.silence) > 1)} {units} silent"
    for wipe in intervention.wipe:
        yield f"{wipe.state or 'memory'} wiped before {wipe.before}"
    for span in intervention.blank:
        yield f"{span.first}–{span.last} blank" if span.last > span.first else f"{span.first} blank"
    if intervention.append_blank:
        yield f"{intervention.append_blank} blank appended"


def _units(text: str) -> list[int]:
    """Units by number."""
    units = [_whole(part, 0, 2**31 - 1) for part in text.split(",")]
    if None in units:
        raise _wrong("silence", "units by number, such as 3,17", text)
    return [unit for unit in units if unit is not None]


def _wiped(text: str) -> Wipe:
    """A state, or all, and the timestep before which it is wiped."""
    state, at, before = (part.strip() for part in text.rpartition("@"))
    timestep = _whole(before, 1, LATEST)
    if timestep is None or (at and not state):
        raise _wrong("wipe", "a timestep, such as 15, or a state and a timestep, such as c@15", text)
    return Wipe(timestep, state)


def _blanked(text: str) -> Span:
    """The timesteps that are read blank."""
    begin, dash, end = text.partition("-")
    first = _whole(begin, 1, LATEST)
    last = _whole(end, 1, LATEST) if dash else first
    if first is None or last is None or last < first:
        raise _wrong("blank", "timesteps from 1, such as 20 or 20-28", text)
    return Span(first, last)


def _appended(text: str) -> int:
    """How many blank timesteps are read after the last."""
    count = _whole(text, 0, MOST_TIMESTEPS)
    if count is None:
        raise _wrong("append_blank", f"a whole number from 0 to {MOST_TIMESTEPS:,}", text)
    return count


def _whole(text: str, low: int, high: int) -> int | None:
    """A whole number within limits; None for anything else."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and low <= int(text) <= high else None


def _wrong(option: str, wanted: str, text: str) -> OptionError:
    """The failure for text that an option doesn't take."""
    return OptionError(option, f"{flag(option)} takes {wanted}, not {text!r}", f"{wanted}, not {text!r}")
