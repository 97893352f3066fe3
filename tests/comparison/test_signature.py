"""What the generator wrote into the source is what the declared settings say."""

from __future__ import annotations

import inspect
from dataclasses import replace

import pytest

import initlab
from initlab.comparison import signature
from initlab.settings import keyword_arguments


@pytest.mark.parametrize("path", [signature.NAMES, signature.COMPARE], ids=lambda one: one.name)
def test_the_source_is_what_the_generator_writes(path):
    assert path.read_text(encoding="utf-8") == signature.sources()[path], (
        "run: python -m initlab.comparison.signature --write"
    )


def test_a_setting_more_is_an_argument_more(monkeypatch):
    row = signature.keyword_arguments()[2]
    more = [*signature.keyword_arguments(), replace(row, name="extra", text="What?")]
    monkeypatch.setattr(signature, "keyword_arguments", lambda: more)
    text = signature.sources()[signature.COMPARE]
    assert f"    extra: {row.annotation} = None,\n) -> Comparison:" in text
    assert "\n        extra: what?" in text
    assert '"extra": extra,' in text


def test_the_signature_has_every_keyword_argument_and_its_default():
    found = inspect.signature(initlab.compare).parameters
    assert {name: one.default for name, one in found.items()} == {
        row.name: row.left_out for row in keyword_arguments()
    }
    assert [name for name, one in found.items() if one.kind is one.POSITIONAL_OR_KEYWORD] == [
        "name"
    ]
