"""The newest intact weights of a run: a damaged checkpoint is skipped, or reported in one line."""

from __future__ import annotations

import json
import os
import struct
from functools import partial

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kit.trainings import learnt, require_same, save

from explorer.engine.record.checkpoints import (
    CHECKPOINT,
    load_checkpoint,
    new_model,
    newest_checkpoint,
    newest_model,
    save_checkpoint,
    set_aside,
)
from explorer.engine.record.tensor_file import Progress, read_tensors
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.shape import DIGITS
from explorer.system.errors import GatescopeError

CONFIG = configure({"hidden": 4, "seed": 3})


@pytest.fixture
def run(tmp_path):
    return create_run(tmp_path, CONFIG, "one")


@pytest.fixture(scope="module")
def arena(tmp_path_factory):
    """A run for tests that hypothesis calls many times: two checkpoints, and the older one's weights."""
    run = create_run(tmp_path_factory.mktemp("runs"), CONFIG, "one")
    _, older = save(run, 5)
    path, _ = save(run, 6, steps=3)
    return run, path, path.read_bytes(), older


def refusal(path):
    """The one line with which a checkpoint is refused."""
    with pytest.raises(GatescopeError) as caught:
        load_checkpoint(new_model(CONFIG, DIGITS), path, CONFIG)
    line = str(caught.value)
    assert str(path) in line and "\n" not in line
    return line


class TestNewest:
    def test_without_a_checkpoint_it_is_the_initial_model(self, run):
        torch.manual_seed(1)
        state = torch.get_rng_state()
        model, step = newest_model(run, CONFIG, DIGITS)
        assert step == 0 and torch.equal(torch.get_rng_state(), state)
        torch.manual_seed(2)
        require_same(model.state_dict(), new_model(CONFIG, DIGITS).state_dict())
        assert not torch.equal(model.head.weight, new_model(configure({"hidden": 4}), DIGITS).head.weight)

    @pytest.mark.parametrize("length", [0, 7, 8, 9, 500, -1])
    def test_a_truncated_checkpoint_is_skipped_for_an_older_one(self, run, length):
        _, weights = save(run, 5)
        newest, _ = save(run, 6, steps=3)
        newest.write_bytes(newest.read_bytes()[:length])
        model, step = newest_model(run, CONFIG, DIGITS)
        assert step == 5
        require_same(model.state_dict(), weights)

    @given(st.data())
    @settings(max_examples=150, deadline=None)
    def test_a_single_flipped_bit_anywhere_is_detected(self, arena, data):
        run, newest, whole, older = arena
        content = bytearray(whole)
        length = 8 + int.from_bytes(content[:8], "little")
        bit = data.draw(st.integers(0, 8 * length - 1) | st.integers(8 * length, 8 * len(content) - 1))
        content[bit // 8] ^= 1 << bit % 8
        newest.write_bytes(content)
        model, (progress, _), damaged = newest_checkpoint(run, CONFIG, DIGITS)
        assert progress.step == 5
        [line] = map(str, damaged)
        assert str(newest) in line and line.isprintable()
        require_same(model.state_dict(), older)

    def test_a_damaged_checkpoint_is_set_aside_and_no_longer_counts(self, run):
        paths = [save(run, step)[0] for step in (1, 2, 3)]
        paths[2].write_bytes(b"nonsense")
        newest = newest_checkpoint(run, CONFIG, DIGITS)
        set_aside(run, newest.damaged)
        assert not paths[2].exists() and (run.checkpoints / f"{paths[2].name}.damaged").exists()
        assert newest_checkpoint(run, CONFIG, DIGITS).damaged == []

    def test_if_no_checkpoint_is_intact_the_newest_is_named_in_one_line(self, run):
        for step in (5, 6):
            save(run, step)[0].write_bytes(b"nonsense")
        with pytest.raises(GatescopeError, match=r"step-00000006.safetensors is damaged: [^\n]+$"):
            newest_model(run, CONFIG, DIGITS)

    @pytest.mark.parametrize("other", [{"hidden": 5}, {"cell": "gru", "hidden": 4}])
    def test_a_checkpoint_of_another_model_is_refused_in_one_line(self, run, other):
        model, optimizer = learnt(configure(other))
        progress = Progress(step=1, config=CONFIG)
        assert "is damaged: its tensors are not those of this run" in refusal(
            save_checkpoint(run, progress, model, optimizer)
        )

    def test_weights_of_another_training_are_refused_even_if_they_fit(self, run):
        model, optimizer = learnt(CONFIG)
        progress = Progress(step=1, config=configure({"hidden": 4, "seed": 4}))
        assert "belongs to another run than run.json" in refusal(
            save_checkpoint(run, progress, model, optimizer)
        )


entries = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F32", "F64", "BF16", "I64", "U8", "F4", "C64", "BOOL", "F33"]),
        "shape": st.lists(st.sampled_from([0, 1, 2, 4, 2**31, 2**62, 2**63, 2**64 - 1, -1, 0.5]), max_size=4),
        "data_offsets": st.lists(st.sampled_from([0, 4, 8, 16, 2**64 - 1, -8]), min_size=2, max_size=2),
    }
)
metadata = st.fixed_dictionaries(
    {}, optional={"format": st.sampled_from(["1", "2"]), "step": st.sampled_from(["3", "x", "", "9" * 5000])}
)
headers = st.dictionaries(st.text(max_size=5), entries, max_size=3)


class TestNonsense:
    def require_only_our_error(self, arena, content):
        path = arena[0].path / "step-00000001.safetensors"
        path.write_bytes(content)
        try:
            read_tensors(path, 1 << 20, CHECKPOINT)
        except GatescopeError as error:
            assert str(path) in str(error) and "\n" not in str(error)

    @given(st.binary(max_size=200) | st.binary(max_size=50).map(lambda b: struct.pack("<Q", len(b)) + b))
    @settings(deadline=None)
    def test_arbitrary_bytes_are_refused_by_our_own_error(self, arena, content):
        self.require_only_our_error(arena, content)

    @given(headers, metadata, st.binary(max_size=16))
    @example({"a": {"dtype": "F32", "shape": [2**63, 0], "data_offsets": [0, 0]}}, {"format": "1"}, b"")
    @settings(max_examples=200, deadline=None)
    def test_an_arbitrary_header_is_refused_by_our_own_error(self, arena, header, meta, body):
        text = json.dumps({"__metadata__": meta} | header).encode()
        self.require_only_our_error(arena, struct.pack("<Q", len(text)) + text + body)

    @pytest.mark.parametrize("make", ["folder", "link", "pipe"])
    def test_what_is_no_file_is_damaged(self, run, make):
        path = run.checkpoints / "step-00000001.safetensors"
        {"folder": path.mkdir, "link": partial(path.symlink_to, "x"), "pipe": partial(os.mkfifo, path)}[
            make
        ]()
        assert "is damaged" in refusal(path)
