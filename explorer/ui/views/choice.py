"""What a person has chosen: the one selection that all views share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec
from msgspec.structs import replace

from explorer.protocol.questions import Answer, Sample, Selection
from explorer.system.text import printable
from explorer.ui.views.compared import Compared
from explorer.ui.views.rows import Rows
from explorer.ui.views.unit_order import BY_NUMBER, By, UnitOrder, by_answer

Why = Literal["", "read", "right"]
"""Which class is explained: none, the one that the sample was read as, or the right one."""


class Chosen(msgspec.Struct, frozen=True):
    """What is asked about, and where the cursor is; it moves without a question."""

    selection: Selection = Selection()
    """What the views ask about."""
    against: Selection | None = None
    """What they compare it with: it differs in run, moment or intervention. None: nothing."""
    timestep: int | None = None
    """The timestep that the cursor was put on, from 0; None: the last, whichever that is."""
    unread: bool = False
    """Whether the timesteps after the cursor are not read yet: they are not painted."""
    unit: int = 0
    """The unit under the cursor, by its number."""
    order: UnitOrder = BY_NUMBER
    """The order in which units stand side by side."""
    ordering: By | None = None
    """The order that is asked for, and not there yet; None: none is."""
    class_number: int | None = None
    """The class under the cursor, by its number; None: whichever the sample is read as."""
    square: tuple[int, int] = (4, 9)
    """The square of the confusion matrix, the true class and the one read as: 4 and 9 are confused more often
    than most."""
    opened: tuple[int, int] = (4, 9)
    """The square whose samples are shown: finding them takes long, so the cursor passes others without it."""
    why: Why = ""
    """The class whose reasons are painted over the sample; a class under the cursor takes its place."""

    def asked_class(self, right: int | None) -> int | None:
        """The class that is asked about, by its number; None: the one that the sample is read as.

        Args:
            right: the sample's own; None: it has none, or it isn't known yet.
        """
        if self.class_number is not None:
            return self.class_number
        return right if self.why == "right" else None


def within(square: tuple[int, int], classes: int) -> tuple[int, int]:
    """A square, within a matrix of so many classes."""
    row, column = (min(max(0, classes - 1), one) for one in square)
    return row, column


NOTHING_CHOSEN: Final = Chosen()
"""What is chosen before anybody has chosen anything."""
Observer = Callable[[Chosen, Chosen], object]
"""Called with what was chosen before, and now."""


class Choice:
    """Holds what is chosen; views read it here, and keep no copy."""

    def __init__(self) -> None:
        """Begin with the first test sample, at its last timestep."""
        self.now = NOTHING_CHOSEN
        """What is chosen."""
        self.rows: Rows | None = None
        """Which timesteps the gates show in which lines; None while they aren't shown."""
        self.first = 0
        """The first timestep of the page that was shown last, from 0; it stays while the cursor is on it."""
        self.sample = 0
        """The test sample that was chosen last, also while something drawn is asked about."""
        self.classes: tuple[str, ...] = ()
        """The names of the run's classes."""
        self.read_as: int | None = None
        """The class that the sample was read as, by the newest answer; None: there is none yet."""
        self.compared = Compared()
        """The runs that are compared."""
        self._observers: list[Observer] = []

    def observe(self, observer: Observer) -> None:
        """Call `observer` after each change."""
        self._observers.append(observer)

    def change(self, **changes: Any) -> None:
        """Choose something else of `Chosen`."""
        before, self.now = self.now, replace(self.now, **changes)
        if self.now != before:
            for observer in self._observers:
                observer(before, self.now)

    def touch(self) -> None:
        """Have everybody look again: something else than what is chosen has changed."""
        for observer in self._observers:
            observer(self.now, self.now)

    @property
    def class_name(self) -> str:
        """The name of the class under the cursor; empty: it is the one that the sample is read as."""
        number = self.now.class_number
        return "" if number is None else printable(self.classes[number])

    def name_classes(self, classes: tuple[str, ...]) -> None:
        """Note the names of the run's classes; where they are others than before, none of them is chosen."""
        if classes != self.classes:
            self.change(class_number=None)
            self.classes = classes

    def turn_class(self, by: int) -> None:
        """Choose the class before (-1) or after (1) the one that is asked about, around the end."""
        if self.classes:
            asked = self.read_as if self.now.class_number is None else self.now.class_number
            number = min(by, 0) if asked is None else asked + by  # not read yet: the first, or the last
            self.change(class_number=number % len(self.classes))

    def order_by(self, by: By) -> None:
        """Order the units, as soon as what is known of them has been asked; until then they stay."""
        if by == "number":
            self.change(order=BY_NUMBER, ordering=None)
        else:
            self.change(ordering=by)

    def put_in_order(self, units: Answer | None, step: int) -> None:
        """Order the units, if that was asked for, by an answer to `units` that is as new as what is shown.

        In another order, the first unit is the one to look at; in the same one, that under the cursor is.

        Args:
            units: the answer; None: there is none yet.
            step: that of the weights that are shown.

        Raises:
            ValueError: the answer isn't what its question promises.
        """
        by = self.now.ordering
        if by is not None and units is not None and units.step >= step:
            right = units.facts.get("label")
            order = by_answer(by, units, self.now.asked_class(right if isinstance(right, int) else None))
            unit = self.now.unit if by == self.now.order.by else order.unit(0)
            self.change(order=order, ordering=None, unit=unit)

    def show_rows(self, rows: Rows | None) -> None:
        """Say which timesteps the gates show in which lines."""
        if rows != self.rows:
            self.rows = rows
            self.touch()

    def select(self, **changes: Any) -> None:
        """Choose something else to ask about, an axis of `Selection`; what it is compared with follows."""
        against, subject = self.now.against, changes.get("subject")
        if isinstance(subject, Sample):
            self.sample = subject.index
        if against is not None and subject is not None:
            against = replace(against, subject=subject)
        self.change(selection=replace(self.now.selection, **changes), against=against)
