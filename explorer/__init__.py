"""gatescope: a terminal explorer of recurrent gates.

    commands   the subcommands, one kind per file
    ui         the screen: Textual, never torch
    export     what can be taken away from a run, written to files
    bench      the time of a training step, compared with other implementations
    engine     the process that trains and answers probes: torch, never Textual
    protocol   the requests and answers between the two, and the tables of questions and exports
    runs       a run on disk: its folder, configuration and events
    system     what the operating system gives, and what it refuses

Imports run one way: `cli` → commands → ui, export, bench → engine → protocol → runs → system, `models`.
The screen imports neither engine nor export, and the engine and the exports never import the screen. `start`
comes before all of them.
"""

from typing import Final

from explorer.start import load

__version__: Final = "0.2.0.dev0"
"""The version of the distribution `gatescope`."""

load("models")  # ours, also where another one is found first
