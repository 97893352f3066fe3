"""The generated text: self-contained Python that depends on what is compiled in and no more."""

from __future__ import annotations

import ast

import pytest

from initlab.engines.compiled.layout import Layout
from initlab.engines.compiled.source import SLOPE_FROM_Z, TEMPLATES, kernel_source
from initlab.networks import DenseNetwork
from initlab.networks.dense import LOSS_FORMS, LOSSES, NONLINEARITIES


def source_of(network, samples=16):
    return kernel_source(network, Layout.of(network, samples))


def defined_and_read(text):
    tree = ast.parse(text)
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    read = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)}  # fmt: skip
    return defined, read


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("form", LOSS_FORMS)
@pytest.mark.parametrize("name", NONLINEARITIES)
def test_text_is_self_contained(name, loss, form):
    outputs = 1 if loss == "binary_cross_entropy" else 3
    text = source_of(DenseNetwork((2, 11, outputs), name, loss, form))
    defined, read = defined_and_read(text)
    assert read - defined <= {"range", "njit", "abs", "float", "value", "slope"}
    assert f"value, slope = value_{name}, slope_{name}" in text
    assert "initlab" not in text  # an edit of ours could change what an old file means


def test_text_depends_on_what_is_compiled_in_and_on_nothing_else():
    texts = [
        source_of(DenseNetwork((2, 10, 5, 1))),
        source_of(DenseNetwork((2, 10, 6, 1))),
        source_of(DenseNetwork((2, 10, 5, 1), "tanh")),
        source_of(DenseNetwork((2, 10, 5, 1), loss_form="probability")),
        source_of(DenseNetwork((2, 10, 5, 1)), samples=300),
    ]
    assert len(set(texts)) == 5
    assert source_of(DenseNetwork((2, 10, 5, 1)), samples=9) == texts[0]  # one block of 16 too


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_preactivations_are_kept_for_exactly_the_slopes_that_read_them(name):
    tree = ast.parse((TEMPLATES / "arithmetic.py").read_text(encoding="utf-8"))
    (slope,) = (node for node in tree.body if getattr(node, "name", "") == f"slope_{name}")
    reads_z = "z" in {node.id for node in ast.walk(slope) if isinstance(node, ast.Name)}
    assert reads_z == (name in SLOPE_FROM_Z)
