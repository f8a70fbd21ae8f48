"""From an answer to the content of a picture: the same bytes for the same answer."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import Any, Final, NamedTuple

import matplotlib
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG

from explorer import __version__
from explorer.export.figures.again import command_of
from explorer.export.figures.heading import Source, changes_of, shown, subject_of, title_of
from explorer.export.figures.lettering import SIZE, families_for
from explorer.export.figures.sheet import Sheet
from explorer.protocol.questions import Answer

Draw = Callable[[Answer, Sheet], None]
"""Draws one probe's answer onto a sheet."""

DPI: Final = 300
"""Pixels of a png to an inch: what print needs."""

_INK: Final = "#222222"
STYLE: Final[Mapping[Any, Any]] = {
    "font.size": SIZE,
    "axes.titlesize": SIZE,
    "axes.labelsize": SIZE,
    "xtick.labelsize": SIZE,
    "ytick.labelsize": SIZE,
    "legend.fontsize": SIZE,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": "#666666",
    "axes.linewidth": 0.5,
    "axes.labelpad": 1.5,
    "xtick.color": "#666666",
    "ytick.color": "#666666",
    "xtick.labelcolor": _INK,
    "ytick.labelcolor": _INK,
    "xtick.major.size": 2.0,
    "ytick.major.size": 2.0,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.major.pad": 1.5,
    "ytick.major.pad": 1.5,
    "lines.linewidth": 1.0,
    "savefig.dpi": DPI,
    "text.parse_math": False,  # a run's name may have two dollars
    "pdf.fonttype": 42,  # TrueType: journals refuse Type 3
    "svg.fonttype": "none",  # text stays text, as in the graph's svg
    "svg.hashsalt": "gatescope",  # else its ids are random
}
"""What differs from matplotlib's own defaults; a `matplotlibrc` of the user's doesn't count."""


def draw_figure(draw: Draw, answer: Answer, source: Source, kind: str, *, titled: bool) -> bytes:
    """Draw an answer.

    Args:
        draw: what draws this probe's answers.
        answer: what is drawn.
        source: the run that was asked.
        kind: svg, pdf or png.
        titled: whether the figure says what it shows. Its metadata always do.
    """
    run = shown(source.run)  # a folder may have any name, and control characters would end an svg
    title, changes = title_of(answer, source), changes_of(answer)
    arrays = answer.arrays.values()
    names = chain.from_iterable(chain.from_iterable(array.coordinates.values()) for array in arrays)
    labels = (array.label for array in arrays)
    text = "".join([*title, *changes, *answer.arrays, *labels, *names, *source.classes])
    facts = {"run": run, "step": str(answer.step), "subject": subject_of(answer.asked.subject)}
    about = About(
        f"{answer.what}: {', '.join([*title, *changes])}", command_of(answer, run, kind, titled), facts
    )
    with styled(shown(text)):
        sheet = Sheet(title if titled else None, changes, [shown(name) for name in source.classes])
        draw(answer, sheet)
        return content_of(sheet, kind, about)


class About(NamedTuple):
    """What the metadata of a figure say."""

    title: str
    """What it shows."""
    command: str
    """The command that makes it again."""
    facts: Mapping[str, str]
    """Where it comes from."""


def content_of(sheet: Sheet, kind: str, about: About) -> bytes:
    """The content of a finished figure, which was drawn and is printed within `styled`."""
    content = io.BytesIO()
    canvas, describe = _FORMATS[kind]
    canvas(sheet.figure).print_figure(content, format=kind, metadata=describe(*about))
    return content.getvalue()


@contextmanager
def styled(text: str) -> Iterator[None]:
    """Draw within this in the style of all figures, with fonts for such a text."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # it is drawn as a box
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**STYLE, "font.family": families_for(text)})
        yield


_BY: Final = f"gatescope {__version__}"


def _of_svg(about: str, command: str, facts: Mapping[str, str]) -> dict[str, Any]:
    """Dublin Core's words, without a date."""
    keywords = [f"{name}: {value}" for name, value in facts.items()]
    return {"Title": about, "Description": command, "Keywords": keywords, "Creator": _BY, "Date": None}


def _of_pdf(about: str, command: str, facts: Mapping[str, str]) -> dict[str, Any]:
    """The words of a PDF's information, without a date."""
    keywords = "; ".join(f"{name}: {value}" for name, value in facts.items())
    return {
        "Title": about, "Subject": command, "Keywords": keywords, "Creator": _BY, "CreationDate": None
    }  # fmt: skip


def _of_png(about: str, command: str, facts: Mapping[str, str]) -> dict[str, Any]:
    """The words that the PNG specification has for texts, and the facts under their own names."""
    return {"Title": about, "Description": command, "Software": _BY} | {
        name.capitalize(): value for name, value in facts.items()
    }


_FORMATS: Final[
    Mapping[str, tuple[type[FigureCanvasBase], Callable[[str, str, Mapping[str, str]], dict[str, Any]]]]
] = {
    "svg": (FigureCanvasSVG, _of_svg),
    "pdf": (FigureCanvasPdf, _of_pdf),
    "png": (FigureCanvasAgg, _of_png),
}
"""What draws a format, and what its metadata are called."""
