"""The generated text: self-contained Python that depends on what is compiled in and no more."""

from __future__ import annotations

import ast
import builtins
import textwrap

import pytest

from initlab.engines.compiled.source import kernel_source
from initlab.engines.layout import Layout
from initlab.networks import DenseNetwork
from initlab.networks.dense import LOSS_FORMS, LOSSES, NONLINEARITIES
from initlab.networks.losses import TABLE
from initlab.nonlinearities.table import nonlinearity


def source_of(network, samples=16):
    return kernel_source(network, Layout.of(network, samples))


def called_from_elsewhere(text):
    """Names that the text calls without defining, importing or being given them."""
    nodes = list(ast.walk(ast.parse(text)))
    known = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    known |= {alias.name for node in imports for alias in node.names}
    known |= {node.arg for node in nodes if isinstance(node, ast.arg)} | set(dir(builtins))
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    return {name.id for name in called if isinstance(name, ast.Name)} - known


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("form", LOSS_FORMS)
@pytest.mark.parametrize("name", NONLINEARITIES)
def test_text_is_self_contained(name, loss, form):
    outputs = 1 if TABLE[loss].targets == "binary" else 3
    text = source_of(DenseNetwork((2, 11, outputs), name, loss, form))
    assert not called_from_elsewhere(text)
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
    text = source_of(DenseNetwork((2, 3, 1), name))
    (hidden,) = (f for f in text.split("@njit") if "def forward_1" in f)
    slope = "def slope(z, a):\n" + textwrap.indent(nonlinearity(name).compiled[1], "    ")
    reads = {node.id for node in ast.walk(ast.parse(slope)) if isinstance(node, ast.Name)}
    assert ("] = z" in hidden) == ("z" in reads)
