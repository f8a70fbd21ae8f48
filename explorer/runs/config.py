"""The options of a training, in one place, each with its help, its limits and its checks.

The command line builds its flags from `OPTIONS`, and the explorer's form its fields, so both have the same
options and refuse the same values, each in its own words.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from explorer.runs.holds import check_names, parse_holds, typed
from explorer.runs.recipes import RECIPES, Recipe
from explorer.runs.requirements import require
from explorer.system.errors import OptionError, UsageError, flag
from explorer.system.path_text import path_text, text_path
from explorer.system.paths import absolute
from models.registry import CELLS

DATASETS: Final = ("mnist", "fashion-mnist", "kmnist", "qmnist")
"""The data sets that torchvision can read; MNIST comes with the program."""
DEVICES: Final = ("auto", "cpu", "cuda", "mps")
"""Where to compute; auto takes the first of cuda, mps, cpu that is available."""
PRECISIONS: Final = ("float32", "bf16")
"""The number formats in which matrix products are computed."""
LEAST_LR: Final = 1e-9
"""The lowest learning rate."""
MAX_LR: Final = 100.0
"""The largest learning rate allowed: Adam at 10 already reaches losses of 469 (and stays finite)."""
MOST_EPOCHS: Final = 10_000
"""The most epochs of a training."""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A training as it was asked for; every value has been checked (see `configure`)."""

    cell: str
    """A name of `models.registry.CELLS`."""
    hidden: int
    """Hidden units, 1 to 4096."""
    epochs: int
    """Passes over the training set, 1 to 10,000."""
    batch_size: int
    """Samples per step, 1 to 60,000."""
    lr: float
    """The highest learning rate of the schedule."""
    seed: int
    """The seed of all random numbers, 0 to 2⁶³ - 1."""
    dataset: str
    """One of `DATASETS`, or a file of sequences: its absolute path, as `path_text` says it."""
    data_dir: str | None
    """A folder in torchvision's layout; None: this user's cache."""
    device: str
    """One of `DEVICES`."""
    threads: int
    """Threads of the engine; 0: half the cores, at most 4."""
    augment: bool
    """Small random rotations, scalings, shears and shifts of the training samples."""
    preset: str
    """A name of `explorer.runs.recipes.RECIPES`."""
    precision: str = "float32"
    """One of `PRECISIONS`; runs from before this option existed don't say."""
    hold: dict[str, float] = {}
    """The cell's activations that the model holds at a value, for all units at every timestep, by name: they
    are part of the model, whoever asks it anything. Runs from before this option existed don't say."""
    keep_moments: int = 64
    """Megabytes (1,000,000 bytes) of earlier weights that are kept to be asked about; 0: none."""

    @property
    def recipe(self) -> Recipe:
        """How this preset trains."""
        return RECIPES[self.preset]

    @property
    def identity(self) -> tuple[object, ...]:
        """What two trainings must share for one to resume from the other's checkpoint."""
        same = (self.cell, self.hidden, self.batch_size, self.lr, self.seed, self.dataset)
        return (*same, self.augment, self.preset, self.precision, self.hold)


@dataclass(frozen=True)
class Option:
    """One option of a training: its name, the values it takes, how they are checked."""

    name: str
    """The field of `Config`."""
    kind: Literal["choice", "int", "float", "folder", "flag", "hold"]
    """The kind of value it takes."""
    help: str
    """What it does, in a few words."""
    default: Any
    """Its value if none is given."""
    choices: tuple[str, ...] = ()
    """The values of a choice."""
    low: float = -math.inf
    """The smallest number it takes."""
    high: float = math.inf
    """The largest number it takes."""
    under: Mapping[str, Any] = field(default_factory=dict)
    """Its defaults under other presets than `default`, where they differ."""
    suffix: str = ""
    """What the name of a file ends in, where a file may be given instead of a choice; empty: none may."""

    @property
    def flag(self) -> str:
        """How the command line spells it: `--batch-size`."""
        return flag(self.name)

    def default_for(self, preset: str) -> Any:
        """Its default under a preset."""
        return self.under.get(preset, self.default)

    def parse(self, value: object) -> Any:
        """Check a value, given as text or in its own type.

        Raises:
            OptionError: one line with the option, the value and what the option takes.
        """
        if self.kind == "flag":
            return _truth(self, value)
        if self.kind == "choice":
            if value in self.choices:
                return value
            if self.suffix and str(value).lower().endswith(self.suffix):
                return _absolute(self, str(value))
            wanted = f"one of {', '.join(self._known)}, not {value!r}"
            raise OptionError(self.name, f"{self.flag} is {wanted}", wanted)
        if self.kind == "hold":
            return _held(value)
        if self.kind == "folder":
            return None if value is None else _folder(self, str(value))
        return _number(self, value)

    @property
    def _known(self) -> tuple[str, ...]:
        """The values of a choice, and what stands for a file."""
        return (*self.choices, f"FILE{self.suffix}") if self.suffix else self.choices

    def takes(self) -> str:
        """What it takes, for help and for messages: `1 to 4096`."""
        if self.kind == "choice":
            return " | ".join(self._known)
        if self.kind in ("int", "float"):
            return f"{_plain(self.low)} to {_plain(self.high)}"
        return {"folder": "a folder", "hold": "f=1, o=0.5", "flag": "yes | no"}[self.kind]


def _plain(number: float) -> str:
    """A limit without needless decimals; 2⁶³ - 1 as a power of two."""
    if number == 2**63 - 1:
        return "2^63-1"
    return f"{number:,.0f}" if number == int(number) else f"{number:g}".replace("e-0", "e-")


def _folder(option: Option, value: str) -> str:
    """Read a folder's path."""
    if not value:  # an unset variable of the shell
        wanted = f"name a folder, or leave {option.flag} out"
        raise OptionError(option.name, f"{option.flag} is empty; {wanted}", "name a folder")
    return _absolute(option, value)


def _absolute(option: Option, value: str) -> str:
    """Make a path absolute: as text that may go into JSON."""
    try:
        return path_text(Path(os.path.abspath(absolute(str(text_path(value))))))
    except UsageError as error:
        raise OptionError(option.name, f"{option.flag}: {error}", str(error)) from None


def _held(value: object) -> dict[str, float]:
    """Read what is held: as text, as several texts, or as it is kept in a configuration; nothing is empty."""
    match value:
        case tuple():
            texts = [*map(str, value)]
        case Mapping():
            texts = [typed(value)]
        case _:
            texts = [str(value)]
    return parse_holds(text for text in texts if text.strip())


def _truth(option: Option, value: object) -> bool:
    """Check the value of a flag."""
    if isinstance(value, bool):
        return value
    wanted = f"yes or no, not {value!r}"
    raise OptionError(option.name, f"{option.flag} is {wanted}", wanted)


def _number(option: Option, value: object) -> int | float:
    """Read a number and check it against the option's limits."""
    convert = int if option.kind == "int" else float
    wanted = "a whole number" if option.kind == "int" else "a number"
    try:
        number = convert(str(value))
    except ValueError:
        raise _refused(option, wanted, repr(value)) from None
    if not option.low <= number <= option.high:
        raise _refused(option, wanted, str(value).strip())
    return number


def _refused(option: Option, wanted: str, value: str) -> OptionError:
    """The failure for a number that an option doesn't take."""
    takes = option.takes()
    message = f"{option.flag} takes {wanted}, {takes}, not {value}"
    return OptionError(option.name, message, f"{wanted} from {takes}, not {value}")


OPTIONS: Final = (
    Option("cell", "choice", "the recurrent cell", "lstm", choices=tuple(CELLS)),
    Option("hidden", "int", "hidden units", 128, low=1, high=4096, under={"tiny": 8}),
    Option(
        "epochs",
        "int",
        "passes over the data",
        3,
        low=1,
        high=MOST_EPOCHS,
        under={"notebook": 1, "tiny": 1, "accurate": 30},
    ),
    Option(
        "batch_size",
        "int",
        "samples per step",
        64,
        low=1,
        high=60_000,
        under={"notebook": 100, "accurate": 128},
    ),
    Option(
        "lr",
        "float",
        "peak learning rate",
        0.004,
        low=LEAST_LR,
        high=MAX_LR,
        under={"notebook": 0.01, "tiny": 0.02, "accurate": 0.006},
    ),
    Option("seed", "int", "seed of random numbers", 0, low=0, high=2**63 - 1),
    Option("dataset", "choice", "data set to learn", "mnist", choices=DATASETS, suffix=".npz"),
    Option("data_dir", "folder", "folder with a copy of the data", None),
    Option("device", "choice", "device to compute on", "auto", choices=DEVICES),
    Option("threads", "int", "0: half the cores", 0, low=0, high=1024),
    Option("augment", "flag", "rotate, scale, shear and shift", False, under={"accurate": True}),
    Option("preset", "choice", "training recipe", "default", choices=tuple(RECIPES)),
    Option("precision", "choice", "number format of matrix products", "float32", choices=PRECISIONS),
    Option("hold", "hold", "always hold activations", {}),
    Option("keep_moments", "int", "MB of earlier weights", 64, low=0, high=100_000),
)
"""Every option of a training, in the order of the form."""


def check(config: Config) -> None:
    """Check a configuration that was read from a file.

    Raises:
        UsageError: a value that its option doesn't take.
    """
    for option in OPTIONS:
        option.parse(getattr(config, option.name))
    check_hold(config.hold, config.cell, config.precision)


def check_hold(hold: Mapping[str, float], cell: str, precision: str) -> None:
    """Refuse to hold what a cell hasn't, or in products that are rounded: only the fast pass rounds, and it
    holds nothing.

    Raises:
        OptionError: one line with what can be held.
    """
    check_names(hold, CELLS[cell].activations)
    if hold and precision != "float32":
        wrong = f"what is held is computed in float32, not in {precision}; use float32"
        raise OptionError("hold", f"--hold: {wrong}", wrong)


def configure(given: Mapping[str, object]) -> Config:
    """Check the given values and fill in the rest from the preset.

    Args:
        given: values by option name, as text or in their own types; None means "not given".

    Raises:
        UsageError: an unknown option, a value that its option doesn't take, or one that is certain to fail on
            this machine.
    """
    unknown = set(given) - {option.name for option in OPTIONS}
    if unknown:
        raise UsageError(f"unknown option {sorted(unknown)[0]!r}")
    by_name = {option.name: option for option in OPTIONS}
    preset = by_name["preset"].parse(given.get("preset") or "default")
    values: dict[str, Any] = {}
    for option in OPTIONS:
        value = given.get(option.name)
        values[option.name] = option.default_for(preset) if value is None else option.parse(value)
    check_hold(values["hold"], values["cell"], values["precision"])
    for option in OPTIONS:
        require(option.name, values)
    return Config(**values)
