"""Every key of the main screen, listed once: footer, command palette and help are made from this list."""

from __future__ import annotations

from typing import Final, NamedTuple

from textual.binding import Binding


class Key(NamedTuple):
    """A key and what it does."""

    keys: str
    """As Textual names them, separated by commas."""
    shown: str
    """As a person reads it."""
    action: str
    """The screen's action."""
    name: str
    """One or two words, for the footer; neighbours with the same name share it there."""
    tip: str
    """A few words, for the palette and the help."""
    footer: bool = False
    """Whether the footer shows it."""

    @property
    def binding(self) -> Binding:
        """The key as Textual's binding."""
        return Binding(self.keys, self.action, self.name)


KEYS: Final[dict[str, tuple[Key, ...]]] = {
    "Training": (
        Key("n", "n", "new_run", "New", "new run: a form with every option", footer=True),
        Key("p,space", "p", "pause", "Pause", "pause, continue, or resume a run that ended", footer=True),
        Key("s", "s", "stop", "Stop", "stop; everything so far is kept", footer=True),
        Key("plus,equals_sign", "+", "rate(1)", "Rate", "learning rate up", footer=True),
        Key("minus", "-", "rate(-1)", "Rate", "learning rate down", footer=True),
        Key("c", "c", "cell", "Cell", "switch to another cell", footer=True),
        Key("r", "r", "runs", "Run", "switch to another run", footer=True),
    ),
    "Views": (
        Key("1", "1", "view('curves')", "Curves", "loss and accuracy"),
        Key("2", "2", "view('gates')", "Gates", "one sample and its gates"),
        Key("3", "3", "view('confusion')", "Confusion", "confusion matrix: what each class was read as"),
        Key("tab", "tab", "next_view(1)", "Next view", "next view"),
        Key("shift+tab", "shift+tab", "next_view(-1)", "Previous view", "previous view"),
        Key("z", "z", "zoom", "Enlarge", "enlarge the view, and back"),
        Key("right_square_bracket", "]", "sample(1)", "Next sample", "next test sample"),
        Key("left_square_bracket", "[", "sample(-1)", "Previous sample", "previous test sample"),
        Key("g", "g", "sample_number", "Go to sample", "test sample by its number"),
        Key("x", "x", "random_sample", "Random sample", "a random test sample"),
        Key("m", "m", "misread", "Misread sample", "next misread test sample"),
    ),
    "Other": (
        Key("e", "e", "export", "Export", "export the graph as a picture", footer=True),
        Key("t", "t", "theme", "Theme", "dark or light", footer=True),
        Key("question_mark,f1", "?", "help", "Help", "every key", footer=True),
        Key("q", "q", "quit_explorer", "Quit", "quit; the training can keep running", footer=True),
    ),
}
"""The keys, grouped by purpose."""

INSIDE: Final = (
    ("↑ ↓ ← →", "gates: timestep and unit; confusion: the square"),
    ("u", "gates: single units, or all of them, several to a column"),
    ("enter", "confusion: show a sample of this square"),
    ("← → space", "forms: change the answer"),
    ("ctrl+p", "every command by name, and all themes"),
    ("ctrl+l", "redraw the screen"),
)
"""Keys that the views themselves, or Textual, handle: for the help."""


def bindings() -> list[Binding]:
    """All keys, as Textual's bindings."""
    return [key.binding for keys in KEYS.values() for key in keys]
