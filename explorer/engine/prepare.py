"""The first thing every engine does: import torch, choose the device, read the data."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from explorer.engine.distributed.rank import ALONE, Rank
from explorer.runs.config import Config
from explorer.runs.data_files import SequenceFile, data_title, is_file
from explorer.system.path_text import text_path

if TYPE_CHECKING:
    import torch

    from explorer.engine.data.dataset import Dataset


def prepare(
    config: Config,
    report: Callable[[str], object],
    rank: Rank = ALONE,
    file: SequenceFile | None = None,
) -> tuple[torch.device, Dataset]:
    """Import torch, set it up as the run asks, and move the data to the device.

    Args:
        config: the run's options.
        report: called with a line about what takes time.
        rank: this process among those that train together.
        file: what is on record about the file that the run learns from; None: nothing, or it is none.

    Raises:
        GatescopeError: the device isn't available, or the data can't be read or downloaded, or are others.
    """
    from explorer.engine.data.dataset import load_dataset
    from explorer.engine.data.sequences import read_sequences

    device = prepare_device(config, rank)
    report(f"reading {data_title(config.dataset)}")
    reported = 0.0

    def report_progress(line: str, share: float | None) -> None:
        nonlocal reported
        if share is None or time.monotonic() - reported > 1:  # else a download writes thousands of lines
            reported = time.monotonic()
            report(line if share is None else f"{line} {share:.0%}")

    if is_file(config.dataset):
        wanted = file.sha256 if file else None
        dataset = read_sequences(text_path(config.dataset), config.seed, report_progress, wanted)
    else:
        dataset = load_dataset(config.dataset, config.data_dir, report_progress)
    train, test = (part.map(lambda tensor: tensor.to(device)) for part in (dataset.train, dataset.test))
    return device, dataset._replace(train=train, test=test)


def prepare_device(config: Config, rank: Rank = ALONE) -> torch.device:
    """Import torch, and set it up as the run asks.

    Raises:
        GatescopeError: the device or the precision isn't available.
    """
    from explorer.engine.devices import choose_device, require_precision, set_threads

    set_threads(config.threads, rank.local_size)
    device = choose_device(config.device, rank.local_rank)
    require_precision(config, device)
    return device
