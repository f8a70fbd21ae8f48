"""Terminals of every size: the views are complete, and nothing overlaps."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path

import pytest
from kit.facts import changed
from kit.screen import ROOMY, Visit, exploring, finished_run, live_run
from textual.events import MouseDown, MouseMove, MouseUp
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from explorer.ui.screens.explore.screen import Explore
from explorer.ui.screens.pages import PAGES, standing_on
from explorer.ui.screens.view_grid import Shown, ViewGrid
from explorer.ui.views.table import VIEWS
from explorer.ui.widgets.message_line import Notice
from explorer.ui.widgets.painted import Painted
from explorer.ui.widgets.too_small import TooSmall

SIZES = [
    (60, 20),
    (61, 45),
    (80, 23),
    (80, 24),
    (100, 30),
    (117, 50),
    (118, 39),
    (118, 40),
    (160, 45),
    (220, 39),
    (220, 40),
    (250, 70),
]
"""Small, large, and on both sides of each change of layout."""
SYSTEM = "-textual-system"
DASHBOARD = ["belief", "confusion", "curves", "gates"]
"""The views of the first page, which stand side by side where there is room."""


async def resized(visit: Visit, width: int, height: int) -> None:
    """Resize the terminal, and wait until the screen is laid out for it."""
    await visit.pilot.resize_terminal(width, height)
    await visit.until(lambda: tuple(visit.app.screen.outer_size) == (width, height))


def shown(visit: Visit) -> list[Widget]:
    """Return the visible widgets of the main screen, without Textual's notices and tooltips."""
    return [
        widget
        for widget in visit.app.screen._compositor.visible_widgets
        if not any(node.has_class(SYSTEM) for node in widget.ancestors_with_self)
    ]


def problems(visit: Visit) -> list[str]:
    """Return each widget that lies outside the screen, overlaps another, or has a line of the wrong width."""
    screen, found = visit.app.screen, []
    widgets = shown(visit)
    for widget in widgets:
        if widget.region not in screen.region:
            found.append(f"{widget} at {widget.region} is outside")
        if isinstance(widget, Painted):
            width, height = widget.size
            lines = widget.paint(width, height)
            found += [f"{widget}: a line is not {width} wide" for line in lines if line.cell_length != width]
    for one, other in combinations(widgets, 2):
        if one.parent is other.parent and one.region.overlaps(other.region):
            found.append(f"{one} at {one.region} lies over {other} at {other.region}")
    return found


def active(visit: Visit) -> list[str | None]:
    """Return the names of the views that are shown."""
    return sorted(widget.id for widget in shown(visit) if widget.id in VIEWS)


def contents(view: str, width: int, height: int) -> list[str]:
    """Return the patterns that a view must show at this size; below 22 lines, not everything fits."""
    gates = ["is 0, read", "weights of step 0", r"unit 0(?s:.)* i +0\.9(?s:.)* h +-0\.54?0?(?=\s|$)"]
    cell = ["timestep 28 of 28 · unit 0", r"h' -0\.54", r"f·c +-?\d\.\d\d", r"o  = σ\(W_io x_t \+ b_io"]
    draw = ["^ *sample 0, unchanged", "read as 0 +91%", "ink, up"]
    belief = ["decided at", "91%", r"\d\.\d\d bits"]
    sources = ["▾", r"^ 1 +timestep now → +28", r"written at \d+: \d+%, ", r" 100%|before \d+: "]
    unit = [
        r"^unit 0 .* c −?\d+\.\d\d",
        "┊",
        "^c₂₈ = .* = ",
        "^keeps .*, writes",
        r"votes (at [0-9]+ )?(for|against)",
    ]
    both = {"sources": sources, "unit": unit}
    what_if = ["as trained", "nothing is changed", "read as 0 +91%", "weights of step 0"]
    usual = ["as trained .*95.00%", "f = 1  nothing is forgotten", "E: evaluate all of these"]
    compared = {"overlay": ["only one run: r lists"], "versus": [r"one +95.00% +baseline", "only one run"]}
    pair = ["one · LSTM 40", "no other run is chosen", "read as 0 +91%"]
    if height < 22:
        return {
            "gates": gates,
            "confusion": ["4 read as 9: 49"],
            "curves": ["test"],
            "belief": belief,
            "cell": cell[:-1],
            "mistakes": ["4 read as 9: 23", r"4,901 +9 99%"],
            **both,
            "draw": draw,
            "difference": what_if,
            "usual": usual,
            **compared,
            "pair": pair,
        }[view]
    return {
        "gates": [*gates, "^ +timestep 28 of 28"],
        "confusion": [
            "4 read as 9: 49",
            "all 10,000 test samples, evaluated at step 10",
            r" 9 +90 .* 909 +51\.8%",
        ],
        "curves": [r"loss .*• ", "● test"],
        "belief": belief,
        "cell": cell,
        "mistakes": ["4 read as 9: 23 of 10,000 test samples", r"4,901 +9 99%"],
        **both,
        "draw": [*draw, "▴"],
        "difference": [*what_if, r"28 of 28 · unit 0 · c [+-]", " F +f = 1: nothing is forgotten"],
        "usual": [*usual, "memory wiped before timestep 22"],
        **compared,
        "pair": [*pair, r"28 of 28 · unit 0 · c [+-]"],
    }[view]


async def test_without_borders_no_view_of_80_columns_touches_the_edges_but_with_its_cursor(
    tmp_path: Path,
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        for view in ("gates", "sources", "unit", "cell"):
            await visit.turn_to(view)
            await visit.enlarge()
            await visit.sees("weights of step 0", f"#{view}")
            shown_here = visit.widget(f"#{view}")
            strips = [shown_here.render_line(y).text for y in range(shown_here.size.height)]
            left = (80 - len(strips[0])) // 2
            padded = [f"{' ' * left}{text}{' ' * left}" for text in strips]
            assert {line[0] for line in padded} <= {" "} and any(line[1:].strip() for line in padded)
            assert {line[-1] for line in padded} <= ({" "} if view != "gates" else {" ", "0"})


async def test_at_every_size_each_view_is_complete_and_nothing_overlaps(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        for size in SIZES:
            await resized(visit, *size)
            for view in VIEWS:
                await visit.turn_to(view)
                texts = contents(view, *size)
                if view == "cell" and size[0] >= 118 and size[1] >= 40 and (size[0] < 150 or size[1] < 45):
                    texts.pop()  # in its place on the page there is no room for the equations
                for text in texts:
                    await visit.sees(text, f"#{view}")
                await visit.until(lambda: not problems(visit))
                alone = size[0] < 118 or size[1] < 40
                sharing = {  # one place, by turns
                    "read": {"unit", "cell"},
                    "draw": {"gates", "belief"},
                    "compare": {"overlay", "pair"},
                }
                turns = sharing.get(visit.views.page, set()) if size[0] < 150 else set()

                def arranged(view=view, alone=alone, turns=turns):
                    now, every = {*active(visit)}, {*standing_on(visit.views.page)}
                    whole = now - turns == every - turns and len(now & turns) == bool(every & turns)
                    return view in now and (now == {view} if alone else whole)

                await visit.until(arranged)


async def test_the_footer_shows_the_keys_of_the_active_view_and_those_that_do_something_now(
    tmp_path: Path,
) -> None:
    matrix = r"^ ↑ ↓ ← → Square  enter Samples  n New  p Train longer  r Runs  \? Help  q Quit *$"
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        gates = r"^ ↑ ↓ Timestep  ← → Unit  \[ \] Sample  n New  p Train longer  \? Help  q Quit *$"
        await visit.sees(gates, "KeyLine")
        await visit.turn_to("confusion")
        await visit.sees(matrix, "KeyLine")
        await visit.turn_to("curves")
        await visit.sees("^ ← → Cursor .*S Smooth  L Lines  n New  p Train longer  ", "KeyLine")
        await resized(visit, *ROOMY)
        await visit.sees("z Enlarge .* p Train longer  c Cell .* q Quit *$", "KeyLine")
    with live_run(tmp_path, "two") as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees(r"m Misread .*n New  p Pause  s Stop  \+ - Rate  c Cell", "KeyLine")
            await visit.press("p")
            await visit.sees(r"n New  p Continue  s Stop  \+ - Rate  c Cell", "KeyLine")
            engine.write(changed("diverged"))
            await visit.sees(r"n New  p Resume  c Cell", "KeyLine")
            engine.end("stopped")
            await visit.sees(r"n New  p Resume  c Cell", "KeyLine")


async def test_at_eighty_by_twenty_four_tab_goes_through_the_views_of_the_page(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        await visit.sees("^ 1 Train  2 .* tab: curves  confusion  gates  belief $")
        await visit.sees("is 0, read as 0")
        for number, page in enumerate(PAGES, start=1):
            await visit.press(f"{number}")
            await visit.until(lambda page=page: visit.views.page == page)
            names = standing_on(page)
            at = names.index(visit.views.active)
            turns = [("tab", at + step) for step in range(1, len(names) + 1)]
            turns += [("shift+tab", at + step) for step in range(len(names) - 1, -1, -1)]
            for key, place in turns:
                await visit.press(key)
                view = names[place % len(names)]
                pair = ["belief", "gates"]  # on the second page there is room for both
                wanted = pair if page == "read" and view in pair else [view]
                await visit.until(lambda w=wanted, v=view: active(visit) == w and visit.app.focused.id == v)


async def test_an_enlarged_view_fills_the_screen_and_shrinks_again(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        for view in DASHBOARD:
            await visit.turn_to(view)
            before = visit.widget(f"#{view}").size
            await visit.press("z")
            await visit.until(lambda v=view: active(visit) == [v])
            assert visit.widget(f"#{view}").region == visit.widget("ViewGrid").region
            assert visit.app.focused is visit.widget(f"#{view}")
            await visit.press("z")
            await visit.until(lambda: active(visit) == DASHBOARD)
            await visit.until(lambda v=view, b=before: visit.widget(f"#{v}").size == b)
            assert visit.app.focused is visit.widget(f"#{view}")


async def test_a_view_that_fills_the_screen_already_says_so(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (60, 20)) as visit:
        await visit.sees("is 0, read as 0")
        await visit.press("z")
        await visit.sees("this view already fills the screen ")


async def test_enlarged_gates_are_in_two_bands_with_the_sample_and_the_values_once(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees(r"40 units, 0–\d+ shown", "#gates")
        await visit.press("z")
        await visit.sees("40 units, 0–38 shown", "#gates")
        await visit.sees(r"i input gate +f forget gate +g candidate *$", "#gates")
        await visit.sees(r"o output gate +c memory +h hidden state *$", "#gates")
        await visit.click("#gates", 32 + 5, 17 + 3)
        await visit.sees(r"timestep 5 of 28 .*\n  unit 5 ", "#gates")
        lines = visit.text_in("#gates").splitlines()
        marked = [number for number, line in enumerate(lines) if "▝" in line]
        assert marked == [3, 17 + 3]  # timestep 5 is the upper half of the third line of each band
        assert [lines[number].index("▝") for number in marked] == [1, 31]
        assert sum(line.count("▴") for line in lines) == 6


async def test_a_high_terminal_shows_the_gates_in_two_bands_beside_the_other_views(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (200, 60)) as visit:
        await visit.sees(r"i input gate +f forget gate +g candidate *$", "#gates")
        await visit.sees(r"^ +o output gate +c memory +h hidden state *$", "#gates")
        assert active(visit) == DASHBOARD
        assert visit.widget("#curves").size.height >= 14
        await visit.until(lambda: not problems(visit))


async def test_a_narrow_terminal_gives_the_curves_what_the_matrix_does_not_need(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (120, 40)) as visit:
        await visit.sees("4 read as 9: 49   enter: its samples", "#confusion")
        await visit.until(lambda: visit.widget("#curves").region.width == 57)
        await resized(visit, *ROOMY)
        await visit.until(lambda: visit.widget("#confusion").region.width == 73)


async def test_others_are_told_once_whenever_something_else_is_shown(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        views, heard = visit.views, list[Shown]()
        post = views.post_message

        def noted(message: Message) -> bool:
            if isinstance(message, ViewGrid.Arranged):
                heard.append(message.shown)
            return post(message)

        views.post_message = noted  # type: ignore[method-assign]
        await visit.sees("is 0, read as 0")
        for size, small, above in (
            ((80, 23), True, 2),
            ((80, 24), True, 3),
            (ROOMY, False, 2),
            ((60, 20), True, 2),
        ):
            await resized(visit, *size)
            await visit.until(lambda wanted=(small, small): (views.single, views.small) == wanted)
            await visit.until(lambda above=above: visit.widget("Status").size.height == above)
            await visit.until(lambda above=above: visit.widget("ViewGrid").region.y == above)
            assert views.can_enlarge == (not small)
        await visit.until(lambda: heard[-1:] == [Shown("train", "gates", single=True, small=True)])
        for view in ("curves", "curves", "confusion"):
            await visit.turn_to(view)
        await visit.until(lambda: heard[-1:] == [Shown("train", "confusion", single=True, small=True)])
        await visit.press("2")
        await visit.until(lambda: heard[-1:] == [Shown("read", "gates", single=True, small=True)])
        await resized(visit, 80, 24)  # the views of that page that belong together
        await visit.until(lambda: heard[-1:] == [Shown("read", "gates", single=False, small=True)])
        assert all(one != other for one, other in pairwise(heard))


async def test_a_terminal_that_is_too_small_says_so_and_loses_nothing(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        await visit.turn_to("confusion")
        for small in ((40, 10), (59, 45), (160, 19), (1, 1)):
            await resized(visit, *small)
            await visit.until(lambda: [type(w) for w in shown(visit) if not w.children] == [TooSmall])
            if small[0] >= 30:
                await visit.sees(rf"{small[0]}×{small[1]} *\n *the explorer needs 60×20")
        await resized(visit, *ROOMY)
        await visit.until(lambda: active(visit) == DASHBOARD)
        await visit.until(lambda: visit.app.focused is visit.widget("#confusion"))
        for text in ("is 0, read as 0", "4 read as 9", "● test", "✓ finished", "q Quit"):
            await visit.sees(text)
        await visit.until(lambda: not problems(visit))


@pytest.mark.parametrize("key", ["n", "question_mark", "ctrl+p", "r"])
async def test_over_a_dialog_it_says_so_too_and_what_was_typed_and_the_focus_stay(
    key: str, tmp_path: Path
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        await visit.sees("is 0, read as 0")
        await visit.press(key)
        await visit.until(lambda: len(visit.app.screen_stack) == 2 and visit.app.screen.focused is not None)
        dialog, focused = visit.app.screen, visit.app.screen.focused
        if key == "r":
            await visit.sees("1 run ")
        opened = visit.text
        await visit.press("s")  # typed, or in the list of runs sorts it; in the help it does nothing
        await visit.until(lambda: visit.text != opened or key == "question_mark")

        def there() -> str:
            """What is on the screen; of a palette, whose hits come one after the other, what was typed."""
            return dialog.query_one(Input).value if key == "ctrl+p" else visit.text

        before = there()
        for small in ((59, 19), (80, 19), (59, 24)):
            await resized(visit, *small)
            said = f"{small[0]}×{small[1]} the explorer needs 60×20"
            await visit.until(lambda said=said: visit.text.split() == said.split())
        await visit.press("escape")  # no key acts that is said nowhere
        await resized(visit, 80, 24)
        await visit.until(lambda: there() == before and "the explorer needs" not in visit.text)
        assert visit.app.screen is dialog and dialog.focused is focused


async def test_a_mouse_event_beyond_the_edge_of_a_shrunken_terminal_keeps_the_focus(
    tmp_path: Path,
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        await visit.sees("timestep 28 of 28")
        for kind in (MouseDown, MouseUp, MouseMove):
            visit.app.post_message(kind(None, 120, 40, 0, 0, 1, False, False, False, 120, 40))
        await visit.pilot.pause()
        assert visit.app.focused is visit.widget("#gates")
        await visit.press("up")
        await visit.sees("timestep 27 of 28")


async def test_a_notice_covers_neither_the_status_nor_the_keys(tmp_path: Path) -> None:
    finished_run(tmp_path)
    for size in ((80, 24), ROOMY):
        async with exploring(tmp_path, size) as visit:
            await visit.sees("is 0, read as 0")
            await visit.press("s")
            await visit.sees("this run is finished")
            lines = visit.text.splitlines()
            assert "✓ finished" in lines[0]
            assert "100%" in lines[1]
            await visit.until(lambda visit=visit: "q Quit" in visit.text.splitlines()[-1])
            assert not problems(visit)


async def test_below_twenty_four_lines_a_message_takes_the_line_of_the_keys_while_it_lasts(
    tmp_path: Path,
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (60, 20)) as visit:
        await visit.sees("is 0, read as 0")
        await visit.until(lambda: visit.widget("#gates").size == (60, 17))
        main = visit.app.screen_stack[0]
        assert isinstance(main, Explore)
        main.say(Notice("in passing", seconds=0.3))
        await visit.until(lambda: visit.text.splitlines()[-1].strip() == "in passing")
        assert visit.widget("#gates").size == (60, 17)
        assert not problems(visit)
        await visit.until(lambda: "q Quit" in visit.text.splitlines()[-1])
        assert visit.widget("#gates").size == (60, 17)
        assert not problems(visit)


async def test_a_click_on_a_key_in_the_footer_does_what_the_key_does(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (170, 24)) as visit:
        await visit.turn_to("curves")
        line = (await visit.sees("^ ← → Cursor .* tab View .* Quit", "KeyLine")).group()
        for name, title in (("New", "new run"), ("Export", "export"), ("Help", "help")):
            await visit.click("KeyLine", line.index(name) + 1, 0)
            await visit.sees(rf"╭─ {title} ─")
            await visit.press("escape")
            await visit.back()
        await visit.pilot.hover("KeyLine", offset=(line.index("tab"), 0))
        await visit.until(lambda: visit.widget("KeyLine").tooltip == "next view of the page")
        await visit.click("KeyLine", line.index("tab"), 0)
        await visit.until(lambda: active(visit) == ["confusion"])
