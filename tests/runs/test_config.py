"""The options of a training: which values are accepted, and how others are refused."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.runs import requirements
from explorer.runs.catalogue import create_run
from explorer.runs.config import DATASETS, DEVICES, OPTIONS, PRECISIONS, Config, configure
from explorer.runs.data_files import DATA_FILES, LONGEST_TITLE, data_title
from explorer.runs.folder import RunFolder
from explorer.runs.holds import LARGEST
from explorer.runs.recipes import RECIPES
from explorer.system.errors import GatescopeError, OptionError, UsageError
from models.registry import CELLS

BY_NAME = {option.name: option for option in OPTIONS}

GOOD = [
    *(("cell", cell, cell) for cell in CELLS),
    *(("dataset", dataset, dataset) for dataset in DATASETS),
    *(("device", device, device) for device in DEVICES),
    *(("preset", preset, preset) for preset in RECIPES),
    *(("precision", precision, precision) for precision in PRECISIONS),
    *(("hidden", "1", 1), ("hidden", 4096, 4096), ("hidden", " 64 ", 64)),
    *(("epochs", "10000", 10_000), ("epochs", 1, 1)),
    *(("batch_size", "60000", 60_000), ("batch_size", 1, 1)),
    *(("lr", "1e-3", 0.001), ("lr", "1e-9", 1e-9), ("lr", 100, 100.0)),
    *(("seed", "0", 0), ("seed", str(2**63 - 1), 2**63 - 1)),
    *(("threads", "0", 0), ("threads", 1024, 1024)),
    *(("augment", True, True), ("augment", False, False)),
    *(("hold", text, {"f": 1.0}) for text in ("f=1", " f = 1.0 ", ("f=1",), ("f=3", "f=1"), {"f": 1.0})),
    *(("hold", text, {"f": 0.5, "c": -2.0}) for text in ("f=.5, c=-2", ("f=.5", "c=-2"), ("f=.5,c=-2",))),
    *(("hold", text, {}) for text in ("", " ", (), {})),
]
"""An option, a value it accepts, and the parsed value."""

BAD = [
    *(("cell", value) for value in ("", "LSTM", "transformer", 3)),
    *(("dataset", value) for value in ("", "cifar10", "MNIST")),
    *(("device", value) for value in ("", "cuda:0", "tpu")),
    *(("preset", value) for value in ("", "Notebook", "best")),
    *(("precision", value) for value in ("", "fp16", "bfloat16", 32)),
    *(("hidden", value) for value in ("0", 0, "-1", "4097", "1.5", "abc", "", "1e2", "nan", True, "9" * 30)),
    *(("epochs", value) for value in ("1.5", 1.5, "0", "10001", "inf")),
    *(("batch_size", value) for value in ("0", "60001", "many", "-100")),
    *(("lr", value) for value in ("abc", "nan", "inf", "-inf", "0", "-0.01", "1e-10", "101", "", "1,5")),
    *(("lr", value) for value in (float("nan"), float("inf"), 0.0, True)),
    *(("seed", value) for value in ("-1", "1.5", str(2**63), "lucky")),
    *(("threads", value) for value in ("-1", "1025", "all", "0.5")),
    *(("augment", value) for value in ("maybe", 2, "")),
    *(("hold", value) for value in ("f", "f=", "=1", "f=x", "f=nan", "f=inf", "f=1e7", "f=1;", 3)),
    *(("data_dir", value) for value in ("/no/such/folder", "/dev/null", "/no/such\nfolder")),
]
"""An option and a value it refuses."""


@pytest.fixture(autouse=True)
def any_machine(monkeypatch):
    """A Mac of which nothing else is known."""
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr(requirements, "CPUINFO", Path("/nowhere"))


def touch_data(folder, dataset="mnist"):
    """Make the files of a data set, all empty; return the folder."""
    files = DATA_FILES[dataset]
    raw = folder / files.kind / "raw"
    raw.mkdir(parents=True)
    for name in files[1:]:
        (raw / name).touch()
    return folder


def assert_one_helpful_line(error, name, value):
    """The message is one line that names the option's flag and the value."""
    message = str(error)
    assert message.isprintable(), repr(message)
    assert BY_NAME[name].flag in message
    assert str(value) in message or repr(value) in message


class TestValues:
    @pytest.mark.parametrize(("name", "value", "becomes"), GOOD, ids=str)
    def test_a_good_value_is_accepted_as_text_or_as_its_type(self, name, value, becomes):
        got = getattr(configure({name: value}), name)
        assert (got, type(got)) == (becomes, type(becomes))

    @pytest.mark.parametrize(("name", "value"), BAD, ids=repr)
    def test_a_bad_value_is_refused_in_one_line_that_names_it(self, name, value):
        with pytest.raises(UsageError) as caught:
            configure({name: value})
        assert_one_helpful_line(caught.value, name, value)

    @given(
        name=st.sampled_from([option.name for option in OPTIONS if option.kind not in ("folder", "hold")]),
        value=st.text(max_size=12)
        | st.integers()
        | st.floats()
        | st.sampled_from(["0\n", "\t-1", "\x1f0", "1e400"]),
    )
    @settings(max_examples=150, deadline=None)
    def test_any_value_is_accepted_within_limits_or_refused_in_one_line(self, name, value):
        option = BY_NAME[name]
        try:
            got = getattr(configure({name: value}), name)
        except UsageError as error:
            assert str(error).isprintable()
            assert option.flag in str(error)
        else:
            assert got in option.choices if option.kind == "choice" else option.low <= got <= option.high

    def test_the_limits_of_a_number_are_part_of_the_refusal(self):
        with pytest.raises(UsageError, match=r"--batch-size takes a whole number, 1 to 60,000"):
            configure({"batch_size": "0"})

    def test_the_choices_are_part_of_the_refusal(self):
        with pytest.raises(UsageError, match=r"--cell is one of lstm, gru, rnn"):
            configure({"cell": "cnn"})

    @pytest.mark.parametrize(("name", "value"), BAD, ids=repr)
    def test_a_form_names_the_field_instead_of_the_flag(self, name, value):
        with pytest.raises(OptionError) as caught:
            configure({name: value})
        said = caught.value.in_form
        assert caught.value.field == name
        assert said.startswith(f"{name.replace('_', ' ')}: ") and "--" not in said and said.isprintable()
        assert str(value) in said or repr(value) in said

    def test_a_form_states_the_limits_of_a_number(self):
        with pytest.raises(OptionError) as caught:
            configure({"hidden": "x"})
        assert caught.value.in_form == "hidden: a whole number from 1 to 4,096, not 'x'"

    @given(st.text(max_size=12) | st.text("fo=1., e-", max_size=12))
    @settings(max_examples=150, deadline=None)
    def test_any_text_holds_activations_of_the_cell_or_is_refused_in_one_line(self, text):
        try:
            held = configure({"hold": text}).hold
        except UsageError as error:
            assert str(error).isprintable() and str(error).startswith("--hold")
        else:
            assert set(held) <= {"f", "o", "i", "g", "c", "h"}
            assert all(-LARGEST <= value <= LARGEST for value in held.values())

    def test_what_is_held_is_one_of_the_cell_s_own_activations(self):
        assert configure({"cell": "gru", "hold": "z=1"}).hold == {"z": 1.0}
        with pytest.raises(OptionError, match="--hold: this cell's activations are r, z, n, h, not 'f'"):
            configure({"cell": "gru", "hold": "f=1"})

    def test_what_is_held_is_computed_in_float32(self):
        with pytest.raises(OptionError, match="--hold: what is held is computed in float32, not in bf16"):
            configure({"hold": "f=1", "precision": "bf16"})

    def test_what_is_held_is_part_of_a_run_s_identity_in_any_order(self):
        one, other = (configure({"hold": text}) for text in ("f=1, o=1", "o=1, f=1"))
        assert one.identity == other.identity != configure({"hold": "f=1"}).identity

    def test_an_unknown_option_is_refused(self):
        with pytest.raises(UsageError, match="unknown option 'momentum'"):
            configure({"momentum": 0.9})

    def test_a_data_folder_is_made_absolute(self, tmp_path, monkeypatch):
        touch_data(tmp_path / "data")
        monkeypatch.chdir(tmp_path)
        assert configure({"data_dir": "data"}).data_dir == str(tmp_path / "data")

    def test_a_data_folder_may_start_with_a_tilde(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(touch_data(tmp_path)))
        assert configure({"data_dir": "~"}).data_dir == str(tmp_path)

    def test_no_data_folder_means_none_and_an_empty_one_is_refused(self):
        assert configure({"data_dir": None}).data_dir is None
        with pytest.raises(OptionError, match="--data-dir is empty; name a folder, or leave --data-dir out"):
            configure({"data_dir": ""})


class TestFiles:
    """A data set may be a file."""

    @pytest.fixture
    def file(self, tmp_path):
        (tmp_path / "some.npz").touch()
        return tmp_path / "some.npz"

    @pytest.mark.parametrize("typed", ["some.npz", "./some.npz", "~/some.npz"])
    def test_its_path_is_made_absolute(self, file, monkeypatch, typed):
        monkeypatch.chdir(file.parent)
        monkeypatch.setenv("HOME", str(file.parent))
        assert configure({"dataset": typed}).dataset == str(file)

    def test_one_whose_name_is_no_utf8_is_kept_as_an_address(self, tmp_path):
        path = tmp_path / "caf\udce9.NPZ"
        path.touch()
        config = configure({"dataset": str(path)})
        assert config.dataset.startswith("file:///") and config.dataset.endswith("caf%E9.NPZ")
        run = create_run(tmp_path, config)
        assert run.read().config == config and data_title(config.dataset) == "caf�.NPZ"

    def test_a_run_is_still_readable_once_it_is_gone(self, file, tmp_path):
        run = create_run(tmp_path, configure({"dataset": str(file)}))
        file.unlink()
        assert run.read().config.dataset == str(file)

    @pytest.mark.parametrize("name", ["none.npz", "folder.npz"])
    def test_one_that_is_none_is_refused(self, tmp_path, name):
        (tmp_path / "folder.npz").mkdir()
        with pytest.raises(
            OptionError, match=rf"--dataset: '{tmp_path}/{name}' is not a file; name one that"
        ):
            configure({"dataset": str(tmp_path / name)})

    @pytest.mark.parametrize("typed", ["mnits", "some.csv", "some.npz ", "npz"])
    def test_what_is_neither_a_name_nor_a_file_is_refused_with_both(self, typed):
        wanted = r"--dataset is one of mnist, fashion-mnist, kmnist, qmnist, FILE\.npz, not "
        with pytest.raises(OptionError, match=wanted):
            configure({"dataset": typed})

    def test_options_for_images_are_refused_beside_it(self, file, tmp_path):
        with pytest.raises(
            OptionError, match=r"--augment: it is for images; leave it out where the data set is"
        ):
            configure({"dataset": str(file), "augment": True})
        with pytest.raises(
            OptionError, match=r"--data-dir: a data set that is a file needs none; leave it out"
        ):
            configure({"dataset": str(file), "data_dir": str(touch_data(tmp_path))})

    @pytest.mark.parametrize(
        ("dataset", "title"),
        [
            ("kmnist", "kmnist"),
            ("/home/me/data/motions.npz", "motions.npz"),
            ("/a/the-longest-name-that-anybody-ever-saw.npz", "the-longest-…ver-saw.npz"),
            ("/a/x\x1b[2J.npz", "x�[2J.npz"),
        ],
    )
    def test_a_person_is_told_its_name_without_its_folders(self, dataset, title):
        assert data_title(dataset) == title and len(title) <= LONGEST_TITLE


class TestMachine:
    def test_a_macs_gpu_is_refused_elsewhere(self, monkeypatch):
        monkeypatch.setattr("sys.platform", "linux")
        with pytest.raises(UsageError, match="--device: mps is for a Mac's GPU; use auto, cpu or cuda"):
            configure({"device": "mps"})

    @pytest.mark.parametrize(
        ("said", "refused"),
        [
            ("flags\t\t: fpu avx512f avx512_bf16 fsrm", False),
            ("flags\t\t: fpu amx_bf16", False),
            ("flags\t\t: fpu avx2", True),
            ("Features\t: fp asimd bf16", False),  # another processor, of which only torch knows
            ("", False),
        ],
    )
    def test_bf16_is_refused_where_the_processor_certainly_lacks_it(
        self, tmp_path, monkeypatch, said, refused
    ):
        cpuinfo = tmp_path / "cpuinfo"
        cpuinfo.write_text(f"processor\t: 0\n{said}\n")
        monkeypatch.setattr(requirements, "CPUINFO", cpuinfo)
        if refused:
            with pytest.raises(UsageError, match=r"--precision: bf16 needs a CPU with .*; use float32"):
                configure({"precision": "bf16"})
        else:
            assert configure({"precision": "bf16"}).precision == "bf16"

    @pytest.mark.parametrize("dataset", DATASETS)
    def test_a_data_folder_that_lacks_a_file_is_refused_with_the_place_where_it_belongs(
        self, tmp_path, dataset
    ):
        files = DATA_FILES[dataset]
        raw = touch_data(tmp_path, dataset) / files.kind / "raw"
        for folder in (tmp_path, raw.parent, raw):
            assert configure({"dataset": dataset, "data_dir": folder}).data_dir == str(folder)
        (raw / files.test_labels).rename(raw / f"{files.test_labels}.gz")
        with pytest.raises(UsageError, match=f"in {raw}, {files.test_labels} must be decompressed: gunzip"):
            configure({"dataset": dataset, "data_dir": raw})
        (raw / files.train_images).unlink()
        with pytest.raises(UsageError) as caught:
            configure({"dataset": dataset, "data_dir": tmp_path})
        lacking = f"{files.train_images}, {files.test_labels}"
        assert str(caught.value) == f"--data-dir: {raw} lacks {lacking}; put them there, decompressed"


class TestPresets:
    def test_without_options_it_is_an_lstm_on_mnist_with_every_default(self):
        config = configure({})
        assert (config.cell, config.hidden, config.dataset, config.preset) == (
            "lstm",
            128,
            "mnist",
            "default",
        )
        assert msgspec.structs.asdict(config) == {option.name: option.default for option in OPTIONS}

    def test_none_means_not_given(self):
        assert configure(dict.fromkeys(BY_NAME)) == configure({})

    def test_the_notebook_preset_trains_one_epoch_at_a_learning_rate_of_0_01(self):
        config = configure({"preset": "notebook"})
        assert (config.cell, config.hidden, config.batch_size) == ("lstm", 128, 100)
        assert (config.epochs, config.lr) == (1, 0.01)

    def test_the_notebook_recipe_is_the_notebooks(self):
        recipe = configure({"preset": "notebook"}).recipe
        assert (recipe.head, recipe.forget_bias, recipe.clip) == ("sigmoid", None, None)
        assert (recipe.shuffle, recipe.normalise, recipe.schedule) == (False, "whole-set", "constant")

    def test_explicit_values_override_the_preset(self):
        config = configure({"preset": "notebook", "epochs": "3", "lr": 0.006, "cell": "gru"})
        assert (config.preset, config.epochs, config.lr, config.cell) == ("notebook", 3, 0.006, "gru")

    @pytest.mark.parametrize("preset", tuple(RECIPES))
    def test_every_preset_has_a_recipe_and_valid_defaults(self, preset):
        assert configure({"preset": preset}).recipe is RECIPES[preset]
        for option in OPTIONS:
            default = option.default_for(preset)
            assert default is None or option.parse(default) == default


class TestOptions:
    def test_options_are_the_fields_of_a_config(self):
        assert [option.name for option in OPTIONS] == list(Config.__struct_fields__)

    @pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
    def test_every_option_documents_its_effect_and_its_values(self, option):
        assert option.help
        assert option.takes()
        assert option.flag == "--" + option.name.replace("_", "-")


class TestRunFile:
    def test_a_config_survives_run_json(self, tmp_path):
        data = touch_data(tmp_path)
        config = configure({"cell": "gru", "lr": 0.1 + 0.2, "seed": 2**63 - 1, "data_dir": data})
        assert RunFolder(create_run(tmp_path, config, "one").path).read().config == config

    def test_run_json_is_human_readable(self, tmp_path):
        text = (create_run(tmp_path, configure({}), "one").path / "run.json").read_text(encoding="utf-8")
        assert '\n    "hidden": 128,\n' in text

    DAMAGE = {  # noqa: RUF012
        "empty": lambda text: b"",
        "torn": lambda text: text[: len(text) // 2],
        "another thing": lambda text: b"[1, 2, 3]",
        "not text": lambda text: text.replace(b'"one"', b'"\xff\xfe"'),
        "deep": lambda text: b"[" * 100_000,
        "an activation that the cell hasn't": lambda text: text.replace(b'"hold": {}', b'"hold": {"z": 1}'),
        "an unknown option": lambda text: text.replace(b'"hidden"', b'"hiddden"'),
    }

    @pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
    def test_a_damaged_run_json_is_reported_in_one_line_that_names_the_file(self, tmp_path, damage):
        folder = create_run(tmp_path, configure({}), "one")
        file = folder.path / "run.json"
        file.write_bytes(damage(file.read_bytes()))
        with pytest.raises(GatescopeError) as caught:
            folder.read()
        assert f"{file} is damaged" in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_a_folder_without_run_json_is_reported_as_no_run(self, tmp_path):
        with pytest.raises(GatescopeError, match="is this a run"):
            RunFolder(tmp_path).read()

    def test_a_run_of_another_format_is_reported_as_such(self, tmp_path):
        folder = create_run(tmp_path, configure({}), "one")
        content = msgspec.json.decode((folder.path / "run.json").read_bytes())
        (folder.path / "run.json").write_bytes(msgspec.json.encode(content | {"format": 99}))
        with pytest.raises(GatescopeError, match="run one is from a newer version of gatescope"):
            folder.read()
