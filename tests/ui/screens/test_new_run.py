"""The form for a new run: every option of a training, described and checked as on the command line."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from kit.fake_engine import FakeEngine
from kit.screen import Visit, exploring, finished_run
from textual.widgets import Input, Label

from explorer.runs.catalogue import list_runs
from explorer.runs.config import DEVICES, OPTIONS, configure
from explorer.runs.data_files import DATA_FILES
from explorer.runs.folder import RunFolder
from explorer.ui.screens.new_run import A_FILE, NewRun, NewRunForm, as_typed
from explorer.ui.widgets.select import Select

BAD = [
    ("name", "one", "name: there is already a run 'one'; choose another"),
    ("name", " ", "name: up to 64 letters, digits, dots, dashes and underscores, not ' '"),
    ("name", "a b", "name: up to 64 letters, digits, dots, dashes and underscores, not 'a b'"),
    ("hidden", "0", "hidden: a whole number from 1 to 4,096, not 0"),
    ("hidden", "1e3", "hidden: a whole number from 1 to 4,096, not '1e3'"),
    ("epochs", "1.5", "epochs: a whole number from 1 to 10,000, not '1.5'"),
    ("batch_size", "-1", "batch size: a whole number from 1 to 60,000, not -1"),
    ("lr", "nan", "lr: a number from 1e-9 to 100, not nan"),
    ("lr", "fast", "lr: a number from 1e-9 to 100, not 'fast'"),
    ("seed", "[/x]", "seed: a whole number from 0 to 2^63-1, not '[/x]'"),
    ("threads", "1025", "threads: a whole number from 0 to 1,024, not 1025"),
    ("hold", "f", "hold: an activation and its value, such as f=1, not 'f'"),
    ("hold", "z=1", "hold: this cell's activations are i, f, g, o, c, h, not 'z'"),
    ("data_dir", "/no where", "data dir: '/no where' is not a folder; name one that holds mnist"),
]
"""Invalid values, and their error messages."""


@asynccontextmanager
async def form_opened(runs: Path) -> AsyncIterator[Visit]:
    """The form over a finished run."""
    finished_run(runs)
    async with exploring(runs) as visit:
        await visit.sees("✓ finished")
        await visit.press("n")
        await visit.until(lambda: isinstance(visit.app.focused, Input))
        yield visit


def field(visit: Visit, name: str) -> Input | Select:
    """A field of the form."""
    found = visit.app.screen.query_one(f"#{name}")
    assert isinstance(found, Input | Select)
    return found


def message(visit: Visit) -> str:
    """What the form says below its fields."""
    return str(visit.app.screen.query_one("#message", Label).render())


def marked(visit: Visit) -> list[str | None]:
    """The fields that are marked as wrong."""
    return [found.id for found in visit.app.screen.query(".-wrong")]


async def test_every_option_has_a_field_its_help_and_its_default(tmp_path: Path) -> None:
    async with form_opened(tmp_path) as visit:
        for option in OPTIONS:
            found = field(visit, option.name)
            await visit.sees(rf"│ {option.name.replace('_', ' ')} +\S.*{option.help[:20]}")
            if isinstance(found, Select):
                choices = [value for _, value in found.choices]
                file = [A_FILE] if option.suffix else []
                assert choices == ([False, True] if option.kind == "flag" else [*option.choices, *file])
                assert found.value == option.default
            elif option.kind == "hold":
                assert (found.value, found.placeholder) == ("", "nothing")
            elif option.kind != "folder":
                assert float(found.placeholder) == option.default


@pytest.mark.parametrize(
    ("preset", "shown"),
    [
        ("notebook", {"epochs": "1", "batch_size": "100", "lr": "0.01", "hidden": "128"}),
        ("tiny", {"epochs": "1", "batch_size": "64", "lr": "0.02", "hidden": "8"}),
        ("accurate", {"epochs": "30", "batch_size": "128", "lr": "0.006", "hidden": "128"}),
    ],
)
async def test_a_preset_shows_its_own_defaults(preset: str, shown: dict[str, str], tmp_path: Path) -> None:
    async with form_opened(tmp_path) as visit:
        for chosen in ("accurate", preset):  # what the one before has is not kept
            field(visit, "preset").value = chosen
            await visit.pilot.pause()
        for name, value in shown.items():
            await visit.until(lambda n=name, v=value: field(visit, n).placeholder == v)
        await visit.press("ctrl+s")
        await visit.until(lambda: len(list_runs(tmp_path)) == 2)
        assert list_runs(tmp_path)[0].read().config == configure({"preset": preset})


async def test_a_bad_value_is_one_line_and_its_field_is_marked_and_gets_the_focus(tmp_path: Path) -> None:
    async with form_opened(tmp_path) as visit:
        for name, value, said in BAD:
            field(visit, name).value = value
            await visit.press("ctrl+s")
            await visit.until(lambda said=said: message(visit) == said)
            await visit.until(lambda name=name: visit.app.focused is field(visit, name))
            assert marked(visit) == [name]
            await visit.sees("╭─ new run")
            field(visit, name).value = ""
            await visit.until(lambda: not marked(visit) and message(visit) == "")
        assert [run.name for run in list_runs(tmp_path)] == ["one"]
        await visit.press("ctrl+s")
        await visit.until(lambda: len(list_runs(tmp_path)) == 2)


async def test_an_invalid_name_is_reported_in_the_form_and_nothing_typed_is_lost(tmp_path: Path) -> None:
    async with form_opened(tmp_path) as visit:
        field(visit, "hidden").value = "7"
        for name, said in (("one", "name: there is already a run 'one'"), ("-b", "name: up to 64")):
            field(visit, "name").value = name
            await visit.press("ctrl+s")
            await visit.until(lambda said=said: message(visit).startswith(said))
            assert field(visit, "hidden").value == "7"
        field(visit, "name").value = "two"
        await visit.press("ctrl+s")
        await visit.until((tmp_path / "two" / "run.json").exists)
        assert RunFolder(tmp_path / "two").read().config.hidden == 7


async def test_an_empty_form_starts_the_default_run(tmp_path: Path) -> None:
    async with form_opened(tmp_path) as visit:
        await visit.press("enter")
        await visit.sees("● training .* LSTM 128")
        assert list_runs(tmp_path)[0].read().config == configure({})


async def test_the_run_is_trained_with_exactly_the_values_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.runs.requirements.CPUINFO", tmp_path / "nowhere")
    raw = tmp_path / "data" / "KMNIST" / "raw"
    raw.mkdir(parents=True)
    for file in DATA_FILES["kmnist"][1:]:
        (raw / file).touch()
    wanted = {
        "cell": "rnn",
        "hidden": "7",
        "epochs": "12",
        "batch_size": "50",
        "lr": "1e-3",
        "seed": "99",
        "dataset": "kmnist",
        "data_dir": str(raw),
        "device": "cpu",
        "threads": "2",
        "augment": True,
        "preset": "notebook",
        "precision": "bf16",
        "hold": "",
        "keep_moments": "8",
    }
    assert set(wanted) == {option.name for option in OPTIONS}
    async with form_opened(tmp_path / "runs") as visit:
        for name, value in wanted.items():
            field(visit, name).value = value
        field(visit, "name").focus()
        await visit.until(lambda: visit.app.focused is field(visit, "name"))
        await visit.press(*"mine", "enter")
        await visit.sees("● training .* RNN 7 · kmnist .* mine")
    run = list_runs(tmp_path / "runs")[0]
    assert (run.name, run.read().config) == ("mine", configure(wanted))
    engine = visit.engines[-1]
    assert isinstance(engine, FakeEngine)
    assert engine.folder.path == run.path


async def test_what_is_held_is_checked_against_the_cell_that_is_chosen(tmp_path: Path) -> None:
    async with form_opened(tmp_path) as visit:
        hold = field(visit, "hold")
        hold.value = "z=0.5, h = 1"
        hold.focus()
        await visit.until(lambda: visit.app.focused is hold)
        await visit.press("shift+tab")
        await visit.until(lambda: marked(visit) == ["hold"])
        field(visit, "cell").value = "gru"
        await visit.until(lambda: not marked(visit))
        await visit.press("ctrl+s")
        await visit.sees(r"● training .* GRU \(z=0.5, h=1\) 128")
        assert list_runs(tmp_path)[0].read().config.hold == {"z": 0.5, "h": 1.0}


async def test_an_option_is_picked_with_arrows_space_or_the_mouse(tmp_path: Path) -> None:
    async with form_opened(tmp_path) as visit:
        device = field(visit, "device")
        device.focus()
        await visit.until(lambda: visit.app.focused is device)
        for key, shown in {
            "right": "cpu", "space": "cuda", "enter": "mps", "a": "auto",
            "left": "mps", "c": "cpu", "C": "cuda", "x": "cuda",
        }.items():  # fmt: skip
            await visit.press(key)
            await visit.sees(rf"device +‹ {shown} › +{DEVICES.index(shown) + 1}/4")
        for x, shown in ((1, "cpu"), (9, "cuda"), (0, "cpu")):
            await visit.pilot.click(device, offset=(x, 0))
            await visit.sees(rf"device +‹ {shown} ›")
        assert list_runs(tmp_path)[0].name == "one"


async def test_the_focused_field_looks_different(tmp_path: Path) -> None:
    async with form_opened(tmp_path) as visit:
        for name in ("cell", "augment"):
            pick = visit.app.screen.query_one(f"#{name}", Select)
            before = pick.render_line(0)
            pick.focus()
            await visit.until(lambda pick=pick, before=before: pick.render_line(0) != before)


async def test_the_keyboard_alone_reaches_every_field_and_both_buttons(tmp_path: Path) -> None:
    async with form_opened(tmp_path) as visit:
        reached = []
        for _ in range(len(OPTIONS) + 3):
            assert visit.app.focused is not None
            reached.append(visit.app.focused.id)
            before = visit.app.focused
            await visit.press("tab")
            await visit.until(lambda before=before: visit.app.focused is not before)
        assert reached == ["name", *(option.name for option in OPTIONS), "cancel", "start"]


async def test_a_run_that_cannot_be_started_is_reported(tmp_path: Path) -> None:
    async with form_opened(tmp_path / "runs") as visit:
        (tmp_path / "runs").rename(tmp_path / "elsewhere")
        (tmp_path / "runs").write_text("no folder any more")
        await visit.press("ctrl+s")
        await visit.sees("can't write runs to")


async def test_a_field_is_marked_once_it_is_left_not_while_it_is_typed_into(tmp_path: Path) -> None:
    async with form_opened(tmp_path) as visit:
        hidden = field(visit, "hidden")
        hidden.focus()
        await visit.until(lambda: visit.app.focused is hidden)
        await visit.press("x")
        await visit.until(lambda: hidden.value == "x")
        await visit.pilot.pause()
        assert not marked(visit) and message(visit) == ""
        await visit.press("tab")
        await visit.until(lambda: marked(visit) == ["hidden"])
        assert message(visit) == "hidden: a whole number from 1 to 4,096, not 'x'"
        assert hidden.styles.background != field(visit, "epochs").styles.background
        await visit.press("shift+tab")
        await visit.until(lambda: visit.app.focused is hidden)
        hidden.value = "7"
        await visit.until(lambda: not marked(visit) and message(visit) == "")
        hidden.value = "7x"
        field(visit, "epochs").value = "?"  # left before, so this is said at once
        await visit.until(lambda: marked(visit))
        assert marked(visit) == ["epochs"]


async def test_all_that_is_wrong_is_marked_at_once_and_each_field_says_its_own(tmp_path: Path) -> None:
    async with form_opened(tmp_path) as visit:
        for name in ("epochs", "lr", "threads"):
            field(visit, name).value = "?"
        await visit.press("ctrl+s")
        await visit.until(lambda: marked(visit) == ["epochs", "lr", "threads"])
        await visit.until(lambda: visit.app.focused is field(visit, "epochs"))
        assert message(visit).startswith("epochs: ")
        field(visit, "threads").focus()
        await visit.until(lambda: message(visit).startswith("threads: "))


async def test_a_name_that_was_taken_while_the_form_was_open_is_marked(tmp_path: Path) -> None:
    async with form_opened(tmp_path) as visit:
        await visit.press(*"two", "tab")
        await visit.until(lambda: visit.app.focused is field(visit, "cell"))
        assert not marked(visit)
        finished_run(tmp_path, "two")
        await visit.press("ctrl+s")
        await visit.until(lambda: marked(visit) == ["name"])
        assert message(visit) == "name: there is already a run 'two'; choose another"


async def test_every_number_says_its_range_beside_its_field(tmp_path: Path) -> None:
    async with form_opened(tmp_path) as visit:
        for option in OPTIONS:
            if option.kind in ("int", "float"):
                await visit.sees(rf"│ {option.name.replace('_', ' ')} .* · {re.escape(option.takes())} +│")


async def test_a_file_is_named_by_keys_alone_on_a_line_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "motions.npz").touch()
    async with form_opened(tmp_path / "runs") as visit:
        place, file = field(visit, "data_dir"), field(visit, "file")
        assert place.display and not file.display
        field(visit, "dataset").focus()
        await visit.until(lambda: visit.app.focused is field(visit, "dataset"))
        await visit.press("a")
        await visit.until(lambda: file.display and file.region.area and not place.display)
        await visit.sees(r"dataset +‹ a file … ›")
        await visit.press("tab")
        await visit.until(lambda: visit.app.focused is file)
        await visit.press("ctrl+s")
        await visit.until(lambda: message(visit) == "file: a name that ends in .npz, not ''")
        file.value = f"{tmp_path}/other.npz"
        await visit.press("ctrl+s")
        await visit.until(lambda: "other.npz' is not a file" in message(visit))
        assert message(visit).startswith("file: '/") and marked(visit) == ["file"]
        file.value = f"{tmp_path}/motions.npz"
        field(visit, "augment").value = True
        await visit.press("ctrl+s")
        await visit.until(lambda: message(visit).startswith("augment: it is for images"))
        field(visit, "augment").value = False
        field(visit, "data_dir").value = "/no where"  # for the other data sets, so it doesn't matter
        await visit.press("ctrl+s")
        await visit.sees("● training .* LSTM 128 · motions.npz")
    config = list_runs(tmp_path / "runs")[0].read().config
    assert config == configure({"dataset": f"{tmp_path}/motions.npz"})


async def test_a_run_on_a_file_fills_in_the_form_that_asks_for_another_like_it(tmp_path: Path) -> None:
    (tmp_path / "motions.npz").touch()
    config = configure({"dataset": f"{tmp_path}/motions.npz", "hidden": 16})
    typed = as_typed(NewRun(config, None))
    assert (typed["dataset"], typed["file"]) == (A_FILE, f"{tmp_path}/motions.npz")
    finished_run(tmp_path / "runs")
    async with exploring(tmp_path / "runs") as visit:
        await visit.sees("✓ finished")
        visit.app.push_screen(NewRunForm(tmp_path / "runs", typed))
        await visit.until(lambda: isinstance(visit.app.screen, NewRunForm))
        form = visit.app.screen
        assert isinstance(form, NewRunForm) and form.answer().config == config
        await visit.sees(r"│ file +/")
        assert not field(visit, "data_dir").display
        await visit.press("ctrl+r")
        await visit.until(lambda: field(visit, "data_dir").display)
        assert form.answer().config == configure({})
