"""An engine that only answers questions, about any run.

The read-only engine belongs to no run: each request names the run that it is about. So one of them, and one
import of torch, serves all the runs that a screen opens.
"""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from msgspec.structs import replace

from explorer.engine.distributed.rank import ALONE
from explorer.engine.linger import NOT_TRAINING
from explorer.protocol.messages import FindSample, Refused, Reply, Request, about
from explorer.protocol.probes import is_heavy
from explorer.protocol.questions import Ask
from explorer.runs.data_files import is_file
from explorer.runs.folder import RunFile, RunFolder
from explorer.runs.reader import read_start
from explorer.system.errors import GatescopeError, UsageError
from explorer.system.files import Stamp, stamp_of
from explorer.system.memory import naming
from explorer.system.path_text import text_path
from explorer.system.patience import refusal
from explorer.system.text import one_line, printable, reason

if TYPE_CHECKING:
    from explorer.engine.data.dataset import Dataset
    from explorer.engine.heavy import Heavy
    from explorer.engine.probes.registry import Prober
    from explorer.engine.server import Handler, Server
    from explorer.runs.config import Config

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

FIRST_VIEWER_SECONDS = 30.0
"""Seconds after which the engine ends if no viewer has connected."""
ALONE_SECONDS = 2.0
"""Seconds after which it ends once its last viewer has gone: it holds 400 MB."""
MOST_MODELS = 8
"""How many runs' models are kept: those asked about last, each as it is now and at one other moment. A model
has 330 KB, with 4096 hidden units 270 MB."""
MOST_DATASETS = 4
"""How many data sets are kept: those asked about last. The test samples of one take 8 MB."""


def serve(socket: Path) -> None:
    """Answer on `socket`, about any run, until no viewer is connected any more.

    Raises:
        OSError: the socket can't be created.
    """
    from explorer.engine.server import Server

    library = Library()  # imports torch: a viewer that sees the socket is answered at once
    server = Server(lambda: socket)
    try:
        _serve_viewers(server, library.answer, FIRST_VIEWER_SECONDS)
    finally:
        server.close()


def _serve_viewers(server: Server, answer: Handler, patience: float) -> None:
    """Serve until no viewer has been connected for `patience` seconds, or for less after the first one."""
    alone_since = time.monotonic()
    while time.monotonic() - alone_since < patience:
        server.serve(answer, wait=0.5)
        if server.viewers:
            alone_since, patience = time.monotonic(), ALONE_SECONDS


class _Loaded(NamedTuple):
    """A run's newest weights, ready to be asked."""

    stamp: tuple[object, ...]
    """What the weights depend on; another stamp means other weights."""
    prober: Prober
    step: int


class Library:
    """The models and the data sets of the runs that were asked about, read from disk when needed."""

    def __init__(self, report: Callable[[str], object] = print) -> None:
        """Import torch; nothing is read yet. `report` is called with a line for what takes time."""
        from explorer.engine.heavy import HeavyQuestions

        self._report = report
        self._heavy = HeavyQuestions()
        self._models: OrderedDict[str, _Loaded] = OrderedDict()
        self._datasets: OrderedDict[tuple[object, ...], Dataset] = OrderedDict()

    def answer(self, request: Request) -> Reply | Heavy:
        """Answer questions with the weights of the run that it names; heavy ones later, and elsewhere."""
        if not isinstance(request, Ask | FindSample):
            return NOT_TRAINING
        folder = RunFolder(text_path(about(request)))
        try:
            with naming("close some programs, and ask again"):
                run = folder.read()
                if isinstance(request, Ask) and (later := self._later(folder, run.config, request)):
                    return later
                loaded = self._load(folder, run)
        except GatescopeError as error:
            return Refused(reason(error), mistake=isinstance(error, UsageError))
        except OSError as error:
            return Refused(printable(one_line(refusal(str(error.filename or folder.path), error))))
        return loaded.prober.answer(request, loaded.step, None)

    def _later(self, folder: RunFolder, config: Config, request: Ask) -> Heavy | None:
        """What answers a request with a heavy question; None: it has none.

        Raises:
            GatescopeError: its data can't be read.
        """
        dataset = self._dataset(folder, config)
        count = len(dataset.test.labels)
        asked = product(request.questions, request.selections)
        if not any(is_heavy(question, about, dataset.shape, count) for question, about in asked):
            return None
        return partial(self._heavy.answer, folder, config, dataset, request)

    def _load(self, folder: RunFolder, run: RunFile) -> _Loaded:
        """A run's newest weights, from memory if the run has no newer checkpoint.

        Raises:
            GatescopeError: its data or its weights can't be read.
        """
        files = [stamp_of(path.stat()) for path in folder.checkpoint_files()[:1]]
        stamp = (run.created, *files, _stamp_of_data(run.config))

        def read() -> _Loaded:
            return self._read(folder, run.config, stamp)

        key = str(folder.path)
        known = self._models.get(key)
        if known is not None and (known.stamp != stamp or known.prober.missing):
            del self._models[key]
        return _kept(self._models, key, read, MOST_MODELS)

    def _read(self, folder: RunFolder, config: Config, stamp: tuple[object, ...]) -> _Loaded:
        """Read a run's newest weights, and its data set unless that is in memory."""
        from explorer.engine.learning.batches import Scaling
        from explorer.engine.probes.registry import Prober
        from explorer.engine.record.checkpoints import newest_model
        from explorer.engine.record.moments import Recall

        dataset = self._dataset(folder, config)
        model, step = newest_model(folder, config, dataset.shape)
        scaling = Scaling.of(dataset.test, config.recipe.normalise, dataset.file)
        device = dataset.test.labels.device
        recall = Recall(folder, config, dataset.shape, device)
        return _Loaded(stamp, Prober(model.to(device), dataset, scaling, recall), step)

    def _dataset(self, folder: RunFolder, config: Config) -> Dataset:
        """A run's data set, from memory if another run has it too.

        Without the file that a run learns from it has no samples, but it is known how inputs that come with a
        question are scaled.
        """
        from explorer.engine.data.dataset import without_samples
        from explorer.engine.prepare import prepare, prepare_device

        config = replace(config, threads=1)  # the other cores belong to whoever trains
        device = prepare_device(config)
        place: tuple[object, ...] = (config.dataset, config.data_dir, str(device))
        started = file = None
        if is_file(config.dataset):  # of which the seed may decide what is held out for testing
            started = read_start(folder.events)
            file = started.file if started else None
            place += (config.seed, _stamp_of_data(config), file)

        def read() -> Dataset:
            return _without_training(prepare(config, self._report, ALONE, file)[1])

        try:
            return _kept(self._datasets, place, read, MOST_DATASETS)
        except GatescopeError as error:
            if started is None or file is None:
                raise
            return without_samples(started.shape, file, str(error), device)


def _stamp_of_data(config: Config) -> Stamp:
    """What a file of sequences is known by, as long as nobody changes it; of a named data set, nothing."""
    if not is_file(config.dataset):
        return ()
    try:
        return stamp_of(os.stat(text_path(config.dataset)))
    except (OSError, ValueError):
        return ()


def _without_training(dataset: Dataset) -> Dataset:
    """A data set whose training samples don't stay in memory: 47 MB, and nothing is asked about them."""
    return dataset._replace(train=dataset.train.map(lambda part: part[:0].clone()))


def _kept(shelf: OrderedDict[_Key, _Value], key: _Key, make: Callable[[], _Value], most: int) -> _Value:
    """The value of a key, made if it isn't there; of too many, the one asked for longest ago goes."""
    if key not in shelf:
        shelf[key] = make()
    shelf.move_to_end(key)
    while len(shelf) > most:
        shelf.popitem(last=False)
    return shelf[key]
