"""Models for the tests."""

from __future__ import annotations

from typing import Any

from models.classifier import SequenceClassifier


def mnist_model(cell: str = "lstm", hidden: int = 128, **options: Any) -> SequenceClassifier:
    """Return a new model of MNIST's shape; options as for `SequenceClassifier`."""
    return SequenceClassifier(cell, hidden, inputs=28, classes=10, **options)
