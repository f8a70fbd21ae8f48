"""The keys of the main screen, listed once; those of the views stand in the views' own table."""

from __future__ import annotations

from typing import Final, NamedTuple

from textual.binding import Binding


class Key(NamedTuple):
    """A key of the main screen, and what it does."""

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
    rank: int = 0
    """How long it stays in the footer when room is short, from 1, the longest; 0: it is never there."""
    of_sample: bool = False
    """Whether it is only in the footers of the views that show a sample."""
    of_units: bool = False
    """Whether it is only there while units stand side by side on the page."""
    of_class: bool = False
    """Whether it is only in the footers of the views that show what concerns one class."""
    of_change: bool = False
    """Whether it is only there while something is changed."""
    steers: bool = False
    """Whether it steers a training: then it doesn't act in one piece with an escape, as a terminal's own
    messages come."""

    @property
    def bindings(self) -> list[Binding]:
        """The key as Textual's binding; and what is said if it comes with an escape, and then doesn't act."""
        acts = Binding(self.keys, self.action, self.name)
        if not self.steers:
            return [acts]
        doubted = ",".join(map(behind_escape, self.keys.split(",")))
        return [acts, Binding(doubted, f"app.press_again('{self.shown}')", show=False)]


class Hint(NamedTuple):
    """Keys that a view, a form or Textual handles."""

    shown: str
    """As a person reads them."""
    tip: str
    """A few words, for the help."""
    name: str = ""
    """One or two words, for the footer."""
    rank: int = 0
    """As in `Key`."""
    reaches: bool = False
    """Whether these keys of a view act from every other view of the page, too, while it is shown there. They
    are named then as Textual names them."""


KEYS: Final[dict[str, tuple[Key, ...]]] = {
    "Views": (
        Key("tab", "tab", "next_view(1)", "View", "next view of the page", 19),
        Key("shift+tab", "shift+tab", "next_view(-1)", "Previous view", "previous view of the page"),
        Key("d", "d", "view('draw')", "Draw", "draw a sample, or change one"),
        Key("z", "z", "zoom", "Enlarge", "enlarge the view, and back", 12),
        Key("space", "space", "play", "Play", "let it read; any key stops it there", 8, of_sample=True),
        Key("left_square_bracket", "[", "sample(-1)", "Sample", "previous test sample", 6, of_sample=True),
        Key("right_square_bracket", "]", "sample(1)", "Sample", "next test sample", 6, of_sample=True),
        Key("g", "g", "sample_number", "Go to", "test sample by its number", 20, of_sample=True),
        Key("x", "x", "random_sample", "Random", "a random test sample", 21, of_sample=True),
        Key("comma", ",", "turn_class(-1)", "Class", "the class before", 16, of_class=True),
        Key("full_stop", ".", "turn_class(1)", "Class", "the next class", 16, of_class=True),
        Key("escape", "escape", "class_read", "As read", "the class that the sample is read as, again"),
        Key("b", "b", "blanked", "Belief", "belief, if it ended here or went on blank", 17, of_sample=True),
        Key(
            "o",
            "o",
            "order(False)",
            "Order",
            "order units: by number, half-life, vote",
            25,
            of_sample=True,
            of_units=True,
        ),
        Key("O", "O", "order(True)", "Order again", "the same order, by the newest weights"),
        Key("f", "f", "unit_number", "To unit", "a hidden unit by its number", 26, of_sample=True),
        Key("m", "m", "misread", "Misread", "next misread test sample", 10, of_sample=True),
    ),
    "What if": (
        Key("i", "i", "intervene", "What if", "hold gates, silence units, wipe, blank", 15, of_sample=True),
        Key("w", "w", "with_or_without", "With/out", "with the change, or without it", 7, of_change=True),
        Key("delete", "delete", "undo_change", "Undo", "take back the newest change", 5, of_change=True),
        Key("backspace", "backspace", "undo_changes", "Undo all", "take back all changes", 8, of_change=True),
        Key("less_than_sign", "<", "moment(-1)", "Moment", "earlier weights of the run", 18, of_sample=True),
        Key(
            "greater_than_sign", ">", "moment(1)", "Moment", "later ones, then the newest", 18, of_sample=True
        ),
    ),
    "Training": (
        Key("n", "n", "new_run", "New", "new run: a form with every option", 7),
        Key("p", "p", "pause", "Pause", "pause, continue, or resume a run that ended", 3, steers=True),
        Key("s", "s", "stop", "Stop", "stop, if you say yes; everything so far is kept", 9, steers=True),
        Key("plus,equals_sign", "+", "rate(1)", "Rate", "learning rate up", 12, steers=True),
        Key("minus", "-", "rate(-1)", "Rate", "learning rate down", 12, steers=True),
        Key("c", "c", "cell", "Cell", "another cell: its best comparable run", 13),
        Key("C", "C", "race", "Race", "all cells, of like size, on the same batches", 27),
        Key("r", "r", "runs", "Runs", "all runs: open, filter, sort, compare, rename", 8),
    ),
    "Other": (
        Key("e", "e", "export", "Export", "export a picture, or numbers", 11),
        Key("y", "y", "copy_path", "Copy path", "copy the path of the last export, or of the run", 23),
        Key("exclamation_mark", "!", "messages", "Messages", "the last messages", 24),
        Key("t", "t", "theme", "Theme", "dark or light", 22),
        Key("question_mark,f1", "?", "help", "Help", "every key", 2),
        Key("q", "q", "quit_explorer", "Quit", "quit; the training can keep running", 1),
    ),
}
"""The keys of the main screen, grouped by purpose, in the order of the footer."""

HINTS: Final = (
    Hint("← → space", "forms: change the answer"),
    Hint("ctrl+p", "every command by name, and all themes"),
    Hint("ctrl+l", "redraw the screen"),
)
"""Keys that forms or Textual handle, for the help."""

STEERING: Final = frozenset(
    name for keys in KEYS.values() for key in keys if key.steers for name in key.keys.split(",")
)
"""The keys that steer a training, as Textual names them."""

PASSING: Final = frozenset(
    {name for key in KEYS["Views"] if not key.action.endswith("_number") for name in key.keys.split(",")}
    | {*"123456789ahjkluvw", "up", "down", "left", "right", "pageup", "pagedown", "home", "end"}
    | {"shift+up", "shift+down", "ctrl+u", "ctrl+d"}
    | {
        "shift+left",
        "shift+right",
        "left_parenthesis",
        "right_parenthesis",
        "left_curly_bracket",
        "right_curly_bracket",
        *"0SXYLM",
    }
    | {"delete", "backspace", "less_than_sign", "greater_than_sign"}
) - {"o", "escape"}  # on the pad, a dialog comes of one; the other gives up an evaluation
"""The keys of the main screen that only look elsewhere: no dialog comes of them, and nothing is steered."""


def behind_escape(key: str) -> str:
    """The name of a key that came in one piece with an escape: Textual's, for most."""
    return f"alt+{key}"
