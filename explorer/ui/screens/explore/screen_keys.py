"""The keys for the screen itself, and for what a person takes away from it."""

from __future__ import annotations

from pathlib import Path

from textual.actions import SkipAction

from explorer.protocol.exports import EXPORTS
from explorer.protocol.questions import Given
from explorer.system.path_text import path_text
from explorer.ui.base.themes import toggle_brightness
from explorer.ui.screens.explore.parts import Parts
from explorer.ui.screens.export import Shown
from explorer.ui.screens.gate import errand
from explorer.ui.screens.keys import REACHING, where
from explorer.ui.screens.messages import Messages
from explorer.ui.screens.notices import not_steerable, remark
from explorer.ui.screens.run_lines import is_at
from explorer.ui.views.belief import Belief
from explorer.ui.views.curve_keys import CurveKeys
from explorer.ui.views.overlay import Overlay
from explorer.ui.widgets.message_line import Notice


class ScreenKeys(Parts):
    """Pages, help, export."""

    def action_blanked(self) -> None:
        """The belief if the sample ended at each timestep, or went on blank."""
        belief = self.views.views["belief"]
        assert isinstance(belief, Belief)
        belief.blanked = not belief.blanked

    def action_page(self, name: str) -> None:
        """Show a page."""
        self.views.turn(name)

    def action_view(self, name: str) -> None:
        """Show a view, and move the focus to it."""
        self.views.activate(name)

    async def action_reach(self, key: str) -> None:
        """Do what a key does in the view of the page that has it, which hasn't the focus."""
        for name, action in REACHING[key].items():
            if self.views.views[name].display:
                await self.app.run_action(action, self.views.views[name])
                return
        if not (said := where(key, self.views.page)):
            raise SkipAction  # it is another key here
        self.say(Notice(said))

    def action_next_view(self, by: int) -> None:
        """The next view of the page; after the last one, the first."""
        self.views.activate_next(by)

    def action_zoom(self) -> None:
        """The active view on the whole page, and back."""
        if not self.views.can_enlarge:
            self.say(Notice("this view already fills the screen"))
            return
        self.views.enlarged = not self.views.enlarged

    def action_theme(self) -> None:
        """Dark to light, and back."""
        toggle_brightness(self.app)

    def action_help(self) -> None:
        """Every key."""
        self.gate.show(lambda: "help")

    def action_messages(self) -> None:
        """The last messages, whole."""
        self.gate.show(lambda: Messages(self.message_line.said, remark(self.run.snapshot)))

    @errand(about_run=True)
    async def action_export(self) -> None:
        """Ask what to export, and have a separate process do it."""
        run = self.run
        if not run.opened:
            self.say(not_steerable(run.snapshot))
            return
        selection, drawn = self.choice.now.selection, ""
        if isinstance(selection.subject, Given) and not (drawn := await self._drawings.path(run.folder)):
            return  # an export reads a drawing from its file
        if wanted := await self.exporter.ask(
            Shown(
                run.snapshot.shape.timesteps,
                run.samples,
                selection,
                self.choice.now.timestep,
                self.choice.now.unit,
                drawn,
                self.choice.now.class_number,
                self._export_shown,
                self._drawn,
            )
        ):
            self.app.run_worker(self.exporter.export(run.folder, wanted))

    @property
    def _export_shown(self) -> str:
        """The export of the active view; empty: it has none."""
        name = self.views.active
        export = self.views.views[name].about.export or name
        return export if export in EXPORTS else ""

    @property
    def _drawn(self) -> tuple[tuple[str, str], ...]:
        """The options by which an export of the curves looks like the view that is looked at."""
        view = self.views.views[self.views.active]
        if not isinstance(view, CurveKeys):
            return ()
        others = [run for run in self.choice.compared.runs if not is_at(run, self.run.folder.path)]
        names = [
            run.name if run.path.parent == self.run.folder.path.parent else path_text(run.path.resolve())
            for run in (others if isinstance(view, Overlay) else ())
        ]
        smooth = f"{view.look.factor:.15g}" if view.look.factor else ""
        return ("smooth", smooth), ("over", view.look.over), ("with", ", ".join(names))

    def action_copy_path(self) -> None:
        """Copy the path of the newest export, else of the run, to the clipboard, through the terminal."""
        if not self.run.opened:
            self.say(not_steerable(self.run.snapshot))
            return
        exported = self.exporter.path
        path = exported if exported and Path(exported).exists() else path_text(self.run.folder.path.resolve())
        self.app.copy_to_clipboard(path)
        self.say(Notice(f"sent to the terminal's clipboard: {path}"))
