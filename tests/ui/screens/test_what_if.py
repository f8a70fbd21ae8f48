"""Interventions and earlier weights: chosen by keys, asked of the engine, said on the screen, taken back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from kit.facts import changed
from kit.screen import Visit, beginning, exploring, finished_run, learning, new_run
from textual.widgets import Input

from explorer.protocol.questions import NO_INTERVENTION, Ask, Intervention, Selection, Span, Wipe
from explorer.runs.events import MomentKept
from explorer.runs.writer import EventWriter
from explorer.ui.screens.explore.screen import Explore

HELD = Intervention(hold={"f": 1.0})


def asked(visit: Visit) -> Selection:
    """Return what the engine was asked about last."""
    requests = [request for request in visit.engines[-1].requests if isinstance(request, Ask)]
    return requests[-1].selection


def chosen(visit: Visit) -> tuple[Selection, Selection | None]:
    """Return what is chosen, and what it is compared with."""
    main = visit.app.screen_stack[0]
    assert isinstance(main, Explore)
    return main.choice.now.selection, main.choice.now.against


async def change(visit: Visit, **fields: str) -> None:
    """Fill in the form behind i, and have the sample read so."""
    await visit.press("i")
    await visit.sees("─ what if ─")
    for name, text in fields.items():
        visit.app.screen.query_one(f"#{name}", Input).value = text
    await visit.press("ctrl+s")


@pytest.mark.parametrize("size", [(160, 45), (120, 40), (80, 24), (60, 20)])
async def test_a_change_is_asked_about_said_and_taken_back(tmp_path: Path, size: tuple[int, int]) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.sees("weights of step 0", "#gates")
        await change(visit, hold="f=1")
        await visit.back()
        await visit.sees("f = 1", "Status")
        await visit.until(lambda: asked(visit).intervention == HELD)
        assert chosen(visit)[1] == Selection()
        await visit.press("delete")
        await visit.sees_no("f = 1")
        assert chosen(visit) == (Selection(), None)
        await visit.press("delete")
        await visit.sees("nothing is changed while it reads; i changes something")


@pytest.mark.parametrize(
    ("size", "named"),
    [
        ((160, 45), ["w With/out", "delete Undo", "backspace Undo all"]),
        ((120, 40), ["w With/out", "delete Undo"]),
        ((80, 24), ["delete Undo"]),
    ],
)
async def test_the_keys_of_a_change_are_in_the_footer_only_while_there_is_one(
    tmp_path: Path, size: tuple[int, int], named: list[str]
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.sees("weights of step 0", "#gates")
        for view in ("gates", "belief", "difference", "draw"):
            await visit.turn_to(view)
            assert not re.search("With/out|Undo all|delete", visit.text_in("KeyLine"))
            await change(visit, hold="f=1")
            for key in named:
                await visit.sees(key, "KeyLine")
            await visit.press("delete")
            await visit.until(lambda: not re.search("With/out|Undo all|delete", visit.text_in("KeyLine")))


async def test_all_kinds_of_changes_combine_and_are_filled_in_again(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("weights of step 0", "#gates")
        typed = {"hold": "f=1, o=0.5", "silence": "3,17", "wipe": "15, c@20", "blank": "20-28"}
        await change(visit, **typed, append_blank="8")
        wanted = Intervention(
            {"f": 1.0, "o": 0.5}, (3, 17), (Wipe(15), Wipe(20, "c")), (Span(20, 28),), append_blank=8
        )
        await visit.until(lambda: asked(visit).intervention == wanted)
        await visit.press("i")
        await visit.sees("─ what if ─")
        assert {name: visit.app.screen.query_one(f"#{name}", Input).value for name in typed} == typed
        await visit.press("escape")
        await visit.back()
        assert chosen(visit)[0].intervention == wanted


async def test_the_newest_change_goes_first_and_all_go_at_once(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("weights of step 0", "#gates")
        await change(visit, hold="f=1")
        await visit.sees("f = 1", "Status")
        await change(visit, hold="f=1", silence="3")
        await visit.sees("f = 1 · unit 3 silent", "Status")
        await visit.press("delete")
        await visit.sees("f = 1", "Status")
        await visit.sees_no("silent")
        await change(visit, hold="f=1", blank="2")
        await visit.sees("2 blank", "Status")
        await visit.press("backspace")
        await visit.sees_no("f = 1")
        await visit.press("delete")
        await visit.sees("nothing is changed")


async def test_w_shows_it_without_and_with_again_whatever_sample_is_chosen_meanwhile(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("weights of step 0", "#gates")
        await visit.press("w")
        await visit.sees("nothing is changed")
        await change(visit, hold="f=1")
        await visit.sees("f = 1", "Status")
        await visit.press("w")
        await visit.sees("without f = 1", "Status")
        await visit.press("]")
        await visit.sees("sample 1 ", "#gates")
        assert asked(visit).intervention == NO_INTERVENTION
        await visit.press("w")
        await visit.sees_no("without")
        await visit.until(lambda: asked(visit).intervention == HELD)
        assert asked(visit).subject == chosen(visit)[0].subject
        await visit.sees("sample 1 ", "#gates")


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("hold", "f", "hold: an activation and its value, such as f=1, not 'f'"),
        ("hold", "z=1", "hold: this cell's activations are i, f, g, o, c, h, not 'z'"),
        ("silence", "40", "silence: units from 0 to 39, not 40"),
        ("wipe", "57", "wipe: timesteps from 1 to 28, not 57"),
        ("blank", "5-4", "blank: timesteps from 1, such as 20 or 20-28, not '5-4'"),
        ("append_blank", "1001", "append blank: a whole number from 0 to 1,000, not '1001'"),
    ],
)
async def test_what_cannot_be_changed_is_said_in_the_form(
    tmp_path: Path, field: str, text: str, said: str
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("weights of step 0", "#gates")
        await change(visit, **{field: text})
        await visit.until(lambda: said in visit.text)
        assert chosen(visit)[0].intervention == NO_INTERVENTION


async def test_earlier_weights_are_asked_one_after_the_other_and_then_those_of_now(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    writer = EventWriter(folder.events)
    kept = [MomentKept(time=5.0, step=step, path=f"moments/step-{step:08d}.safetensors") for step in (1, 4)]
    for event in [*beginning(), *learning(), *kept, changed("finished")]:
        writer.write(event)
    writer.close()
    async with exploring(tmp_path) as visit:
        await visit.sees("weights of step 0", "#gates")
        for key, step in (("<", 4), ("<", 1), ("<", 0), (">", 1)):
            await visit.press({"<": "less_than_sign", ">": "greater_than_sign"}[key])
            await visit.sees(rf"at step {step} *$", "Status")
            assert chosen(visit)[0].moment == step
        moments = [request.selection.moment for request in visit.engines[-1].requests]
        assert moments == [None, 4, 1, 0]  # what was asked before is kept
        await visit.press("less_than_sign", "less_than_sign")
        await visit.sees("no earlier weights were kept")
        await visit.press(*["greater_than_sign"] * 3)
        await visit.until(lambda: "at step" not in visit.text_in("Status"))
        assert chosen(visit)[0].moment is None
        await visit.press("greater_than_sign")
        await visit.sees("these are the newest weights; < shows earlier ones")


async def test_another_run_is_read_as_it_is(tmp_path: Path) -> None:
    finished_run(tmp_path, "other", "gru")
    finished_run(tmp_path, "one")
    async with exploring(tmp_path) as visit:
        await visit.sees("weights of step 0", "#gates")
        await change(visit, hold="f=1")
        await visit.sees("f = 1", "Status")
        main = visit.app.screen_stack[0]
        assert isinstance(main, Explore)
        other = type(main.run.folder)(tmp_path / "other")
        main.open_run(other)
        await visit.sees("GRU 40 .* other")
        await visit.sees_no("f = 1")
        assert chosen(visit) == (Selection(), None)


async def test_no_run_can_be_changed_while_none_is_open(tmp_path: Path) -> None:
    (tmp_path / "file").touch()  # no run can be made there
    async with exploring(tmp_path / "file") as visit:
        await visit.sees("can't write runs to")
        await visit.press("escape")
        await visit.back()
        await visit.press("i", "w", "delete", "backspace", "less_than_sign", "greater_than_sign")
        await visit.sees("no run is open|nothing is changed|newest weights")
        assert len(visit.app.screen_stack) == 1
