"""The form for an intervention: what is changed while the network reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from explorer.protocol.exports import CHANGES, OPTIONS
from explorer.protocol.interventions import from_fields, typed
from explorer.protocol.questions import Intervention
from explorer.runs.holds import check_names
from explorer.system.errors import OptionError
from explorer.ui.screens.fields import Field, Row
from explorer.ui.screens.form import Form


class Reading(NamedTuple):
    """What an intervention can name."""

    activations: Sequence[str]
    """The cell's, by their letters; empty until they are known."""
    hidden: int
    """Units of each."""
    timesteps: int
    """T, of the run's samples."""


class InterveneForm(Form[Intervention]):
    """A line for each kind of change; they combine freely, and empty lines change nothing."""

    def __init__(self, reading: Reading, now: Intervention) -> None:
        """Ask what to change; what is changed now is filled in."""
        filled = {name: ", ".join(texts) for name, texts in typed(now).items()}
        rows = [Row(Field(filled.get(name, ""), id=name), OPTIONS[name].hint) for name in CHANGES]
        super().__init__("what if", rows, start="Read so")
        self._reading = reading

    def check(self, name: str) -> str:
        """What is wrong with a line, as far as the cell and the samples are known."""
        try:
            change = from_fields({name: self.text(name)})
            if self._reading.activations:
                check_names(change.hold, self._reading.activations)
        except OptionError as error:
            return error.in_form
        return self._beyond(change)

    def _beyond(self, change: Intervention) -> str:
        """Which unit or timestep there isn't; appended ones may be named, too."""
        units, timesteps = self._reading.hidden, 2 * self._reading.timesteps
        if change.silence and units and max(change.silence) >= units:
            return f"silence: units from 0 to {units - 1:,}, not {max(change.silence)}"
        for name, last in (
            ("wipe", max((wipe.before for wipe in change.wipe), default=0)),
            ("blank", max((span.last for span in change.blank), default=0)),
        ):
            if last > timesteps:
                return f"{name}: timesteps from 1 to {self._reading.timesteps:,}, not {last:,}"
        return ""

    def answer(self) -> Intervention:
        """The intervention."""
        return from_fields({name: self.text(name) for name in CHANGES})
