"""Modules as people have them: wrapped, compiled, scripted, without numbers."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

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
    with pytest.raises(InitlabError, match=r"0.weight on the meta device.*to_empty"):
        ModelSource.of(lambda: mlp().to("meta")).build(0)


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_a_scripted_module_is_refused():
    traced = torch.jit.trace(mlp(), torch.ones(2, 6))
    with pytest.raises(InitlabError, match=r"Module written in Python; got 'a torch\.jit"):
        ModelSource.of(traced).build(0)


class Noisy(nn.Module):
    """A parametrization that draws, slowly, from the global generator."""

    def forward(self, x):
        return x

    def right_inverse(self, x):
        time.sleep(0.002)
        return x + torch.rand_like(x)


def parametrized():
    layer = nn.Linear(4, 4)
    nn.utils.parametrize.register_parametrization(layer, "weight", Noisy(), unsafe=True)
    return nn.Sequential(layer)


def test_parametrized_weights_have_the_same_bits_in_every_thread():
    source = ModelSource.of(parametrized)

    def drawn(seed):
        return source.initialized("he_normal", seed)[0].weight.detach().clone()

    alone = [drawn(seed) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(drawn, list(range(8)) * 4))
    for k, weight in enumerate(together):
        assert torch.equal(weight, alone[k % 8])
