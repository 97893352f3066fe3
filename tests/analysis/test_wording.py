"""Numbers are written so that a reader reads them right."""

from __future__ import annotations

import ast
import math
import re
from pathlib import Path

import pytest

import initlab.analysis
from initlab.analysis.wording import interval_text, metric_label, value_text


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        ("test_accuracy", 0.99333, "99.3 %"),
        ("test_accuracy", 1.0, "100.0 %"),
        ("train_loss", 0.06481, "0.0648"),
        ("train_loss", math.inf, "inf"),
        ("train_loss", math.nan, "–"),
        ("test_accuracy", None, "–"),
    ],
)
def test_values(metric, value, text):
    assert value_text(metric, value) == text


def test_intervals_name_the_unit_once():
    assert interval_text("test_accuracy", (0.943, 0.95)) == "94.3 to 95.0 %"
    assert interval_text("test_loss", (0.69, math.inf)) == "0.69 to inf"
    assert interval_text("test_accuracy", (-math.inf, 0.95)) == "up to 95.0 %"
    assert interval_text("test_loss", None) == "–"


def test_an_unknown_metric_keeps_its_own_words():
    assert metric_label("test_accuracy") == "test accuracy"
    assert metric_label("margin_at_half") == "margin at half"


SOURCES = Path(initlab.analysis.__file__).parent


@pytest.mark.parametrize("source", sorted(SOURCES.glob("*.py")), ids=lambda path: path.stem)
def test_sentences_say_init_and_random_guessing(source: Path) -> None:
    tree = ast.parse(source.read_text("utf-8"))
    said = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    sentences = [
        text for text in said if isinstance(text, str) and " " in text and "\n" not in text
    ]
    odd = re.compile(r"\b[Ss]tarts?\b|\b[Aa] guess\b|\bcoin\b|blind guess|at the start")
    assert [text for text in sentences if odd.search(text)] == []
