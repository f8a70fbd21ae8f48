"""The README's keys, events, files and commands match the program."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from kit.digits import REPOSITORY

from explorer import cli
from explorer.protocol.exports import EXPORTS
from explorer.runs.catalogue import create_run
from explorer.runs.config import OPTIONS, configure
from explorer.runs.events import AnyEvent, StepTrained
from explorer.runs.folder import RunFolder
from explorer.ui.screens.keys import INSIDE, KEYS
from explorer.ui.screens.pages import PAGES, standing_on
from explorer.ui.views.table import view_class

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
CODE = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
"""The code blocks, each with its language first."""
SPANS = [
    " ".join(span.split()) for span in re.findall(r"`([^`]+)`", re.sub(r"(?ms)^```.*?^```$", "", README))
]
"""The code in the sentences."""
OTHERS = {"--standalone", "--nproc-per-node"}
"""Options of torchrun."""


def table(heading: str) -> list[list[str]]:
    """Return the cells of the table with this first heading."""
    found = re.search(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", README, re.M)
    assert found, f"there is no table of a {heading}"
    return [row[1:-1].split(" | ") for row in found[1].splitlines()]


def in_backticks(text: str) -> list[str]:
    """Return the parts of a text that are in backticks."""
    return re.findall(r"`([^`]+)`", text)


class TestKeys:
    @pytest.fixture
    def shown(self) -> set[str]:
        """The keys in the README's table, which has two columns of them."""
        return {key for row in table("key") for column in (0, 2) for key in in_backticks(row[column])}

    @pytest.fixture
    def known(self) -> set[str]:
        """The keys of the main screen, and those that its views, its forms or Textual handle."""
        keys = {key.shown for keys in KEYS.values() for key in keys}
        return keys | {key for shown, _ in INSIDE for key in shown.split()}

    def test_every_page_is_there_with_its_key_its_question_and_its_views(self) -> None:
        wanted = []
        for number, (name, page) in enumerate(PAGES.items(), start=1):
            titles = ", ".join(view_class(view).about.title for view in standing_on(name))
            wanted.append([f" `{number}` {page.title}", page.question, titles + " "])
        assert [[*row[:2], row[2].replace(" matrix", "")] for row in table("page")] == wanted

    def test_every_key_is_in_the_table(self, shown: set[str], known: set[str]) -> None:
        assert known - shown == set()

    def test_every_key_in_the_table_exists(self, shown: set[str], known: set[str]) -> None:
        assert shown - known == set()


def test_the_table_of_exports_is_the_program_s_own() -> None:
    rows = [[f"`{name}`", row.title, ", ".join(row.formats)] for name, row in EXPORTS.items()]
    assert [[cell.strip() for cell in row] for row in table("`WHAT`")] == rows


def test_the_table_of_events_has_every_event_and_nothing_else() -> None:
    mentioned = [name for row in table("event") for name in in_backticks(row[0])]
    assert sorted(mentioned) == sorted(event.__name__ for event in get_args(AnyEvent))


def test_every_field_that_the_readme_reads_from_an_event_exists() -> None:
    wanted = re.search(r'select\(\.event == "(\w+)"\) \| \[(.*?)\]', README)
    assert wanted
    assert wanted[1] == StepTrained.__name__
    assert set(re.findall(r"\.(\w+)", wanted[2])) <= {*StepTrained.__struct_fields__}


class TestRunFolder:
    @pytest.fixture
    def listing(self) -> str:
        """The README's listing of a run's folder: its name, then one file or folder per line."""
        (listing,) = (block for _, block in CODE if block.startswith("runs/"))
        return listing

    @pytest.fixture
    def run(self, tmp_path: Path) -> RunFolder:
        return create_run(tmp_path, configure({}))

    def test_a_run_is_named_as_in_the_listing(self, listing: str, run: RunFolder) -> None:
        shape = re.sub(r"\d", "0", run.path.name)
        assert re.sub(r"\d", "0", listing.splitlines()[0]) == f"runs/{shape}/"

    def test_the_listing_has_every_file_of_a_run_and_nothing_else(self, listing: str, run: RunFolder) -> None:
        mentioned = re.findall(r"^    (\S+)", listing, re.M)
        known = {path.name for path in run.path.iterdir()}
        for name, kind in vars(RunFolder).items():
            path = getattr(run, name) if isinstance(kind, property) else None
            if isinstance(path, Path) and path.parent == run.path:
                known.add(path.name)
        assert sorted(name.rstrip("/") for name in mentioned) == sorted(known)

    def test_a_checkpoint_named_as_in_the_listing_is_found(self, listing: str, run: RunFolder) -> None:
        (name,) = re.findall(r"\S+\.safetensors", listing)
        (run.checkpoints / name).touch()
        assert [path.name for path in run.checkpoint_files()] == [name]


def command_lines() -> Iterator[list[str]]:
    """Yield the arguments of `gatescope` in the README's shell commands and sentences, split like a shell."""
    lines = [line for language, block in CODE if language == "sh" for line in block.splitlines()]
    for line in lines + [span for span in SPANS if span.startswith("gatescope ")]:
        words = shlex.shlex(line, posix=True, punctuation_chars=True)
        words.whitespace_split, words.commenters = True, "#"
        command: list[str] = []
        for word in [*words, ";"]:
            if set(word) <= set("();<>|&"):
                arguments = after_the_program(command)
                if arguments is not None:
                    yield arguments
                command = []
            else:
                command.append(word)


def after_the_program(words: list[str]) -> list[str] | None:
    """Return the arguments of gatescope in a command, even behind another program; None if it isn't there."""
    for place, word in enumerate(words):
        if word.rpartition("/")[2] == "gatescope":
            return words[place + 1 :]
        if words[place : place + 2] == ["-m", "explorer"]:
            return words[place + 2 :]
    return None


class TestCommands:
    LINES = sorted({" ".join(line) for line in command_lines()})

    def test_every_command_of_the_program_is_shown(self) -> None:
        shown = {word for line in self.LINES for word in line.split()[:1]}
        mentioned = shown | set(re.findall(r"\b(\w+) RUN\b", README))  # in a comment on another line
        assert {name for name, command in cli.main.commands.items() if not command.hidden} <= mentioned

    @pytest.mark.parametrize("line", LINES, ids=lambda line: line or "gatescope alone")
    def test_every_command_line_is_valid(
        self, line: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for name in re.findall(r"\S+\.npz", line):
            (tmp_path / name).touch()  # a data set of the reader's
        given: list[dict[str, Any]] = []
        monkeypatch.setattr(cli.main, "callback", lambda **options: 0)
        for command in cli.main.commands.values():
            monkeypatch.setattr(command, "callback", lambda **options: given.append(options))
        with pytest.raises(SystemExit) as end:
            cli.main(line.split())
        assert end.value.code == 0
        assert len(given) == bool(line)
        names = {option.name for option in OPTIONS}
        for options in given:  # and so are the values, except placeholders: CELL, SEED, N
            values = {name: value for name, value in options.items() if name in names and value is not None}
            configure({name: value for name, value in values.items() if not str(value).isupper()})

    def test_every_option_that_is_named_exists(self) -> None:
        commands = [cli.main, *cli.main.commands.values()]
        options = {name for one in commands for parameter in one.params for name in parameter.opts}
        helps = {name for one in commands for name in one.get_help_option_names(click.Context(one))}
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", README)) <= options | helps | OTHERS
