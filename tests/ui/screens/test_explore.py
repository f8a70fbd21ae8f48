"""One run on the screen: the contents of its views, and moving around in them."""

from __future__ import annotations

from pathlib import Path
from statistics import mean
from unittest.mock import patch

from kit.asking import asked_by_all
from kit.facts import changed, evaluated
from kit.fake_engine import GATES, MISREAD, FakeEngine, activation
from kit.screen import Visit, exploring, finished_run, live_run

from explorer.protocol.messages import FindSample
from explorer.runs.catalogue import list_runs
from explorer.runs.config import configure


def values(timestep: int, first: int, last: int) -> str:
    """Return the line of values for the fake engine's activations."""
    shown = []
    for number, gate in enumerate(GATES["lstm"]):
        value = mean(activation(number, timestep, unit) for unit in range(first, last))
        shown.append(f"{gate.name} {value:.3f}" if gate.span == "unit" else f"{gate.name} {value:+.3f}")
    which = f"unit {first}" if last - first == 1 else f"units {first}–{last - 1} (mean)"
    return f"timestep {timestep + 1} of 28 · {which}   " + "  ".join(shown)


async def sees_values(visit: Visit, timestep: int, first: int, last: int | None = None) -> None:
    """Wait until the gates show these numbers."""
    wanted = values(timestep, first, first + 1 if last is None else last)
    await visit.until(lambda: wanted in visit.text_in("#gates"))


class TestOpening:
    async def test_the_newest_run_is_opened(self, tmp_path: Path) -> None:
        for name in ("older", "newest"):
            finished_run(tmp_path, name)
        async with exploring(tmp_path) as visit:
            await visit.sees(r"✓ finished .* LSTM 40 · mnist .* newest")

    async def test_without_a_run_an_lstm_is_trained_at_once(self, tmp_path: Path) -> None:
        async with exploring(tmp_path / "runs") as visit:
            await visit.sees(r"● training .* LSTM 128 · mnist")
            (run,) = list_runs(tmp_path / "runs")
            (engine,) = visit.engines
            assert isinstance(engine, FakeEngine)
            assert engine.folder.path == run.path
            assert run.read().config == configure({})

    async def test_leaving_keeps_a_training_running_and_ends_an_engine_that_only_answers(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("is 0, read as 0")
            await visit.press("q")
            await visit.until(lambda: visit.app.return_value == 0)
        (answerer,) = visit.engines
        assert answerer.returncode == -15
        assert answerer.requests == [asked_by_all(0)]


async def test_the_status_is_complete_and_follows_the_training(tmp_path: Path) -> None:
    with live_run(tmp_path, "mine", steps=4) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees(
                r"^ gatescope  ● training   LSTM 40 · mnist   82,186 parameters   mine +100 samples/s $"
            )
            facts = "batch loss 0.500, accuracy 66%  rate 6.0e-03  0:04 left"
            await visit.sees(rf"  epoch 1/2  step 4/10  ━+─+  40%  {facts} *$")
            engine.train(5, 6)
            await visit.sees(r"  epoch 2/2  step 6/10 .* 60%")
            engine.write(evaluated(5, accuracy=0.9123, loss=0.25))
            part = evaluated(6, samples=1000, whole=False, accuracy=0.92, loss=0.2)
            engine.write(part)
            await visit.sees(r"● training  test 91\.23% \(epoch 1\)  now 92\.0% of 1,000   LSTM 40 · mnist ")
            engine.end("stopped")
            await visit.sees(r"■ stopped  test 91\.23% \(epoch 1\)   LSTM 40 · mnist ")
            await visit.sees(r"  epoch 2/2  step 6/10  ━+─+  60%  now 92\.0% of 1,000, loss 0\.\d+ *$")


async def test_the_curves_are_drawn_and_updated(tmp_path: Path) -> None:
    with live_run(tmp_path) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees(r"loss \(log\) +• .*●○? test .*accuracy % +• .*●○? test", "#curves")
            await visit.sees(r"0 +2 +4 +6 +8 +10", "#curves")
            before = visit.text_in("#curves")
            engine.train(4, 5, 6)
            await visit.until(lambda: visit.text_in("#curves") != before)


class TestSamples:
    async def test_the_keys_move_through_the_test_samples_and_wrap_around(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("sample 0  ")
            for key, index in (("]", "1"), ("[", "0"), ("[", "9,999"), ("]", "0")):
                await visit.press(key)
                await visit.sees(f"sample {index}  ")
            await visit.press("m")
            await visit.sees(f"sample {MISREAD:,}  ")
            assert visit.engines[0].asked(FindSample) == [FindSample(0)]
            with patch("random.randrange", return_value=4321):
                await visit.press("x")
                await visit.sees("sample 4,321  ")

    async def test_a_sample_is_chosen_by_its_number(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("sample 0  ")
            await visit.press("g")
            await visit.sees("─ test sample ─")
            await visit.press("1", "0", "0", "0", "0", "enter")
            await visit.sees("sample: a whole number from 0 to 9,999, not '10000'")
            await visit.press("backspace", "enter")
            await visit.sees("sample 1,000  ")
            await visit.press("g")
            await visit.sees("─ test sample ─")
            await visit.press("7", "escape")
            await visit.sees("sample 1,000  ")
            assert visit.engines[0].requests[-1] == asked_by_all(1000)

    async def test_the_class_of_a_sample_and_its_prediction_are_shown(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("is 0, read as 0  91%")
            await visit.press("g")
            await visit.sees("─ test sample ─")
            await visit.press("9", "enter")
            await visit.sees("is 9, read as 8  91%")


class TestGates:
    async def test_the_values_under_the_cursor_are_exactly_those_of_the_engine(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await sees_values(visit, 27, 0)
            await visit.press("up", "right", "right")
            await sees_values(visit, 26, 2)
            await visit.press("home", "up", "left")
            await sees_values(visit, 0, 1)
            await visit.press("j", "l", "end", "down")
            await sees_values(visit, 27, 2)
            await visit.press(*["right"] * 50)
            await sees_values(visit, 27, 39)
            await visit.sees(r"40 units, \d+–39 shown", "#gates")

    async def test_a_click_moves_the_cursor_to_the_pointer(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await sees_values(visit, 27, 0)
            second = visit.text_in("#gates").splitlines()[0].index("f forget gate")
            await visit.click("#gates", second + 7, 5)
            await sees_values(visit, 8, 7)
            await visit.click("#gates", 5, 1)  # on the sample: the timestep alone
            await sees_values(visit, 0, 7)
            await visit.click("#gates", 5, 0)  # on a title: nothing
            await sees_values(visit, 0, 7)

    async def test_all_units_are_shown_with_the_mean_of_several_in_each_column(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await sees_values(visit, 27, 0)
            columns = int((await visit.sees(r"40 units, 0–(\d+) shown", "#gates"))[1]) + 1
            await visit.press("u")
            await visit.sees(r"40 units, 2–3 a column", "#gates")
            first, second = 40 // columns, 2 * 40 // columns
            await sees_values(visit, 27, 0, first)
            await visit.press("right")
            await sees_values(visit, 27, first, second)
            await visit.press("u", "u", "u")  # the share open, the share shut, single units
            await sees_values(visit, 27, first)

    async def test_changing_weights_are_probed_again_unless_the_gates_are_hidden(
        self, tmp_path: Path
    ) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("is 0, read as 0")
                probes = len(engine.requests)
                engine.train(4)
                await visit.until(lambda: len(engine.requests) == probes + 1)
                await visit.turn_to("curves")
                await visit.press("z")
                await visit.until(lambda: not visit.widget("#gates").display)
                engine.train(5)
                await visit.sees("step 5/10")
                assert len(engine.requests) == probes + 1
                await visit.press("2")  # another page, which shows them
                await visit.until(lambda: len(engine.requests) == probes + 2)


class TestConfusion:
    async def test_the_square_under_the_cursor_is_described_and_enter_shows_its_samples(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees(
                r"all 10,000 test samples, evaluated at step 10 \(epoch 2\): 95\.00%", "#confusion"
            )
            await visit.sees("4 read as 9: 49", "#confusion")
            await visit.turn_to("confusion")
            await visit.press("down", "left", "left")
            await visit.sees("5 read as 7: 57", "#confusion")
            await visit.press("enter")
            await visit.sees(r"5 read as 7: 23\b", "#mistakes")
            await visit.press("escape")
            await visit.press(*["up"] * 12, *["right"] * 12)
            await visit.sees("0 read as 9: 9", "#confusion")

    async def test_a_click_chooses_a_square_and_a_second_one_shows_its_samples(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            line = (await visit.sees(r"is↓as→", "#confusion")).string.splitlines()
            y = next(number for number, text in enumerate(line) if "33   34" in text or "903" in text)
            x = line[y].index("38")
            await visit.click("#confusion", x, y)
            await visit.sees("3 read as 8: 38", "#confusion")
            await visit.click("#confusion", x, y)
            await visit.sees(r"3 read as 8: 23\b", "#mistakes")

    async def test_the_accuracy_of_each_class_is_shown_beside_its_row(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            engine.write(changed("training"))
            async with exploring(tmp_path) as visit:
                await visit.sees("first 1,000 test samples, evaluated at step 0: 10.00%", "#confusion")
                await visit.sees(r"^ +0 +900 +1 +2 .* 95\.2%", "#confusion")
