"""Files of sequences: what is read from them, and how anything else is refused."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kit.digits import ignore
from kit.sequences import Arrays, npy, pack, promise, some, write

from explorer.engine.data.dataset import Dataset
from explorer.engine.data.npz import MOST_NUMBERS
from explorer.engine.data.sequences import read_sequences
from explorer.runs.shape import Shape
from explorer.system.errors import GatescopeError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.npz"


def read(path: Path, **arrays: Any) -> Dataset:
    """Write these arrays, and read them."""
    return read_sequences(write(path, **arrays), 0, ignore)


def refused(path: Path) -> str:
    """The one line with which a file is refused, without the file's name at its start."""
    with pytest.raises(GatescopeError) as caught:
        read_sequences(path, 0, ignore)
    line = str(caught.value)
    assert line.isprintable() and line.startswith(str(path))
    return line.removeprefix(f"{path}").lstrip(": ")


def with_test(arrays: Arrays, other: Arrays) -> Arrays:
    """The arrays of a file that has samples for testing."""
    return arrays | {f"{name}_test": values for name, values in other.items()}


class TestWhatIsRead:
    @pytest.mark.parametrize("dtype", ["f4", ">f4", "f8", "f2", "i1", "u1", "i8", "u8", "?"])
    def test_numbers_of_any_type_become_float32(self, file, dtype):
        x = (some()["x"] + 20).astype(dtype)
        found = read(file, **with_test({"x": x, "y": some()["y"]}, {"x": x[:4], "y": some()["y"][:4]}))
        assert found.train.x.dtype is found.test.x.dtype is torch.float32
        np.testing.assert_array_equal(found.train.x.numpy(), x.astype(np.float32))
        np.testing.assert_array_equal(found.test.x.numpy(), x[:4].astype(np.float32))
        assert found.train.lengths is None and found.shape == Shape(5, 3, ("0", "1", "2"))

    def test_numbers_in_column_order_are_read_like_any_others(self, file):
        arrays = some()
        plain, turned = read(file, **arrays), read(file, **arrays | {"x": np.asfortranarray(arrays["x"])})
        assert torch.equal(plain.train.x, turned.train.x) and turned.train.x.is_contiguous()

    def test_without_a_third_dimension_there_is_one_input(self, file):
        x = np.arange(24.0).reshape(6, 4)
        found = read(file, x=x, y=[0, 1] * 3)
        assert found.shape.timesteps == 4 and found.shape.inputs == 1
        assert sorted(found.train.x[:, 0, 0].tolist() + found.test.x[:, 0, 0].tolist()) == x[:, 0].tolist()

    def test_a_compressed_file_and_a_link_to_it_are_read(self, file, tmp_path):
        np.savez_compressed(file, **some())
        (tmp_path / "link.npz").symlink_to(file)
        assert len(read_sequences(tmp_path / "link.npz", 0, ignore).train.labels) == 9

    def test_size_and_checksum_are_those_of_the_file(self, file):
        found = read(file, **some()).file
        assert found is not None
        assert (found.size, found.sha256) == (
            file.stat().st_size,
            hashlib.sha256(file.read_bytes()).hexdigest(),
        )

    def test_arrays_with_other_names_are_left_alone_and_named(self, file):
        lines: list[str] = []
        arrays = some() | {"lenghts": np.arange(12), "../x": np.arange(3)}
        read_sequences(write(file, **arrays), 0, lambda line, share: lines.append(line))
        assert lines[0].startswith("some.npz: ../x, lenghts not read; what is read is x, y, x_test")

    def test_of_a_sequence_only_its_real_timesteps_count(self, file):
        x = some()["x"].copy()
        lengths = np.arange(12) % 5 + 1
        x[np.arange(5) >= lengths[:, None]] = np.nan
        arrays = {"x": x, "y": some()["y"], "lengths": lengths}
        found = read(file, **with_test(arrays, {name: values[:5] for name, values in arrays.items()}))
        assert found.train.lengths.tolist() == lengths.tolist()
        assert found.test.lengths.tolist() == [1, 2, 3, 4, 5]
        for row, length in zip(found.train.x, lengths, strict=True):
            assert row.isfinite().all() and not row[length:].any()
        some_of_them = found.train.some(torch.tensor([1, 2, 7])).trimmed()  # 2, 3 and 3 timesteps long
        assert some_of_them.x.shape == (3, 3, 3) and some_of_them.lengths.tolist() == [2, 3, 3]

    def test_lengths_that_all_reach_the_end_are_as_good_as_none(self, file):
        assert read(file, **some(), lengths=np.full(12, 5)).train.lengths is None


class TestScaling:
    def test_mean_and_deviation_are_those_of_the_real_timesteps_of_the_training_samples(
        self, file, monkeypatch
    ):
        monkeypatch.setattr(
            "explorer.engine.data.sequences.PART", 40
        )  # two samples at a time, and a last one
        x, lengths = some(count=13)["x"], np.arange(13) % 5 + 1
        arrays = {"x": x, "y": np.arange(13) % 2, "lengths": lengths}
        found = read(
            file, **with_test(arrays, {name: values[:2] * 1 for name, values in arrays.items()})
        ).file
        for one in range(3):
            real = [x[n, t, one].astype(np.float32) for n in range(13) for t in range(lengths[n])]
            mean = sum(map(float, real)) / len(real)
            deviation = (sum((float(value) - mean) ** 2 for value in real) / len(real)) ** 0.5
            assert found.mean[one] == pytest.approx(mean, rel=1e-6)
            assert found.deviation[one] == pytest.approx(deviation, rel=1e-6)

    @pytest.mark.parametrize("value", [0.0, 0.1, -1e30, 3e38, 1e-45])
    def test_an_input_that_is_constant_has_a_deviation_of_1(self, file, value):
        x = some()["x"]
        x[..., 1] = value
        found = read(file, x=x, y=some()["y"]).file
        assert found.deviation[1] == 1 and found.mean[1] == pytest.approx(np.float32(value), rel=1e-6)
        assert 1.5 < found.deviation[0] < 4

    def test_a_recorded_number_is_the_float32_and_no_longer_than_needed(self, file):
        found = read(file, **some()).file
        for number in (*found.mean, *found.deviation):
            assert len(repr(number)) <= 13 and repr(float(str(np.float32(number)))) == repr(number)


class TestLabels:
    @pytest.mark.parametrize(
        ("y", "names", "labels"),
        [
            ([3, -1, 3, 12], ("-1", "3", "12"), [1, 0, 1, 2]),
            (np.array([2, 1, 2, 1], np.uint64), ("1", "2"), [1, 0, 1, 0]),
            ([True, False, True, False], ("0", "1"), [1, 0, 1, 0]),
            (["walk", "run", "歩く", "run"], ("run", "walk", "歩く"), [1, 0, 2, 0]),
            (np.array(["ä", "b", "b", "ä"]).astype("U").view(), ("b", "ä"), [1, 0, 0, 1]),
            (np.char.encode(["ä", "b", "b", "ä"], "utf-8"), ("b", "ä"), [1, 0, 0, 1]),
            ([" a\n b ", "c", "c", "c"], ("a b", "c"), [0, 1, 1, 1]),
            (["a\x1b[2J", "c", "c", "c"], ("a�[2J", "c"), [0, 1, 1, 1]),
        ],
    )
    def test_classes_are_the_values_that_there_are_in_order(self, file, y, names, labels):
        x = np.zeros((4, 2, 1))
        found = read(file, x=x, y=y, x_test=x, y_test=y)
        assert found.shape.classes == names
        assert found.train.labels.tolist() == found.test.labels.tolist() == labels

    @pytest.mark.parametrize(
        ("y", "labels"), [([2, 0, 2, 1], [2, 0, 2, 1]), (["b", "z", "b", "a"], [2, 0, 2, 1])]
    )
    def test_with_classes_labels_are_their_names_or_indices(self, file, y, labels):
        x = np.zeros((4, 2, 1))
        found = read(file, x=x, y=y, classes=["z", "a", "b", "never"], x_test=x[:1], y_test=y[3:])
        assert found.shape.classes == ("z", "a", "b", "never")
        assert (found.train.labels.tolist(), found.test.labels.tolist()) == (labels, labels[3:])

    def test_a_class_that_only_the_test_samples_have_counts(self, file):
        x = np.zeros((4, 2, 1))
        found = read(file, x=x, y=[1, 2, 1, 2], x_test=x, y_test=[0, 1, 2, 3])
        assert found.shape.classes == ("0", "1", "2", "3") and found.train.labels.tolist() == [1, 2, 1, 2]
        said = "2 of 4 test samples are of classes 0, 3, of which y has none: they can't be learnt"
        assert found.doubt == f"some.npz: {said}"

    @pytest.mark.parametrize("y_test", [[1], [2, 1, 1]])
    def test_nothing_is_said_of_test_samples_whose_classes_can_be_learnt(self, file, y_test):
        x = np.zeros((4, 2, 1))
        classes = ["a", "b", "c", "never"]
        found = read(file, x=x, y=[1, 2, 1, 2], x_test=x[: len(y_test)], y_test=y_test, classes=classes)
        assert found.doubt == ""


class TestHoldingOut:
    def test_a_fifth_of_each_class_is_held_out_and_nothing_is_lost(self, file):
        y = np.repeat([0, 1, 2, 3], [50, 10, 3, 1])
        arrays = {"x": np.arange(64.0)[:, None], "y": y, "lengths": np.ones(64, int)}
        found = read(file, **arrays)
        assert torch.bincount(found.test.labels).tolist() == [10, 2, 1]
        whole = torch.cat([found.train.x, found.test.x]).flatten()
        assert whole.sort().values.tolist() == [*range(64)]
        for part in (found.train, found.test):
            assert part.labels.tolist() == y[part.x.flatten().long()].tolist()
        assert found.train.x.flatten().tolist() == sorted(found.train.x.flatten().tolist())
        assert found.test.labels.tolist() != sorted(found.test.labels.tolist())

    def test_the_seed_decides_which(self, file):
        write(file, **some(count=60))
        one, same, other = (read_sequences(file, seed, ignore).test.x for seed in (1, 1, 2))
        assert torch.equal(one, same) and not torch.equal(one, other)

    def test_it_is_said(self, file):
        lines: list[str] = []
        read_sequences(write(file, **some(count=60)), 0, lambda line, share: lines.append(line))
        assert lines == ["some.npz: 12 of 60 samples are held out for testing"]


X = np.zeros((4, 2, 1))
Y = [0, 1, 0, 1]
NONE = np.zeros(0, int)
OBJECTS = np.array([0, 1, None, 1], object)
WRONG: list[tuple[Arrays, str]] = [
    ({"y": Y}, "x is missing; expected numbers of (samples, timesteps, inputs)"),
    ({"data": X}, "x is missing; expected numbers of (samples, timesteps, inputs)"),
    ({"x": X}, "y is missing; expected it beside x"),
    ({"x": X, "y": Y, "x_test": X}, "y_test is missing; expected it beside x_test"),
    ({"x": X, "y": Y, "y_test": Y}, "x_test is missing; expected it beside y_test"),
    ({"x": X, "y": Y, "lengths_test": Y}, "lengths is missing; expected it beside lengths_test"),
    (
        {"x": X, "y": Y, "lengths": [1] * 4, "x_test": X, "y_test": Y},
        "lengths_test is missing; expected it beside lengths and x_test",
    ),
    (
        {"x": X[0, 0], "y": Y},
        "x has the shape (1,); expected (samples, timesteps, inputs) or (samples, timesteps)",
    ),
    ({"x": X[None], "y": Y}, "x has the shape (1, 4, 2, 1); expected (samples, timesteps, inputs) or"),
    ({"x": 3.0, "y": Y}, "x has the shape (); expected"),
    ({"x": X + 1j, "y": Y}, "x holds complex128; expected numbers"),
    ({"x": X.astype(str), "y": Y}, "x holds <U32; expected numbers"),
    ({"x": X.astype(object), "y": Y}, "x holds pickled objects; expected numbers"),
    ({"x": X.view([("a", "f8")]), "y": Y}, "x holds [('a', '<f8')]; expected numbers"),
    ({"x": X.astype("M8[s]"), "y": Y}, "x holds datetime64[s]; expected numbers"),
    ({"x": X, "y": OBJECTS}, "y holds pickled objects; expected whole numbers or names"),
    ({"x": X, "y": [0.0, 1, 0, 1]}, "y holds float64; expected whole numbers or names"),
    ({"x": X, "y": np.eye(4)}, "y holds float64; expected whole numbers or names"),
    ({"x": X, "y": [Y] * 4}, "y has the shape (4, 4); expected (samples)"),
    ({"x": X, "y": Y[1:]}, "y has 3 values; expected 4, one for each sample of x"),
    ({"x": X[:0], "y": NONE}, "x has no samples; expected at least one"),
    ({"x": X[:, :0], "y": Y}, "x has 0 timesteps; expected 1 to 1,000"),
    ({"x": np.zeros((4, 1001)), "y": Y}, "x has 1,001 timesteps; expected 1 to 1,000"),
    ({"x": np.zeros((4, 1, 513)), "y": Y}, "x has 513 inputs; expected 1 to 512"),
    ({"x": X[:, :, :0], "y": Y}, "x has 0 inputs; expected 1 to 512"),
    (
        {"x": X, "y": Y, "x_test": np.zeros((4, 3, 1)), "y_test": Y},
        "x_test has the shape (4, 3, 1); expected (samples, 2, 1), as in x",
    ),
    ({"x": X, "y": Y, "x_test": X[:0], "y_test": NONE}, "x_test has no samples; expected at least one"),
    (
        {"x": X, "y": Y, "x_test": X, "y_test": Y[1:]},
        "y_test has 3 values; expected 4, one for each sample of x_test",
    ),
    ({"x": X, "y": Y, "lengths": [1, 2]}, "lengths has 2 values; expected 4, one for each sample of x"),
    (
        {"x": X, "y": Y, "lengths": [1, 2, 0, 1]},
        "lengths has a length of 0; expected 1 to 2, the timesteps of x",
    ),
    (
        {"x": X, "y": Y, "lengths": [1, 2, 3, 1]},
        "lengths has a length of 3; expected 1 to 2, the timesteps of x",
    ),
    ({"x": X, "y": Y, "lengths": [1, 2, -1, 1]}, "lengths has a length of -1; expected 1 to 2"),
    ({"x": X, "y": Y, "lengths": [1.0] * 4}, "lengths holds float64; expected whole numbers"),
    (
        {"x": X + np.nan, "y": Y},
        "x is nan as float32 at sample 0, timestep 1, input 0; expected finite numbers",
    ),
    (
        {"x": X + 1e39, "y": Y},
        "x is inf as float32 at sample 0, timestep 1, input 0; expected finite numbers",
    ),
    (
        {"x": np.array([[0.0, 1], [2, -np.inf], [0, 0], [0, 0]]), "y": Y, "lengths": [1, 2, 1, 1]},
        "x is -inf as float32 at sample 1, timestep 2, input 0",
    ),
    ({"x": X, "y": Y, "x_test": X + np.nan, "y_test": Y}, "x_test is nan as float32 at sample 0"),
    ({"x": X, "y": [7] * 4}, "y has one class only ('7'); expected at least two"),
    ({"x": X, "y": [1] * 4, "classes": ["a", "b"]}, "y has one class only ('1'); expected at least two"),
    ({"x": np.zeros((101, 1)), "y": np.arange(101)}, "y has 101 classes; expected 2 to 100"),
    ({"x": X, "y": Y, "classes": ["a"]}, "classes has 1 classes; expected 2 to 100"),
    ({"x": X, "y": Y, "classes": ["a"] * 101}, "classes has 101 classes; expected 2 to 100"),
    ({"x": X, "y": Y, "classes": ["a", ""]}, "classes has an empty name; expected a name for each class"),
    ({"x": X, "y": Y, "classes": ["a", "a "]}, "classes has the name 'a' twice; expected another name"),
    ({"x": X, "y": Y, "classes": ["a", "b" * 41]}, "classes has a name of 41 characters (bbb"),
    ({"x": X, "y": Y, "classes": [1, 2]}, "classes holds int64; expected names"),
    ({"x": X, "y": [0, 1, 0, 2], "classes": ["a", "b"]}, "y or y_test has the label '2'; expected 0 to 1"),
    ({"x": X, "y": [0, 1, 0, -1], "classes": ["a", "b"]}, "y or y_test has the label '-1'; expected 0 to 1"),
    (
        {"x": X, "y": ["a", "b", "b", "c"], "classes": ["a", "b"]},
        "y or y_test has the label 'c'; expected one of",
    ),
    ({"x": X, "y": Y, "x_test": X, "y_test": ["a"] * 4}, "y_test holds names; expected numbers, as in y"),
    (
        {"x": X, "y": Y, "x_test": X, "y_test": [2, 3, 2, 2]},
        "y_test has only classes that y lacks (2, 3); expected the classes of y",
    ),
    ({"x": X, "y": [b"a", b"\xff", b"a", b"a"]}, "y has names that aren't UTF-8; expected text"),
    ({"x": X, "y": np.array([0, 2**63, 1, 1], np.uint64)}, "y has the number 9223372036854775808; expected"),
    (
        {"x": X, "y": [0, 1, 2, 3]},
        "y has no class with two samples; expected some for testing: add x_test and y_test",
    ),
]


class TestWhatIsRefused:
    @pytest.mark.parametrize(("arrays", "said"), WRONG, ids=[said for _, said in WRONG])
    def test_one_line_says_which_array_and_what_was_expected(self, file, arrays, said):
        assert refused(write(file, **arrays)).startswith(said)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "File is not a zip file"),
            (b"x,y\n1,2\n", "File is not a zip file"),
            (npy(X), "not a zip file"),
        ],
    )
    def test_a_file_that_is_none(self, file, content, said):
        file.write_bytes(content)
        line = refused(file)
        assert line.startswith("is no npz file, or a damaged one: ") and said in line
        assert line.endswith("write it with numpy.savez")

    @pytest.mark.parametrize("instead", ["nothing", "folder", "fifo", "link to nothing", "device"])
    def test_what_is_no_file(self, file, instead):
        if instead == "folder":
            file.mkdir()
        elif instead == "fifo":
            os.mkfifo(file)
        elif instead != "nothing":
            file.symlink_to("/dev/zero" if instead == "device" else "nowhere")
        with pytest.raises(GatescopeError) as caught:
            read_sequences(file, 0, ignore)
        missing = instead in ("nothing", "link to nothing")
        wanted = "is missing; put it back, or start a new run" if missing else "not a plain file"
        assert wanted in str(caught.value) and str(file) in str(caught.value)

    def test_another_file_than_the_one_on_record(self, file):
        found = read(file, **some()).file
        assert read_sequences(file, 0, ignore, found.sha256).file == found
        write(file, **some(seed=1))
        with pytest.raises(GatescopeError, match=r"is another file than this run .*; put that one back"):
            read_sequences(file, 0, ignore, found.sha256)

    @pytest.mark.parametrize("bit", range(0, 8 * 900, 331))
    def test_a_bit_that_flipped(self, file, bit):
        """An archive has a checksum of each array; where it has none, the header says something else."""
        write(file, **some())
        content = bytearray(file.read_bytes())
        whole = read_sequences(file, 0, ignore)
        content[bit // 8] ^= 1 << bit % 8
        file.write_bytes(content)
        try:
            found = read_sequences(file, 0, ignore)
        except GatescopeError as error:
            assert str(file) in str(error) and str(error).isprintable()
        else:
            assert torch.equal(found.train.x, whole.train.x)


class TestPromises:
    """No memory is taken for numbers that a header only promises."""

    @pytest.fixture(autouse=True)
    def no_memory(self, monkeypatch):
        """Reading an array's numbers fails: none of these files gets that far."""

        def read_array(*_given: object, **_more: object) -> None:
            raise AssertionError("the numbers were read")

        monkeypatch.setattr(np.lib.format, "read_array", read_array)

    @pytest.mark.parametrize(
        ("shape", "descr"),
        [
            ((10**12, 1, 1), "<f8"),
            ((10**12, 4), "<f8"),
            ((MOST_NUMBERS + 1, 1), "|u1"),
            ((9, 9), f"<U{10**9 // 2}"),
        ],
    )
    def test_too_many(self, file, shape, descr):
        line = refused(pack(file, x=promise(shape, descr), y=npy(np.array(Y))))
        assert line.startswith(f"x has {np.prod(shape):,} numbers of type ") and line.endswith(
            "at most 536,870,912"
        )

    @pytest.mark.parametrize("shape", [(5, 2, 1), (3, 2, 1), (-2, 2, -2), (2**64, 1, 1)])
    def test_more_or_fewer_than_there_are(self, file, shape):
        line = refused(pack(file, x=promise(shape) + bytes(64), y=npy(np.array(Y))))
        said = ("bytes instead of", "numbers of type", "x has -2 inputs")
        assert "x has" in line and any(words in line for words in said)

    @pytest.mark.parametrize(
        "header",
        [
            b"",
            b"\x93NUMPY\x03\x00",
            b"\x93NUMPY\x09\x00\x10\x00",
            b"\x93NUMPY\x01\x00\xff\xff{",
            b"\x93NUMPY\x01\x00\x10\x00" + b"[" * 16,
            b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
        ],
    )
    def test_a_header_that_is_none(self, file, header):
        assert refused(pack(file, x=header, y=npy(np.array(Y)))).startswith(
            "is no npz file, or a damaged one: "
        )


@given(content=st.data())
@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_samples_or_a_one_line_error(tmp_path, content):
    """Bytes at random, and an archive of which some bytes were changed, cut off or put in."""
    file = tmp_path / "any.npz"
    base = bytearray(write(file, **some(count=4, timesteps=2, inputs=1, classes=2)).read_bytes())
    for _ in range(content.draw(st.integers(1, 3))):
        at = content.draw(st.integers(0, len(base)))
        base[at : at + content.draw(st.integers(0, 9))] = content.draw(st.binary(max_size=9))
    file.write_bytes(content.draw(st.just(bytes(base)) | st.binary(max_size=60)))
    try:
        found = read_sequences(file, 0, ignore)
    except GatescopeError as error:
        assert str(file) in str(error) and str(error).isprintable()
    else:
        assert found.train.x.isfinite().all() and len(found.train.labels) + len(found.test.labels)


@given(
    entries=st.dictionaries(
        st.sampled_from(["x", "y", "x_test", "y_test", "classes", "lengths", "/x", "../y", "x/x", ""]),
        st.tuples(
            st.lists(st.integers(-2, 5), max_size=4).map(tuple),
            st.sampled_from(["<f8", "<i4", "|b1", "<U3", "|S2", "|O", "<c16", "<f2", "|V4", ">i8"]),
            st.binary(max_size=200),
        ),
    )
)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_arrays_give_samples_or_a_one_line_error(tmp_path, entries):
    file = tmp_path / "any.npz"
    whole = {}
    for name, (shape, descr, body) in entries.items():
        wanted = int(np.prod(shape)) * np.dtype(descr).itemsize if min(shape, default=0) >= 0 else len(body)
        whole[name] = promise(shape, descr) + (body * (wanted // max(1, len(body)) + 1))[:wanted]
    try:
        found = read_sequences(pack(file, **whole), 0, ignore)
    except GatescopeError as error:
        assert str(file) in str(error) and str(error).isprintable()
    else:
        assert found.train.x.isfinite().all() and len(found.shape.classes) >= 2
