"""What a drawing is to the views: a subject like any other, chosen at each stroke, so that all follow it.

While an answer is on its way nothing newer is chosen. So every answer is painted, also in the middle of a
stroke, and the newest stroke is asked about as soon as it has come.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.events import Hide

from explorer.protocol.questions import Answer, Given, Question, Sample, Selection
from explorer.runs.snapshot import Snapshot
from explorer.ui.views.activations import Activations
from explorer.ui.views.choice import Choice, Chosen
from explorer.ui.views.pad import Pad
from explorer.ui.views.sheet import Sheet
from explorer.ui.views.view import View


class Drawing(View):
    """A view with a pad: begins with the test sample that is chosen, and asks about what becomes of it."""

    compares = True  # under blank timesteps, the sample as it is comes with the answer without them

    def __init__(self, choice: Choice, *, id: str) -> None:
        """Start without a sheet: the first test sample comes with the first answer."""
        super().__init__(choice, id=id)
        self.pad = Pad()
        """What is drawn."""
        self.answer: Activations | None = None
        """What the network made of it, or of what was there a moment ago."""
        self.stale = True
        """Whether the sheet is of another run, and not to be shown."""
        self._other: Answer | None = None
        self._known: Sheet | None = None  # the sheet that the other views are about, or were
        self._awaiting = False

    def needs(self) -> tuple[Question, ...]:
        """The input, and what it was read as."""
        return (Question("activations"),)

    def take_against(self, answers: Mapping[str, Answer]) -> None:
        """Note the answer without, or with, the intervention."""
        self._other = answers.get("activations")

    def take(self, answers: Mapping[str, Answer], learning: bool, sparing: bool) -> None:
        """Show what the network made of it; take up another sample; ask what was drawn meanwhile."""
        read, subject = answers["activations"], self.chosen.selection.subject
        self.answer, self.notice, self._awaiting = Activations(read), "", False
        sheet = self.pad.sheet
        other = self.stale or sheet is None or sheet.source != subject
        if isinstance(subject, Sample) and other and not self._changed:
            plain = next((one for one in (read, self._other) if one and _is_plain(one.asked)), read)
            self._lay(Sheet.of(Activations(plain), subject))
        self.stale = False
        self._send()
        self.repaint()

    def follow(self, before: Chosen, now: Chosen) -> None:
        """Take up a test sample that was chosen elsewhere."""
        if isinstance(now.selection.subject, Sample) and before.selection.subject != now.selection.subject:
            self.pad.lift()
            self._known, self._awaiting = self.pad.sheet, False

    def note(self, snapshot: Snapshot) -> None:
        """Leave a drawing that this run can't read: another run may have other inputs."""
        subject = self.chosen.selection.subject
        if (
            isinstance(subject, Given)
            and snapshot.activations
            and subject.x.shape[1] != snapshot.shape.inputs
        ):
            self._choice.select(subject=Sample(self._choice.sample))

    def clear(self, notice: str) -> None:
        """Show nothing but the reason; a drawing stays for the next run."""
        self.answer, self._awaiting = None, False
        self.stale = isinstance(self.chosen.selection.subject, Sample)
        super().clear(notice)

    def miss(self, notice: str) -> None:
        """Say why there is no newer answer; the next stroke is asked about again."""
        self._awaiting = False
        super().miss(notice)

    def on_hide(self, event: Hide) -> None:
        """Have the other views show the newest stroke."""
        self.pad.lift()
        self._awaiting = False
        self._send()

    def put(self, sheet: Sheet) -> None:
        """Put another sheet on the pad, and have it read."""
        self.pad.lay(sheet)
        self.show_change()

    def call_it(self, name: str) -> None:
        """Show under which name it is saved; it is no other subject for that."""
        sheet = self.pad.sheet
        if sheet is not None and sheet.source is None:
            known, self.pad.sheet = not self._changed, sheet.called(name)
            self._known = self.pad.sheet if known else self._known
        self.repaint()

    def show_change(self) -> None:
        """Show the pad as it is now, and have it read."""
        self._send()
        self.repaint()

    def _lay(self, sheet: Sheet) -> None:
        """Put a sheet on the pad that the other views are about already."""
        self.pad.lay(sheet)
        self._known = sheet

    @property
    def _changed(self) -> bool:
        """Whether there is something on the pad that the other views don't know of."""
        return self.pad.sheet is not self._known

    def _send(self) -> None:
        """Choose what is drawn, unless an answer is on its way: then as soon as that has come."""
        sheet = self.pad.sheet
        if sheet is None or not self._changed or self._awaiting:
            return
        self._known = sheet
        if sheet.subject != self.chosen.selection.subject:
            self._awaiting = True
            self._choice.select(subject=sheet.subject)  # an answer that is kept is taken in here


def _is_plain(asked: Selection) -> bool:
    """Whether every timestep that was read is the sample's own."""
    return not (asked.intervention.blank or asked.intervention.append_blank)
