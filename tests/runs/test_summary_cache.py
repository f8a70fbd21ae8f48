"""Summaries that are kept: the same as those that are read again."""

from __future__ import annotations

import shutil
from pathlib import Path

from kit.facts import changed, evaluated
from kit.screen import finished_run, live_run, new_run

from explorer.runs.summary import Summary, summarise
from explorer.runs.summary_cache import SummaryCache
from explorer.runs.writer import EventWriter


def test_a_run_whose_files_are_as_they_were_is_not_read_again(tmp_path: Path) -> None:
    cache, run = SummaryCache(), finished_run(tmp_path)
    (first,) = cache.read([run])
    assert first == summarise(run) and cache.read([run])[0] is first


def test_what_is_written_to_a_run_is_seen(tmp_path: Path) -> None:
    cache, run = SummaryCache(), finished_run(tmp_path)
    cache.read([run])
    writer = EventWriter(run.events)
    writer.write(evaluated(10, epoch=2, accuracy=0.5))
    writer.write(changed("stopped"))
    writer.close()
    (now,) = cache.read([run])
    assert isinstance(now, Summary) and (now.accuracy, now.state) == (0.5, "stopped")
    (run.path / "run.json").write_text("{")
    assert not isinstance(cache.read([run])[0], Summary)


def test_an_engine_that_begins_and_one_that_dies_without_a_word_are_seen(tmp_path: Path) -> None:
    cache = SummaryCache()
    with live_run(tmp_path) as engine:
        run = engine.folder
        (training,) = cache.read([run])
        assert isinstance(training, Summary) and training.state == "training"
    assert cache.read([run]) == [summarise(run)] != [training]


def test_a_run_that_is_gone_is_left_out_and_one_without_events_is_not(tmp_path: Path) -> None:
    cache, gone, empty = SummaryCache(), finished_run(tmp_path, "gone"), new_run(tmp_path, "empty")
    assert len(cache.read([gone, empty])) == 2
    shutil.rmtree(gone.path)
    assert [one.folder for one in cache.read([gone, empty])] == [empty]
