"""The boxes over the explorer: switching, help, the command palette, exporting, leaving."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from threading import Event
from unittest.mock import patch

import pytest
from kit.facts import changed
from kit.fake_engine import FakeEngine
from kit.screen import ROOMY, Visit, beginning, exploring, finished_run, learning, live_run, new_run
from textual.events import MouseEvent, MouseScrollDown, MouseScrollUp, Resize
from textual.geometry import Region, Size
from textual.widget import Widget
from textual.widgets import Input

from explorer.protocol.messages import Stop
from explorer.protocol.questions import Selection
from explorer.runs.catalogue import create_run, list_runs
from explorer.runs.config import configure
from explorer.runs.events import CheckpointSaved, LearningRateChanged
from explorer.runs.folder import RunFolder
from explorer.runs.launch import START
from explorer.runs.summary import Summary, summarise
from explorer.runs.writer import EventWriter
from explorer.ui.screens.export import ExportForm, ExportWanted, Shown
from explorer.ui.screens.keys import INSIDE, KEYS
from explorer.ui.screens.new_run import NewRun, NewRunForm
from explorer.ui.widgets.choice_list import ChoiceList
from explorer.ui.widgets.message_line import MessageLine, Notice
from explorer.ui.widgets.select import Select

EVERY_KEY = [key for keys in KEYS.values() for key in keys]


async def opened(visit: Visit, key: str, title: str) -> None:
    """Press a key, and wait until its dialog is open and has the focus."""
    await visit.press(key)
    await visit.sees(rf"╭─ {title} ─")
    await visit.until(lambda: visit.app.focused and visit.app.focused.screen is visit.app.screen)


def scrolled(kind: type[MouseEvent], widget: Widget) -> MouseEvent:
    """Make a mouse wheel event over a widget."""
    return kind(widget, 1, 1, 0, 0, 0, shift=False, meta=False, ctrl=False)


class TestSwitching:
    async def test_another_run_is_chosen_from_a_list_with_the_newest_first(self, tmp_path: Path) -> None:
        finished_run(tmp_path, "older", "rnn")
        (new_run(tmp_path, "broken").path / "run.json").write_text("{")
        finished_run(tmp_path, "newest")
        async with exploring(tmp_path) as visit:
            await visit.sees("finished .* LSTM 40 .* newest")
            await opened(visit, "r", "switch run")
            await visit.sees(
                r"run +cell +hidden +data set +epochs +preset +state +accuracy +made .*\n"
                r".*› newest +LSTM +40 +mnist +2/2 +default +finished +95\.00% .*\n"
                r".*  broken +damaged .*\n"
                r".*  older +RNN +40 +mnist +2/2 +default +finished +95\.00% "
            )
            await visit.press("down", "down", "enter")
            await visit.sees("finished .* RNN 40 .* older")
            await visit.until(lambda: "h hidden state" in visit.text and "forget" not in visit.text)
            assert [engine.returncode for engine in visit.engines] == [None]  # one for all finished runs

    async def test_another_cell_s_best_comparable_run_is_shown(self, tmp_path: Path) -> None:
        for name in ("rnn-1", "rnn-2"):
            finished_run(tmp_path, name, "rnn")
        create_run(tmp_path, configure({"cell": "gru", "hidden": 41}), "gru-1")
        finished_run(tmp_path, "lstm-1")
        async with exploring(tmp_path) as visit:
            await visit.sees("finished .* LSTM")
            await opened(visit, "c", "switch cell")
            await visit.sees(
                r"GRU +40 mnist · none yet: train one like this .*\n"
                r".*RNN +40 mnist · rnn-2 · 95\.00% .*\n"
                r".*LSTM +40 mnist · lstm-1 · 95\.00% · on the screen"
            )
            await visit.press("down", "enter")
            await visit.sees("finished .* RNN 40 .* rnn-2")
            assert len(list_runs(tmp_path)) == 4

    async def test_in_the_smallest_terminal_it_still_says_that_enter_trains_one(self, tmp_path: Path) -> None:
        create_run(tmp_path, configure({"hidden": 4096, "dataset": "fashion-mnist"}), "lstm-1")
        async with exploring(tmp_path, (60, 20)) as visit:
            await visit.sees("LSTM 4096")
            await opened(visit, "c", "switch cell")
            await visit.sees("GRU +4096 fashion-mnist · none yet: train one like this ")

    async def test_a_cell_without_a_comparable_run_is_trained_and_the_sample_stays(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path, cell="rnn")
        async with exploring(tmp_path) as visit:
            await visit.sees("sample 0  ")
            await visit.press("]")
            await visit.sees("sample 1  ")
            await opened(visit, "c", "switch cell")
            await visit.press("enter")
            await visit.sees("● training .* LSTM 40")
            assert isinstance(visit.engines[-1], FakeEngine)
            wanted = configure({"cell": "lstm", "hidden": 40, "epochs": 2})
            assert list_runs(tmp_path)[0].read().config == wanted
            await visit.sees("sample 1  ")
            await visit.sees("f forget gate")

    async def test_leaving_the_list_changes_nothing(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            titles = {"r": "switch run", "c": "switch cell", "n": "new run", "e": "export"}
            for key, title in titles.items():
                await opened(visit, key, title)
                await visit.press("escape")
                await visit.back()
            assert [run.name for run in list_runs(tmp_path)] == ["one"]


class TestManyRuns:
    async def test_the_newest_are_offered_while_the_others_are_still_being_read(self, tmp_path: Path) -> None:
        for number in range(30):
            new_run(tmp_path, f"run-{number:02}")
        reading, go_on = Event(), Event()

        def slowly(folder: RunFolder) -> Summary | None:
            """Only the newest are read at once."""
            if folder.name < "run-06":
                reading.set()
                go_on.wait(10)
            return summarise(folder)

        async with exploring(tmp_path) as visit:
            with patch("explorer.runs.summary_cache.summarise", slowly):
                await opened(visit, "r", "switch run")
                await visit.until(reading.is_set)
                await visit.sees("run-29 ")
                await visit.press("end")
                await visit.sees("run-06 ")
                assert "run-05" not in visit.text
                go_on.set()
                await visit.sees(r"run-06 .* ↓ 6 ")
                await visit.press("end")
                await visit.sees(r"run-23 .* ↑ 6 ")
                await visit.press("enter")
                await visit.sees("LSTM .* run-00")

    async def test_the_cursor_moves_by_lines_and_pages_and_stays_inside(self, tmp_path: Path) -> None:
        for number in range(60):
            new_run(tmp_path, f"run-{number:02}")
        async with exploring(tmp_path) as visit:
            await opened(visit, "r", "switch run")
            await visit.sees(r"run-36 .* ↓ 36 ")
            choices = visit.app.screen.query_one(ChoiceList)
            for key, line in {
                "up": 0, "down": 1, "pagedown": 25, "k": 24, "j": 25, "end": 59, "pageup": 35, "home": 0
            }.items():  # fmt: skip
                await visit.press(key)
                await visit.until(lambda line=line: choices.cursor == line)
                await visit.sees(rf"run-{59 - line:02} ")

    async def test_the_wheel_scrolls_the_list_and_a_click_chooses(self, tmp_path: Path) -> None:
        for number in range(30):
            new_run(tmp_path, f"run-{number:02}")
        async with exploring(tmp_path, (80, 24)) as visit:
            await opened(visit, "r", "switch run")
            choices = visit.app.screen.query_one(ChoiceList)
            for _ in range(22):
                choices.post_message(scrolled(MouseScrollDown, choices))
            await visit.sees(r"run-25 .* ↑ 4 ")  # painted before the wheel turns back
            choices.post_message(scrolled(MouseScrollUp, choices))
            await visit.until(lambda: choices.cursor == 21)
            await visit.sees(r"run-25 .* ↑ 4 ")
            await visit.pilot.click(choices, offset=(0, 4))
            await visit.sees("LSTM .* run-22")


class TestHelp:
    async def test_the_help_lists_every_key(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, (160, 80)) as visit:  # in a lower one it scrolls
            await opened(visit, "?", "help")
            for shown, tip in [(key.shown, key.tip) for key in EVERY_KEY] + list(INSIDE):
                assert any(shown in line and tip in line for line in visit.text.splitlines()), shown
            assert "pixels per timestep" in visit.text
            await visit.press("q")
            await visit.back()
            assert visit.app.return_value is None

    def test_no_key_is_bound_twice(self) -> None:
        names = [name for key in EVERY_KEY for name in key.keys.split(",")]
        assert len(names) == len(set(names))


class TestPalette:
    async def test_every_key_is_a_command_with_a_name(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            commands = {command.title: command for command in visit.app.get_system_commands(visit.app.screen)}
            assert {key.tip.capitalize() for key in EVERY_KEY} | {"Choose a theme"} <= set(commands)
            await visit.press("ctrl+p")
            await visit.until(lambda: isinstance(visit.app.focused, Input))
            await visit.press(*"resume")
            await visit.sees("Pause, continue")
            await visit.press("escape")

    async def test_a_command_does_what_its_key_does(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            commands = {command.title: command for command in visit.app.get_system_commands(visit.app.screen)}
            await commands["Dark or light"].callback()
            await visit.until(lambda: visit.app.theme == "gatescope-light")
            await commands["Next test sample"].callback()
            await visit.sees("sample 1  ")
            await commands["Every key"].callback()
            await visit.sees("╭─ help")


class TestLeaving:
    async def test_a_finished_run_is_left_at_once(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("✓ finished")
            await visit.press("q")
            await visit.until(lambda: visit.app.return_value == 0)

    async def test_leaving_a_training_offers_to_keep_it_running_stop_it_or_stay(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            for keys, stopped in ((["enter"], 0), (["down", "enter"], 1)):
                async with exploring(tmp_path) as visit:
                    await visit.sees("● training")
                    await opened(visit, "q", "training is running")
                    await visit.press("escape")
                    await visit.back()
                    assert visit.app.return_value is None
                    await opened(visit, "q", "training is running")
                    await visit.press(*keys)
                    await visit.until(lambda: visit.app.return_value == 0)
                    assert len(engine.asked(Stop)) == stopped


class TestExporting:
    async def exported(self, visit: Visit, folder: Path, script: str) -> list[list[str]]:
        """Export with this script as the process, and return its arguments."""
        program = folder / "python"
        program.write_text(
            f"#!{sys.executable}\nimport json, sys\n"
            f"open({str(folder / 'called')!r}, 'a').write(json.dumps(sys.argv[1:]) + '\\n')\n{script}\n"
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        with patch("explorer.runs.launch.sys.executable", str(program)):
            await visit.press("ctrl+s")
            called = folder / "called"  # the file appears a little before its line
            await visit.until(lambda: called.exists() and called.read_text().endswith("\n"))
        return [json.loads(line) for line in called.read_text().splitlines()]

    async def test_the_graph_is_drawn_by_a_process_of_its_own_and_its_output_is_shown(
        self, tmp_path: Path
    ) -> None:
        run = finished_run(tmp_path / "runs")
        go_on = tmp_path / "go on"
        picture = tmp_path / "x.svg"
        script = f"""
import os, time
print("laying out", flush=True)
while not os.path.exists({str(go_on)!r}): time.sleep(0.01)
open({str(picture)!r}, "w").close()
print({f"{picture} (12 KB)"!r})
"""
        async with exploring(tmp_path / "runs") as visit:
            await opened(visit, "e", "export")
            visit.app.screen.query_one("#what", Select).value = "graph"
            await visit.until(lambda: visit.app.screen.query_one("#format", Select).value == "png")
            form = visit.app.screen
            for field, value in (("span", "whole"), ("format", "svg"), ("replace", True)):
                form.query_one(f"#{field}", Select).value = value
            form.query_one("#file", Input).value = f" {tmp_path}/x.svg "
            called = await self.exported(visit, tmp_path, script)
            command = ["-P", START, "export", str(run.path), "graph", "--span", "whole"]
            assert called == [[*command, "--format", "svg", "--output", f"{tmp_path}/x.svg", "--force"]]
            await visit.sees("^ export: laying out")
            go_on.touch()
            await visit.sees(r"^ exported /.*/x\.svg \(12 KB\); y copies the path", "MessageLine")
            said = visit.app.screen_stack[0].query_one(MessageLine).shown
            assert said and said.seconds == Notice("").seconds  # no longer than anything else
            await visit.press("y")
            await visit.until(lambda: visit.app.clipboard == str(picture))
            await visit.sees(r"^ sent to the terminal's clipboard: /.*/x\.svg", "MessageLine")
            assert "export: " not in visit.text

    @pytest.mark.parametrize("size", [ROOMY, (80, 24), (60, 20)], ids=str)
    async def test_the_answer_to_a_question_is_exported_of_the_sample_on_the_screen(
        self, tmp_path: Path, size: tuple[int, int]
    ) -> None:
        run = finished_run(tmp_path / "runs")
        async with exploring(tmp_path / "runs", size) as visit:
            await visit.press("2")
            await visit.sees("is 0, read as 0")
            await visit.press("]", "]")
            await visit.sees("sample 2 ")
            await opened(visit, "e", "export")
            await visit.sees(
                r"what .*activations .*\n.* sample +2 .*\n.* input .*\n.* format .*json .*\n.* file "
            )
            await visit.sees(r"Cancel +Export +\^s")
            await visit.press("tab", "tab", "tab")
            await visit.until(lambda: visit.app.focused is visit.app.screen.query_one("#format"))
            await visit.press("c")
            called = await self.exported(visit, tmp_path, "print('/x/gates.csv (1.2 MB, weights of step 9)')")
            command = [
                "-P",
                START,
                "export",
                str(run.path),
                "activations",
                "--sample",
                "2",
                "--format",
                "csv",
            ]
            assert called == [command]
            await visit.sees("^ exported /x/gates.csv", "MessageLine")
            await visit.press("y")
            await visit.until(lambda: visit.app.clipboard == str(run.path.resolve()))  # no such file here

    async def test_an_invalid_number_of_timesteps_keeps_the_form_open_and_a_failure_is_shown(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path / "runs")
        async with exploring(tmp_path / "runs") as visit:
            await opened(visit, "e", "export")
            visit.app.screen.query_one("#what", Select).value = "graph"
            await visit.until(lambda: visit.app.screen.query_one("#format", Select).value == "png")
            visit.app.screen.query_one("#span", Select).value = "unroll"
            steps = visit.app.screen.query_one("#timesteps", Input)
            await visit.until(lambda: not steps.disabled)
            for wrong in ("0", "28", "", "2.5"):
                steps.value = wrong
                await visit.press("ctrl+s")
                await visit.sees(f"timesteps: a whole number from 1 to 27, not '{wrong}'")
                assert steps.has_class("-wrong") and visit.app.focused is steps
            steps.value = "5"
            fails = "print('gatescope: no [/room] left', file=sys.stderr); sys.exit(1)"
            called = await self.exported(visit, tmp_path, fails)
            assert called[0][-4:] == ["--span", "5", "--format", "png"]
            await visit.sees(r"^ no \[/room\] left", "MessageLine")

    async def test_y_copies_the_folder_of_the_run_until_there_is_an_export(self, tmp_path: Path) -> None:
        finished_run(tmp_path, "two", "rnn")
        run = finished_run(tmp_path, "one")
        async with exploring(tmp_path) as visit:
            await visit.sees("✓ finished")
            await visit.press("y")
            await visit.until(lambda: visit.app.clipboard == str(run.path.resolve()))
            await visit.sees("^ sent to the terminal's clipboard: /.*/one *$", "MessageLine")
            await opened(visit, "r", "switch run")
            await visit.press("down", "enter")
            await visit.sees("RNN 40 .* two")
            await visit.press("y")
            await visit.until(lambda: visit.app.clipboard == str(tmp_path.resolve() / "two"))


class TestHaste:
    """Keys that arrive together, as over a slow connection, before the first has closed its dialog."""

    async def test_a_second_escape_or_enter_does_not_close_the_screen_below(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            for key, title in {
                "r": "switch run",
                "?": "help",
                "n": "new run",
                "e": "export",
            }.items():
                await opened(visit, key, title)
                for name in ("escape", "escape", "escape"):
                    visit.app.simulate_key(name)
                await visit.back()
            await opened(visit, "r", "switch run")
            for _ in range(3):
                visit.app.simulate_key("enter")
            await visit.back()
            await visit.press("ctrl+p")
            await visit.until(lambda: len(visit.app.screen_stack) == 2)
            for _ in range(3):
                visit.app.simulate_key("escape")
            await visit.back()
            await visit.press("?")
            await visit.sees("pixels per timestep")
            assert visit.app._exception is None

    async def test_any_text_typed_into_a_number_field_is_rejected_quickly(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("✓ finished")
            await opened(visit, "p", "train longer")
            field = visit.app.screen.query_one(Input)
            field.value = ""
            for key in "9" * 60 + "x":
                visit.app.simulate_key(key)
            await visit.until(lambda: field.value.startswith("999999999999"))
            await visit.press("enter")
            await visit.sees("total epochs: a whole number from 3 to 10,000, not '999999999999999999'")

    @pytest.mark.parametrize("good", [True, False])
    async def test_a_run_that_diverged_is_resumed_from_its_last_good_step_with_a_lower_rate(
        self, tmp_path: Path, good: bool
    ) -> None:
        folder = new_run(tmp_path)
        writer = EventWriter(folder.events)
        lr, saved = folder.read().config.lr, CheckpointSaved(time=1.0, step=7, path="x")
        raised = [saved, LearningRateChanged(time=1.0, step=7, factor=8.0)] if good else []
        for event in [*beginning(), *learning(), *raised, changed("diverged", "the loss became nan")]:
            writer.write(event)
        writer.close()
        async with exploring(tmp_path) as visit:
            await visit.sees("✗ diverged")
            await opened(visit, "p", "resume from step 7" if good else "resume from step 0")
            said = "last good checkpoint is of step 7; later steps are trained again"
            await visit.sees(said if good else "no good checkpoint: it starts again")
            field = visit.app.screen.query_one(Input)
            assert float(field.value) == (lr if good else lr / 2)  # that of step 7, or half of the last
            peak = f"{8 * lr if good else lr:g}"
            field.value = peak
            await visit.press("enter")
            await visit.sees(f"learning rate: a number below {peak}, with which it diverged, not '{peak}'")
            field.value = "0.001"
            await visit.press("enter")
            await visit.until(lambda: any(engine.arguments for engine in visit.engines))
            assert [engine.arguments for engine in visit.engines if engine.arguments] == [("--lr", "0.001")]

    async def test_leaving_while_the_list_of_runs_is_being_read_is_not_a_failure(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        reading, left = Event(), Event()

        def slowly(folder: RunFolder) -> None:
            """A folder on a slow disk."""
            reading.set()
            left.wait(10)

        async with exploring(tmp_path) as visit:
            with patch("explorer.runs.summary_cache.summarise", slowly):
                await visit.press("r")
                await visit.until(reading.is_set)
                await visit.press("q")
                await visit.until(lambda: not visit.app.is_running or visit.app._exit)
                left.set()
        assert visit.app._exception is None
        assert visit.app.return_value == 0

    async def test_no_screen_takes_a_size_that_the_terminal_no_longer_has(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await opened(visit, "?", "help")
            for screen in visit.app.screen_stack:
                sizes: list[Size] = []
                laid_out = screen.screen_layout_refresh_signal
                laid_out.subscribe(screen, lambda screen, sizes=sizes: sizes.append(screen.outer_size))
                screen.post_message(Resize(Size(80, 24), Size(80, 24)))
                await visit.until(lambda screen=screen: not screen.message_queue_size)
                screen.refresh(layout=True)
                await visit.until(lambda sizes=sizes: sizes)
                assert set(sizes) == {Size(*ROOMY)}

    async def test_a_dialog_passes_the_terminal_s_size_on_to_the_screen_below(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await opened(visit, "?", "help")
            below, dialog = visit.app.screen_stack
            below._refresh_layout(Size(80, 24))  # as if the terminal had grown while the dialog opened
            dialog.post_message(Resize(Size(*ROOMY), Size(*ROOMY)))
            await visit.until(lambda: below._compositor.size == Size(*ROOMY))


class TestAtAnyMoment:
    @pytest.mark.parametrize("form", [NewRunForm, ExportForm])
    async def test_a_form_may_be_submitted_before_its_fields_are_shown_and_after_they_are_gone(
        self, tmp_path: Path, form: type[NewRunForm | ExportForm]
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            for _ in range(2):
                answers: list[object] = []
                early = form(tmp_path) if form is NewRunForm else form(Shown(28, 100, Selection()))
                visit.app.push_screen(early, answers.append)
                early.action_start()
                await visit.back()
                await visit.until(lambda answers=answers: answers)
                early.action_start()
            await visit.sees("is 0, read as 0")
            assert visit.app._exception is None and isinstance(answers[0], NewRun | ExportWanted)

    @pytest.mark.parametrize(("key", "title"), [("n", "new run"), ("e", "export")])
    async def test_a_click_on_cancel_closes_a_form_and_starts_nothing(
        self, tmp_path: Path, key: str, title: str
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("is 0, read as 0")
            await opened(visit, key, title)
            started = len(visit.engines)
            await visit.pilot.click("#cancel")
            await visit.back()
            assert len(list_runs(tmp_path)) == 1 and len(visit.engines) == started
            assert "export:" not in visit.text

    async def test_a_dialog_is_painted_over_a_screen_that_has_no_size_yet(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await opened(visit, "?", "help")
            for region in (
                Region(0, 0, 300, 90),
                Region(150, 40, 60, 20),
                Region(200, 60, 5, 5),
                Region(3, 4, 5, 6),
            ):
                lines = visit.app.screen.render_lines(region)
                assert [line.cell_length for line in lines] == [region.width] * region.height
                assert all(len(line.text) == region.width for line in lines)
