"""The question `mistakes`, compared with reading each sample by the equations written out, and adding up."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from kit import loops
from kit.asking import answer_in
from kit.probing import interventions, prober
from torch import Tensor

from explorer.engine.data.dataset import Dataset, Samples
from explorer.engine.learning.batches import Scaling
from explorer.engine.probes import sets
from explorer.engine.probes.registry import Prober
from explorer.protocol.questions import (
    NO_INTERVENTION,
    Answer,
    Answers,
    Array,
    Ask,
    Intervention,
    Question,
    Sample,
    Selection,
)
from explorer.protocol.questions import Samples as Set
from explorer.runs.data_files import SequenceFile
from explorer.runs.shape import Shape
from models.classifier import Head, SequenceClassifier
from models.intervention import Intervention as CellIntervention
from models.intervention import Wipe as CellWipe
from models.registry import CELLS

COUNT = 31
every_cell = pytest.mark.parametrize("cell", list(CELLS))


def ask(asked: Prober, question: Question, selection: Selection) -> Answers:
    """Have a square read; a heavy question is answered at once."""
    reply = asked.answer(Ask(selection, (question,)), 42, None, lambda share: None)
    assert isinstance(reply, Answers)
    return reply


def mistakes(asked: Prober, label: int, read_as: int, changed: Intervention = NO_INTERVENTION) -> Answer:
    """Have the samples of a square read."""
    selection = Selection(subject=Set(label=label, read_as=read_as), intervention=changed)
    return answer_in(ask(asked, Question("mistakes"), selection))


def values(part: Array) -> Tensor:
    """Return an array as torch's."""
    dtype = {"float32": torch.float32, "int64": torch.int64, "uint8": torch.uint8}[part.dtype]
    return torch.frombuffer(bytearray(part.data), dtype=dtype).view(part.shape)


def by_hand(asked: Prober, cell: str, changed: Intervention) -> list[tuple[dict[str, Tensor], Tensor]]:
    """Return every activation (T, H) and the shares (K,) of each sample, by the equations written out."""
    model, test, found = asked._model, asked._dataset.test, []
    blank = asked._scaling(asked._scaling.blank_of(test.x).view(1, 1, -1)).flatten()
    wipes = tuple(CellWipe(one.before, one.state) for one in changed.wipe)
    inside = CellIntervention(changed.hold, changed.silence, wipes)
    for index, sample in enumerate(test.x):
        x = asked._scaling(sample[None])[0]
        x = x if test.lengths is None else x[: test.lengths[index]]
        x = torch.cat([x, blank.expand(changed.append_blank, -1)])
        for span in changed.blank:
            x[span.first - 1 : span.last] = blank
        with torch.no_grad():
            trace = {
                name: one[0] for name, one in loops.read_by_hand(cell, model.layer, x[None], inside).items()
            }
            outputs = model.read_out(trace["h"][-1])
        shares = outputs if model.head_kind == "sigmoid" else outputs.softmax(0)
        found.append((trace, shares))
    return found


def mean(traces: list[dict[str, Tensor]], name: str) -> Tensor:
    """Return the mean of an activation over the samples that have the timestep, one by one."""
    rows = []
    for timestep in range(max(len(one[name]) for one in traces)):
        there = [one[name][timestep] for one in traces if len(one[name]) > timestep]
        rows.append(sum(there) / len(there))  # type: ignore[arg-type]
    return torch.stack(rows)  # type: ignore[arg-type]


def require(asked: Prober, cell: str, label: int, read_as: int, changed: Intervention) -> None:
    """Require the answer about a square to be what reading its samples one by one gives."""
    answer = mistakes(asked, label, read_as, changed)
    arrays, labels = answer.arrays, asked._dataset.test.labels.tolist()
    plain = [int(shares.argmax()) for _, shares in by_hand(asked, cell, NO_INTERVENTION)]
    read = by_hand(asked, cell, changed)
    members = [n for n in range(len(labels)) if (labels[n], plain[n]) == (label, read_as)]
    right = [n for n in range(len(labels)) if (labels[n], plain[n]) == (label, label)]

    def wrong(n: int) -> float:
        shares = read[n][1].tolist()
        others = [share for number, share in enumerate(shares) if number != label]
        return (max(others) if label == read_as else shares[read_as]) - shares[label]

    samples = arrays["samples"].numbers.tolist()
    assert sorted(samples) == members and arrays["samples"].axes == ("rank",)
    wrongness = arrays["wrongness"].numbers.tolist()
    assert wrongness == pytest.approx([wrong(n) for n in samples], abs=1e-5)
    assert wrongness == sorted(wrongness, reverse=True)
    assert arrays["share"].numbers.tolist() == pytest.approx(
        [float(read[n][1].max()) for n in samples], abs=1e-5
    )
    assert arrays["predicted"].numbers.tolist() == [int(read[n][1].argmax()) for n in samples]
    assert values(arrays["thumbnails"]).equal(asked._dataset.test.x[samples])
    assert (answer.facts["label"], answer.facts["read_as"]) == (label, read_as)
    assert (answer.facts["count"], answer.facts["count_right"]) == (len(members), len(right))
    assert answer.facts["samples"] == COUNT
    for name in (one.name for one in asked._model.layer.activations):
        of_set = mean([read[n][0] for n in members], name)
        torch.testing.assert_close(values(arrays[name]), of_set, atol=1e-5, rtol=1e-4)
        if label == read_as or not right:
            assert f"{name}_right" not in arrays and f"{name}_difference" not in arrays
            continue
        of_right = mean([read[n][0] for n in right], name)
        both = min(len(of_set), len(of_right))
        torch.testing.assert_close(values(arrays[f"{name}_right"]), of_right, atol=1e-5, rtol=1e-4)
        difference = values(arrays[f"{name}_difference"])
        torch.testing.assert_close(difference, of_set[:both] - of_right[:both], atol=1e-5, rtol=1e-3)


def squares(asked: Prober, cell: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return a square off the diagonal whose class is also read right, and one on it."""
    labels = asked._dataset.test.labels.tolist()
    read_as = [int(shares.argmax()) for _, shares in by_hand(asked, cell, NO_INTERVENTION)]
    pairs = [*zip(labels, read_as, strict=True)]
    off = next(one for one in pairs if one[0] != one[1] and (one[0], one[0]) in pairs)
    return off, (off[0], off[0])


def spread(asked: Prober) -> Prober:
    """Have a model that isn't trained read its samples as more than one class."""
    test, model = asked._dataset.test, asked._model
    model.head.weight.data.mul_(10)
    with torch.no_grad():
        h, _ = model.layer(asked._scaling(test.x))
        model.head.bias.data -= model.head(h[:, -1]).mean(0)
    return asked


@every_cell
@pytest.mark.parametrize("change", ["none", "held", "all"])
@pytest.mark.parametrize("head", ["logits", "sigmoid"])
def test_a_square_is_ranked_pictured_and_averaged_as_if_each_sample_were_read_alone(
    cell: str, change: str, head: Head, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "PART_NUMBERS", 4 * 7 * (12 * 6 + 3))  # a few samples at a time
    asked = spread(prober(cell, 7, 3, 3, head, COUNT))
    changed = interventions(asked._model, 7)[change]
    for square in squares(asked, cell):
        require(asked, cell, *square, changed)


@every_cell
@pytest.mark.parametrize("change", ["none", "all"])
def test_a_mean_is_over_the_samples_that_have_the_timestep(cell: str, change: str) -> None:
    torch.manual_seed(4)
    lengths = torch.randint(1, 8, (COUNT,))
    x = torch.randn(COUNT, 7, 3)
    x[torch.arange(7) >= lengths[:, None]] = 0
    file = SequenceFile(1, "", (0.5, -2.0, 1.0), (2.0, 1.0, 0.5))
    samples = Samples(x, torch.arange(COUNT) % 3, lengths)
    dataset = Dataset(samples, samples, Shape(7, 3, ("a", "b", "c")), file)
    asked = spread(Prober(SequenceClassifier(cell, 6, 3, 3), dataset, Scaling.of(samples, "standard", file)))
    changed = interventions(asked._model, 7)[change]
    for square in squares(asked, cell):
        require(asked, cell, *square, changed)
        found = mistakes(asked, *square, changed).arrays
        assert values(found["lengths"]).tolist() == lengths[found["samples"].numbers.tolist()].tolist()


def test_a_set_is_named_by_the_subject_or_by_the_question_s_options() -> None:
    asked = spread(prober("gru", 7, 3, 3, count=COUNT))
    label, read_as = squares(asked, "gru")[0]
    by_subject = mistakes(asked, label, read_as)
    named = Question("mistakes", {"label": label, "read_as": read_as})
    by_options = answer_in(ask(asked, named, Selection(subject=Sample(5))))
    assert by_options.arrays == by_subject.arrays and by_options.facts == by_subject.facts
    assert by_options.asked.subject == Sample(5)  # what was asked about, as the screen knows it


def test_a_kept_moment_is_read_with_its_own_weights() -> None:
    asked, other = (spread(prober("lstm", 7, 3, 3, count=COUNT)) for _ in range(2))
    other._model.layer.weight_hh_l0.data.mul_(3)
    recalling = Prober(asked._model, asked._dataset, asked._scaling, lambda step: other._model)
    label, read_as = squares(spread(other), "lstm")[0]
    selection = Selection(moment=7, subject=Set(label=label, read_as=read_as))
    found = answer_in(ask(recalling, Question("mistakes"), selection))
    assert found.step == 7
    assert found.arrays == mistakes(other, label, read_as).arrays


def test_large_samples_are_pooled_to_means_of_what_each_has() -> None:
    torch.manual_seed(5)
    x, lengths = torch.randn(4, 60, 70), torch.tensor([60, 1, 31, 44])
    x[torch.arange(60) >= lengths[:, None]] = 0
    samples = Samples(x, torch.zeros(4, dtype=torch.int64), lengths)
    dataset = Dataset(samples, samples, Shape(60, 70, ("a", "b")), None)
    asked = Prober(SequenceClassifier("rnn", 4, 70, 2), dataset, Scaling(0.0, 1.0))
    asked._model.head.weight.data.zero_()
    asked._model.head.bias.data.copy_(torch.tensor([0.0, 1.0]))
    answer = mistakes(asked, 0, 1)
    assert (answer.facts["timesteps_pooled"], answer.facts["inputs_pooled"]) == (3, 3)
    found = values(answer.arrays["thumbnails"])
    assert found.shape == (4, 20, 24)
    for rank, index in enumerate(answer.arrays["samples"].numbers.tolist()):
        for row in range(20):
            for column in range(24):
                lines = range(3 * row, min(3 * row + 3, int(lengths[index])))
                held = [
                    float(x[index, t, i]) for t in lines for i in range(3 * column, min(3 * column + 3, 70))
                ]
                mean = sum(held) / len(held) if held else 0.0
                assert float(found[rank, row, column]) == pytest.approx(mean, abs=1e-5)


def test_of_many_samples_all_are_ranked_and_the_first_sixty_pictured() -> None:
    asked = prober("rnn", 4, 2, 3, count=200)
    asked._model.head.weight.data[1:].zero_()
    asked._model.head.bias.data.copy_(torch.tensor([0.0, 9.0, 0.0]))
    answer = mistakes(asked, 2, 1)
    assert answer.arrays["samples"].shape == (66,)
    pictured = answer.arrays["samples"].numbers.tolist()[:60]
    assert values(answer.arrays["thumbnails"]).equal(asked._dataset.test.x[pictured])


def test_what_is_no_square_or_an_empty_one_is_one_line() -> None:
    asked = prober("rnn", 4, 2, 3, count=7)
    asked._model.head.weight.data.zero_()
    asked._model.head.bias.data.copy_(torch.tensor([0.0, 1.0, 0.0]))  # all are read as class 1
    both = "--label and --read-as: this question takes both, a square of the matrix"
    cases: list[tuple[Any, dict[str, Any], str]] = [
        (Set(), {}, both),
        (Set(label=1), {}, both),
        (Sample(1), {}, both),
        (Sample(1), {"label": True, "read_as": "x"}, both),
        (Sample(1), {"label": 2}, both),
        (Sample(1), {"label": 2, "read_as": 0}, "no class 2 was read as class 0"),
        (Set(label=3, read_as=0), {}, "--label: the classes are 0 to 2, not 3"),
        (Sample(1), {"label": 2, "read_as": 3}, "--read-as: the classes are 0 to 2, not 3"),
        (Set(2, 2, 1), {}, "no class 2 was read as class 1 among the first 2 test samples"),
    ]
    for subject, options, reason in cases:
        reply = ask(asked, Question("mistakes", options), Selection(subject=subject))
        assert [one.reason for one in reply.unanswerable] == [reason], (subject, options)


def test_progress_rises_from_the_first_part_to_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "PART_NUMBERS", 4 * 7 * (12 * 6 + 3))
    asked, told = spread(prober("lstm", 7, 3, 3, count=COUNT)), []
    selection = Selection(subject=Set(None, *squares(asked, "lstm")[0]))
    asked.answer(Ask(selection, (Question("mistakes"),)), 1, None, told.append)
    assert len(told) >= 5 and told == sorted(told) and told[-1] == pytest.approx(1.0)
