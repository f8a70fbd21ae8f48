"""The first thing every engine does: import torch, choose the device, read the data."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from explorer.engine.distributed.rank import ALONE, Rank
from explorer.runs.config import Config

if TYPE_CHECKING:
    import torch

    from explorer.engine.data.dataset import Dataset


def prepare(
    config: Config, report: Callable[[str], object], rank: Rank = ALONE
) -> tuple[torch.device, Dataset]:
    """Import torch, set it up as the run asks, and move the data to the device.

    Raises:
        GatescopeError: the device isn't available, or the data can't be read or downloaded.
    """
    from explorer.engine.data.dataset import Dataset, Samples, load_dataset

    device = prepare_device(config, rank)
    report(f"reading {config.dataset}")
    reported = 0.0

    def report_progress(line: str, share: float | None) -> None:
        nonlocal reported
        if share is None or time.monotonic() - reported > 1:  # else a download writes thousands of lines
            reported = time.monotonic()
            report(line if share is None else f"{line} {share:.0%}")

    dataset = load_dataset(config.dataset, config.data_dir, report_progress)
    train, test = (Samples(*(tensor.to(device) for tensor in part)) for part in dataset[:2])
    return device, Dataset(train, test, dataset.shape)


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
