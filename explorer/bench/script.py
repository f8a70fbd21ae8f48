"""The script that a person would write: MNIST by rows, torch's own LSTM, a loader, Adam, one epoch.

    python -m explorer.bench.script FOLDER each|whole

FOLDER holds MNIST as torchvision keeps it. `each` turns every image into a tensor when it is loaded, as
tutorials do; `whole` does so once, for all. Prints one line of JSON with the test accuracy.
"""

from __future__ import annotations

import json
import sys
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torchvision import datasets, transforms

MEAN, DEVIATION = 0.1307, 0.3081
"""MNIST's, as everybody knows them by heart."""
BATCH, HIDDEN = 64, 128
"""As a run of the program has them."""


class Net(nn.Module):
    """An LSTM, and a linear layer on its last output."""

    def __init__(self) -> None:
        """Build both."""
        super().__init__()
        self.lstm = nn.LSTM(28, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Read (B, 1, 28, 28) or (B, 28, 28) and return (B, 10)."""
        outputs, _ = self.lstm(images.view(-1, 28, 28))
        logits: Tensor = self.head(outputs[:, -1])
        return logits


def load(folder: str, train: bool, whole: bool) -> Dataset[Any]:
    """One part of MNIST, normalised."""
    if not whole:
        steps = [transforms.ToTensor(), transforms.Normalize((MEAN,), (DEVIATION,))]
        return cast(Dataset[Any], datasets.MNIST(folder, train, transforms.Compose(steps)))
    part = datasets.MNIST(folder, train)
    return TensorDataset((part.data / 255 - MEAN) / DEVIATION, part.targets)


def main(folder: str, kind: str) -> float:
    """Train for an epoch on one thread, and return the accuracy on the test samples."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    whole = kind == "whole"
    train = DataLoader(load(folder, True, whole), batch_size=BATCH, shuffle=True)
    test = DataLoader(load(folder, False, whole), batch_size=1000)
    model = Net()
    optimizer = torch.optim.Adam(model.parameters())
    for images, labels in train:
        optimizer.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
    right, count = 0, 0
    with torch.no_grad():
        for images, labels in test:
            right += int((model(images).argmax(1) == labels).sum())
            count += len(labels)
    return right / count


if __name__ == "__main__":
    print(json.dumps({"test_accuracy": main(*sys.argv[1:])}))
