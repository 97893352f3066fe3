"""The numbers are the product: a changed fingerprint is a "results change" in the CHANGELOG."""

from __future__ import annotations

import pytest

from . import draws, files

KEPT = files.read(files.DRAWS)
MODULE = "module, "


def test_every_initializer_has_fingerprints():
    assert set(KEPT) == set(draws.catalogue())


@pytest.mark.parametrize("init", KEPT)
def test_arrays_and_dense_networks_keep_their_bits(init):
    kept = {what: digits for what, digits in KEPT[init].items() if not what.startswith(MODULE)}
    assert draws.array_draws(init) == kept


@pytest.mark.parametrize("init", KEPT)
def test_parameters_of_a_module_keep_their_bits(init):
    pytest.importorskip("torch", reason="modules are PyTorch's")
    kept = {what: digits for what, digits in KEPT[init].items() if what.startswith(MODULE)}
    assert draws.module_draws(init) == kept
