"""The font that ships with the program: pictures have text, and the same text, on every machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from kit.digits import REPOSITORY

from explorer.export import fonts
from explorer.export.graph import layout_process
from explorer.export.graph.graphviz import render
from explorer.export.graph.style import NODE
from explorer.system.errors import GatescopeError

NOTHING = "<fontconfig></fontconfig>"
"""A configuration of fontconfig without a folder: as on a machine without fonts."""


def drawing(text: str) -> str:
    """Return the source of a drawing of one box."""
    return f'digraph {{ a [label="{text}" fontname="{NODE["fontname"]}"] }}'


@pytest.fixture
def no_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without fonts: what fontconfig finds there is nothing, and it has no cache of fonts."""
    (tmp_path / "nothing.conf").write_text(NOTHING)
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "nothing.conf"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def boxes(source: str) -> bytes:
    """Return the png that the layout process makes with what the machine has, without our font."""
    command = [sys.executable, layout_process.__file__, "png"]
    done = subprocess.run(command, input=source.encode(), capture_output=True, timeout=60, check=True)
    return done.stdout


def test_a_picture_made_without_fonts_is_to_the_byte_the_one_made_with_fonts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = drawing("h · hidden state σ⊙∑→")
    with_fonts = [render(source, "png"), render(source, "svg")]
    (tmp_path / "nothing.conf").write_text(NOTHING)
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "nothing.conf"))
    assert [render(source, "png"), render(source, "svg")] == with_fonts
    assert boxes(source) != with_fonts[0]


def test_the_letters_are_letters_where_there_are_no_fonts(no_fonts: None) -> None:
    assert boxes(drawing("ab")) == boxes(drawing("cd"))  # empty boxes all look alike
    assert len({render(drawing(text), "png") for text in ("ab", "cd", "σ⊙", "ⱼ→")}) == 4


def test_a_pdf_has_the_font_in_it(no_fonts: None) -> None:
    assert b"DejaVuSans" in render(drawing("text"), "pdf")


def test_a_letter_that_the_font_lacks_is_looked_for_among_the_system_s_fonts(no_fonts: None) -> None:
    for text, configuration in (("модель-β → 2", "alone.conf"), ("模型", "first.conf")):
        with fonts.font_for(text) as environment:
            assert Path(environment["FONTCONFIG_FILE"]).name == configuration
    assert render(drawing("a 模型"), "png") != render(drawing("b 模型"), "png")  # ours is there, too


def test_a_font_that_is_missing_is_reported_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "ASSETS", (tmp_path,))
    with pytest.raises(GatescopeError, match=rf"is missing: {tmp_path}/fonts/.*ttf; reinstall gatescope$"):
        render(drawing("text"), "png")


def test_drawing_leaves_no_file_beside_the_font_nor_in_the_folder_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / os.fsdecode(b"a & caf\xe9")  # can't be written in XML
    odd.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(odd))
    assert render(drawing("ab"), "png") != render(drawing("cd"), "png")
    assert [*odd.iterdir()] == []


def test_the_font_is_here_with_its_license_and_nothing_else() -> None:
    folder = REPOSITORY / "assets" / "fonts"
    assert {path.name for path in folder.iterdir()} == {
        *(fonts.FILE, "LICENSE.txt", "alone.conf", "first.conf"),
    }
    assert "Permission is hereby granted, free of charge" in (folder / "LICENSE.txt").read_text()
