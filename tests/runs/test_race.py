"""A race: which trainings it has, that they read the same batches, and how its runs are made and found."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
import torch
from kit.facts import changed, started
from kit.screen import finished_run

from explorer.engine.data.dataset import Samples
from explorer.engine.learning.batches import Scaling, batches
from explorer.runs import race as racing
from explorer.runs.catalogue import create_run, list_runs
from explorer.runs.config import configure
from explorer.runs.events import encode
from explorer.runs.folder import RunFolder
from explorer.runs.lock import EngineLock
from explorer.runs.race import begin_race, find_race, make_race, race_of, unfinished
from explorer.runs.race_plan import plan
from explorer.runs.shape import DIGITS, Shape
from explorer.runs.summary import Listed, Summary, summarise
from explorer.runs.summary_cache import SummaryCache
from explorer.system.errors import GatescopeError, OptionError, UsageError
from models.classifier import SequenceClassifier
from models.registry import CELLS, Cell, layer_class

ODD = Shape(5, 3, ("a", "b", "c", "d"))
"""A shape in which nothing is as in MNIST."""


def counted(cell: str, hidden: int, shape: Shape) -> int:
    """How many parameters a real model has."""
    model = SequenceClassifier(cell, hidden, shape.inputs, len(shape.classes))
    return sum(parameter.numel() for parameter in model.parameters())


class TestEntrants:
    @pytest.mark.parametrize("cell", CELLS)
    def test_the_table_has_the_blocks_that_the_class_has(self, cell: str) -> None:
        assert CELLS[cell].blocks == layer_class(cell).blocks

    @pytest.mark.parametrize("shape", [DIGITS, ODD], ids=["28x28", "5x3"])
    @pytest.mark.parametrize("hidden", [1, 8, 37, 128, 256])
    @pytest.mark.parametrize("cell", CELLS)
    def test_each_has_as_nearly_as_many_parameters_as_real_models_can_have(
        self, cell: str, hidden: int, shape: Shape
    ) -> None:
        race = plan(configure({"cell": cell, "hidden": hidden}), shape)
        assert [one.config.cell for one in race] == [*CELLS]
        wanted = counted(cell, hidden, shape)
        for one in race:
            found = one.config.hidden
            assert one.parameters == counted(one.config.cell, found, shape)
            around = [other for other in (found - 1, found + 1) if other > 0]
            off = min(abs(counted(one.config.cell, other, shape) - wanted) for other in around)
            assert abs(one.parameters - wanted) <= off
            if one.config.cell == cell:
                assert found == hidden

    def test_all_options_but_the_cell_its_units_and_what_it_holds_are_the_same(self) -> None:
        given = configure({"cell": "gru", "hidden": 9, "seed": 5, "lr": 0.01, "augment": True, "hold": "z=1"})
        race = {one.config.cell: one.config for one in plan(given, DIGITS)}
        assert race["gru"] == given
        for cell in ("lstm", "rnn"):
            hidden = race[cell].hidden
            assert race[cell] == msgspec.structs.replace(given, cell=cell, hidden=hidden, hold={})

    @pytest.mark.parametrize("augment", [False, True], ids=["plain", "augmented"])
    def test_all_read_the_same_batches_in_the_same_order(self, augment: bool) -> None:
        given = configure({"hidden": 8, "seed": 3, "batch_size": 4, "augment": augment})
        x = torch.randint(0, 256, (10, 6, 6), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
        samples = Samples(x, torch.arange(10))
        read = [
            [*batches(samples, one.config, Scaling(0.1, 0.3), epoch)]
            for epoch in (1, 2)
            for one in plan(given, DIGITS)
        ]
        first, second = read[: len(CELLS)], read[len(CELLS) :]
        for epoch in (first, second):
            for others in epoch[1:]:
                for one, other in zip(epoch[0], others, strict=True):
                    assert torch.equal(one.labels, other.labels) and torch.equal(one.x, other.x)
        assert [b.labels.tolist() for b in first[0]] != [b.labels.tolist() for b in second[0]]

    def test_what_no_training_can_have_is_refused_with_the_option(self) -> None:
        with pytest.raises(OptionError, match=r"--hidden: .* gru would have over 4,096 hidden units"):
            plan(configure({"hidden": 4000}), DIGITS)

    def test_a_cell_that_does_not_say_its_blocks_is_left_out_and_none_is_fitted_to_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(CELLS, "rnn", Cell("models.rnn:RNN", ("h",)))
        assert [one.config.cell for one in plan(configure({"hidden": 8}), DIGITS)] == ["lstm", "gru"]
        with pytest.raises(OptionError, match="rnn doesn't declare its blocks"):
            plan(configure({"cell": "rnn", "hidden": 8}), DIGITS)


@pytest.fixture
def race(tmp_path: Path) -> tuple[RunFolder, ...]:
    """The runs of a race of small networks, and another run."""
    finished_run(tmp_path, "other")
    return make_race(tmp_path, plan(configure({"hidden": 4}), DIGITS), "one")


def state(run: Listed) -> tuple[str, str]:
    """What a list says of a run, and why."""
    assert isinstance(run, Summary)
    return run.words, run.reason


class TestFolders:
    def test_they_are_named_after_the_race_and_the_first_one_is_the_newest(
        self, race: tuple[RunFolder, ...]
    ) -> None:
        assert [run.name for run in race] == ["one-lstm", "one-gru", "one-rnn"]
        assert {run.read().race for run in race} == {"one"}
        written = [(run.path / "run.json").stat().st_mtime_ns for run in race]
        assert written == sorted(written, reverse=True)

    def test_without_a_name_two_of_the_same_second_have_two(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(racing.time, "strftime", lambda shape: "race-20261126-201500")
        entrants = plan(configure({"hidden": 4}), DIGITS)
        names = [make_race(tmp_path, entrants)[0].name for _ in range(2)]
        assert names == ["race-20261126-201500-lstm", "race-20261126-201500-2-lstm"]

    def test_where_one_name_is_taken_none_is_made(self, tmp_path: Path) -> None:
        create_run(tmp_path, configure({}), "two-gru")
        with pytest.raises(UsageError, match="there is already a run 'two-gru'"):
            make_race(tmp_path, plan(configure({"hidden": 4}), DIGITS), "two")
        assert [run.name for run in list_runs(tmp_path)] == ["two-gru"]

    @pytest.mark.parametrize("refused", [1, 2, 3])
    def test_where_the_disk_refuses_one_nothing_is_left(
        self, refused: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: list[RunFolder] = []
        write = RunFolder.write

        def fails(folder: RunFolder, file: object) -> None:
            made.append(folder)
            if len(made) == refused:
                raise OSError(28, "No space left on device")
            write(folder, file)  # type: ignore[arg-type]

        monkeypatch.setattr(RunFolder, "write", fails)
        with pytest.raises(GatescopeError, match="No space left on device"):
            make_race(tmp_path, plan(configure({"hidden": 4}), DIGITS))
        assert len(made) == refused and [*tmp_path.iterdir()] == []

    def test_where_no_process_can_be_started_nothing_is_left(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(folders: object) -> None:
            raise OSError(11, "Resource temporarily unavailable")

        monkeypatch.setattr(racing, "start_supervisor", fails)
        with pytest.raises(GatescopeError, match=r"can't start the race in .*: Resource temporarily"):
            begin_race(tmp_path, plan(configure({"hidden": 4}), DIGITS))
        assert [*tmp_path.iterdir()] == []


class TestFinding:
    def test_from_any_of_its_runs_all_are_found_in_the_order_of_the_cells(
        self, race: tuple[RunFolder, ...], tmp_path: Path
    ) -> None:
        paths = [run.path for run in race]
        for run in race:
            assert [one.path for one in race_of(run)] == paths
        assert race_of(RunFolder(tmp_path / "other")) == race_of(RunFolder(tmp_path / "nowhere")) == ()
        for name in ("one", "one-gru", str(race[2].path)):
            assert [one.path for one in find_race(tmp_path, name)] == paths

    def test_a_run_under_another_name_is_still_part_of_it_and_a_deleted_one_is_not(
        self, race: tuple[RunFolder, ...], tmp_path: Path
    ) -> None:
        race[0].path.rename(tmp_path / "mine")
        shutil.rmtree(race[1].path)
        assert [run.name for run in race_of(RunFolder(tmp_path / "mine"))] == ["mine", "one-rnn"]

    @pytest.mark.parametrize("name", ["other", "nothing", ""])
    def test_what_is_no_race_is_refused(self, race: tuple[RunFolder, ...], tmp_path: Path, name: str) -> None:
        with pytest.raises(UsageError, match=r"other is in no race|there is no run"):
            find_race(tmp_path, name)


class TestStates:
    def test_a_run_waits_as_long_as_somebody_will_start_it(self, race: tuple[RunFolder, ...]) -> None:
        run, cache = race[0], SummaryCache()
        never = ("not started", "resume its race: `gatescope race --resume one`")
        assert state(summarise(run)) == never and [*map(state, cache.read([run]))] == [never]
        lock = EngineLock(run.race_lock)
        waits = ("waiting", "waiting for its turn in one")
        assert state(summarise(run)) == waits and [*map(state, cache.read([run]))] == [waits]
        engine = EngineLock(run.lock)
        assert state(summarise(run))[0] == "starting"
        engine.release()
        lock.release()
        assert state(summarise(run)) == never and [*map(state, cache.read([run]))] == [never]

    def test_a_run_that_had_its_turn_is_what_its_engine_said_until_it_waits_for_another(
        self, race: tuple[RunFolder, ...]
    ) -> None:
        run = race[0]
        run.events.write_bytes(b"".join(map(encode, [started(), changed("training")])))
        assert state(summarise(run))[0] == "lost"
        run.events.write_bytes(b"".join(map(encode, [started(), changed("stopped")])))
        assert state(summarise(run))[0] == "stopped"
        lock = EngineLock(run.race_lock)
        assert state(summarise(run))[0] == "waiting"
        lock.release()

    def test_left_of_a_race_is_what_could_be_trained(self, race: tuple[RunFolder, ...]) -> None:
        for run, end in zip(race, ("finished", "diverged", "stopped"), strict=True):
            run.events.write_bytes(b"".join(map(encode, [started(), changed(end)])))
        assert [run.name for run in unfinished(race)] == ["one-rnn"]

    def test_versions_without_races_read_its_runs(self, race: tuple[RunFolder, ...]) -> None:
        class Old(msgspec.Struct):
            format: int
            run: str
            config: dict[str, object]

        assert msgspec.json.decode((race[0].path / "run.json").read_bytes(), type=Old).run == "one-lstm"
