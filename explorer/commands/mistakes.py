"""What is said about a command line that can't be understood: one line with a cure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import click

ALIKE = 0.7
"""How alike a word must be to one that is suggested, 0..1: `--epoch` and `--epochs` are 0.9, and `--frob` and
`--lr`, without their dashes, 0.3."""


def describe(error: click.ClickException) -> str:
    """What is wrong, and what was meant, or else which command's help says what is right."""
    context = getattr(error, "ctx", None)
    see = f"see `{context.command_path if context else 'gatescope'} --help`"
    match error:
        case click.NoSuchOption(option_name=word, ctx=click.Context() as context):
            known = [name for parameter in context.command.get_params(context) for name in parameter.opts]
            return (
                f"no such option {word}; {_meant(word, (name for name in known if name[:2] == '--')) or see}"
            )
        case click.exceptions.NoSuchCommand(
            command_name=word, ctx=click.Context(command=click.Group() as group)
        ):
            known = [name for name, command in group.commands.items() if not command.hidden]
            return f"no such command {word or repr(word)}; {_meant(word, known) or see}"
        case click.MissingParameter(param=click.Parameter() as missing, ctx=click.Context() as context):
            return f"{missing.make_metavar(context).strip('{}')} is missing; {see}"
        case click.BadOptionUsage(option_name=name):
            return f"{name} {'needs a' if 'requires' in error.message else 'takes no'} value"
        case click.BadParameter():
            message = error.message
        case _:
            message = error.format_message().removeprefix("Got ")
    return f"{message[:1].lower()}{message[1:].rstrip('.')}; {see}"


def _meant(word: str, known: Iterable[str]) -> str:
    """Ask whether a known word was meant: the only one that begins like this, or one much like it."""
    bare = {name.lstrip("-"): name for name in known}
    word = word.lstrip("-").replace("_", "-").lower()
    meant = [name for name in bare if len(word) > 1 and name.startswith(word)]
    if len(meant) != 1:
        meant = get_close_matches(word, bare, n=1, cutoff=ALIKE)
    return f"did you mean {bare[meant[0]]}?" if meant else ""
