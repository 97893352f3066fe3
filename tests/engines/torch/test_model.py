"""Modules as people have them: wrapped, compiled, scripted, without numbers."""

from __future__ import annotations

import pytest

from initlab.errors import InitlabError

from .making import mlp, nn, torch

from initlab.engines.torch.model import ModelSource  # isort: skip


def test_wrappers_are_taken_off_so_that_no_copy_compiles_again():
    for wrapped in (nn.DataParallel(mlp()), torch.compile(mlp(), backend="eager")):
        for model in (wrapped, lambda wrapped=wrapped: wrapped):
            built = ModelSource.of(model).build(0)
            assert type(built) is nn.Sequential
            assert next(name for name, _ in built.named_parameters()) == "0.weight"


def test_a_module_without_numbers_is_refused():
    with pytest.raises(InitlabError, match=r"0.weight on meta.*to_empty"):
        ModelSource.of(lambda: mlp().to("meta")).build(0)


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_a_scripted_module_is_refused():
    traced = torch.jit.trace(mlp(), torch.ones(2, 6))
    with pytest.raises(InitlabError, match=r"a module of Python code; got 'a torch\.jit"):
        ModelSource.of(traced).build(0)
