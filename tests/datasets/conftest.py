"""No test here sees the user's own data or cache."""

from __future__ import annotations

import pytest

from initlab.datasets.image_sets import IMAGE_SETS

from .making import made_set


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch, tmp_path):
    monkeypatch.delenv("INITLAB_DATA", raising=False)
    monkeypatch.setenv("INITLAB_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def small(monkeypatch):
    """Return a tiny set that stands in for fashion-mnist."""
    one = made_set()
    monkeypatch.setitem(IMAGE_SETS, one.name, one)
    return one
