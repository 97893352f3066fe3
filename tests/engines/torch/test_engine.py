"""Replicates of a module: the same bits in any company, divergence to the step, and groups."""

from __future__ import annotations

import hashlib
import itertools
import math
import random
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from initlab.engines import Callbacks, Trajectory
from initlab.errors import DataError
from initlab.records import Training

from .making import Everything, Lstm, blobs, functional, mlp, nn, torch

from initlab.engines.torch import engine as engine_module  # isort: skip
from initlab.datasets import InMemory
from initlab.engines.torch.batches import batches
from initlab.engines.torch.engine import TorchEngine, repeatable
from initlab.engines.torch.model import ModelSource
from initlab.engines.torch.probe import probe
from initlab.engines.torch.trainer import ModuleTrainer

ADAM = Training(learning_rate=0.01, steps=23)


@dataclass(frozen=True)
class Trained:
    """Modules by initialization and seed, and the engine that trains them."""

    make: Callable[[str, int], Any]
    engine: TorchEngine


def training(
    model=Everything, plan=ADAM, data=None, batch_size=17, loss="cross_entropy",
    optimizer=torch.optim.Adam,
):  # fmt: skip
    x, y = data or blobs()
    source = ModelSource.of(model)
    memory = InMemory((x,), y, batch_size)
    found = probe(source.build(0), loss, memory)
    return Trained(
        source.initialized, TorchEngine(found.task, optimizer, plan, memory, found.draws)
    )


def bits(trained):
    digest = hashlib.sha256(np.array(trained.losses).tobytes())
    for name, value in trained.network.state_dict().items():
        digest.update(name.encode() + value.numpy().tobytes())
    return trained.outcome, trained.diverged_step, trained.first_nonfinite, digest.hexdigest()


def run(what, pairs, workers=2, callbacks=None):
    """Train (init, seed) pairs one by one, several at a time."""
    callbacks = callbacks or Callbacks()

    def one(pair):
        module = what.make(*pair)
        return what.engine.train(module, pair[1], callbacks, partial(what.make, *pair))

    with repeatable("cpu"), ThreadPoolExecutor(workers) as pool:
        return dict(zip(pairs, pool.map(one, pairs), strict=True))


def run_together(what, pairs, callbacks=None):
    """Train the seeds of each init in one program; or return why that is not possible."""
    found: dict[tuple[str, int], Trajectory] = {}
    with repeatable("cpu"):
        for init, group in itertools.groupby(pairs, key=lambda pair: pair[0]):
            seeds = [seed for _, seed in group]
            ends = what.engine.train_together(
                partial(what.make, init), seeds, callbacks or Callbacks()
            )
            if isinstance(ends, str):
                return ends
            found |= {(init, seed): end for seed, end in zip(seeds, ends, strict=True)}
    return found


def all_bits(what, pairs, **options):
    return {pair: bits(end) for pair, end in run(what, pairs, **options).items()}


PAIRS = [(init, seed) for init in ("default", "he_normal", "as_built") for seed in range(3)]


@pytest.fixture(scope="module")
def everything():
    return training()


@pytest.fixture(scope="module")
def reference(everything):
    return all_bits(everything, PAIRS, workers=1)


def test_replicates_keep_their_bits_with_any_workers(everything, reference):
    assert len({one[-1] for one in reference.values()}) == len(PAIRS)  # they do differ
    for workers in (2, 4):
        assert all_bits(everything, PAIRS, workers=workers) == reference


def test_replicates_keep_their_bits_in_any_order_and_alone(everything, reference):
    assert all_bits(everything, PAIRS[::-1], workers=3) == reference
    alone = {}
    for pair in PAIRS[::4]:
        alone |= all_bits(everything, [pair])
    assert alone == {pair: reference[pair] for pair in alone}


@pytest.mark.usefixtures("two_threads")
def test_nothing_global_moves(everything):
    before = (
        torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate(),
        torch.get_num_threads(), torch.get_default_dtype(),
    )  # fmt: skip
    run(everything, PAIRS[:4], workers=2)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.array_equal(np.random.get_state()[1], before[1])
    assert random.getstate() == before[2]
    assert (torch.get_num_threads(), torch.get_default_dtype()) == before[3:]


def test_global_seeds_and_draws_of_the_user_do_not_matter(everything, reference):
    torch.manual_seed(99)
    torch.rand(7)
    np.random.seed(3)
    assert all_bits(everything, PAIRS[:2], workers=1) == {p: reference[p] for p in PAIRS[:2]}


def test_starts_of_one_seed_drop_the_same_units_and_see_the_same_batches():
    class Noted(nn.Module):
        def __init__(self):
            super().__init__()
            self.drop, self.fc, self.masks = nn.Dropout(0.5), nn.Linear(6, 3), []

        def forward(self, x):
            dropped = self.drop(torch.ones_like(x))
            also = functional.dropout(torch.ones_like(x), 0.5, self.training)
            self.masks.append(torch.cat([x, dropped, also]).sum().item())
            return self.fc(x * dropped)

    ends = run(training(Noted), [("zeros", 0), ("he_normal", 0), ("zeros", 1)], workers=1)
    first, other, next_seed = (end.network.masks for end in ends.values())
    assert first == other
    assert len(set(first)) > 15
    assert first != next_seed


def test_a_plain_loop_of_torch_gives_the_same_numbers():
    what = training(mlp, plan=Training(learning_rate=0.01, steps=30), optimizer=torch.optim.AdamW,
                    batch_size=20)  # fmt: skip
    ends = run(what, [("he_normal", 5)])
    module, losses = what.make("he_normal", 5), []
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.01, foreach=False)
    for _, (inputs, target) in zip(range(30), batches(what.engine.data, 5), strict=False):
        optimizer.zero_grad()
        loss = functional.cross_entropy(module(*inputs), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert ends["he_normal", 5].losses == pytest.approx(losses, rel=1e-5)


def test_gradients_are_clipped_to_the_norm():
    x, y = blobs()
    what = training(mlp, plan=Training(learning_rate=1.0, steps=1, clip_norm=0.01),
                    optimizer=torch.optim.SGD, data=(x, y))  # fmt: skip
    start = what.make("he_normal", 0)
    end = run(what, [("he_normal", 0)])["he_normal", 0].network
    moves = [(a - b).detach().reshape(-1) for a, b in zip(start.parameters(), end.parameters(),
                                                          strict=True)]  # fmt: skip
    assert float(torch.cat(moves).norm()) == pytest.approx(0.01, rel=1e-3)


# What is first not finite.


def test_diverged_step_is_the_first_with_anything_not_finite():
    plan = Training(learning_rate=1e3, steps=400)
    what = training(lambda: mlp(nonlinearity=nn.Softplus), plan=plan, loss="mse",
                    optimizer=torch.optim.SGD, data=(blobs()[0], blobs()[0][:, :3]))  # fmt: skip
    end = run(what, [("he_normal", 0)])["he_normal", 0]
    module, step = what.make("he_normal", 0), 0
    optimizer = torch.optim.SGD(module.parameters(), lr=1e3)
    for inputs, target in batches(what.engine.data, 0):  # a plain loop that looks at everything
        optimizer.zero_grad()
        loss = functional.mse_loss(module(*inputs), target)
        loss.backward()
        optimizer.step()
        looked_at = [*(p.grad for p in module.parameters()), *module.parameters()]
        if loss.isnan() or not all(torch.isfinite(one).all() for one in looked_at):
            break
        step += 1
    assert end.outcome == "diverged"
    assert end.diverged_step == step > 0
    assert len(end.losses) == step + 1
    assert end.first_nonfinite.endswith((".grad", "weight", "bias"))


def test_diverging_replicates_leave_the_others_bit_for_bit_alone(everything, reference):
    def make(init, seed):
        module = everything.make(init, seed)
        if seed == 1:
            module.fc1.weight.data[0, 0] = math.nan
        return module

    mixed = replace(everything, make=make)
    found = all_bits(mixed, PAIRS, workers=2)
    for pair in PAIRS:
        if pair[1] == 1:
            assert found[pair][:3] == ("diverged", 0, "output of fc1")
        else:
            assert found[pair] == reference[pair]


@pytest.mark.parametrize("name", ["Adam", "SGD", "RMSprop", "Rprop", "Adagrad", "NAdam", "RAdam"])
def test_a_gradient_that_is_not_finite_is_found_with_every_optimizer(name):
    class Spike(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            g = g.clone()
            g[0, 0] = math.inf
            return g

    class Spiked(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1, self.fc2, self.count = nn.Linear(6, 4), nn.Linear(4, 3), 0

        def forward(self, x):
            h = self.fc1(x)
            if self.training:
                self.count += 1
            return self.fc2(Spike.apply(h) if self.count == 3 else h)

    what = training(Spiked, plan=Training(learning_rate=0.01, steps=10),
                    optimizer=getattr(torch.optim, name))  # fmt: skip
    end = run(what, [("he_normal", 0)])["he_normal", 0]
    assert (end.outcome, end.diverged_step, end.first_nonfinite) == ("diverged", 2, "fc1.bias.grad")


def test_large_but_finite_parameters_whose_sum_overflows_are_no_divergence():
    class Large(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(6, 3)
            self.large = nn.Parameter(torch.full((4,), 3e38))

        def forward(self, x):
            return self.fc(x) + 0 * self.large[0]

    def make():
        return Large()

    what = training(make, plan=Training(learning_rate=0.01, steps=5),
                    optimizer=torch.optim.SGD)  # fmt: skip
    assert run(what, [("as_built", 0)])["as_built", 0].outcome == "finished"


def test_an_infinite_loss_with_finite_gradients_is_a_point_of_the_curve():
    def loss(outputs, target):
        return functional.cross_entropy(outputs, target) + math.inf

    x, y = blobs()
    what = training(mlp, loss=loss, data=(x, y))
    end = run(what, [("he_normal", 0)])["he_normal", 0]
    assert end.outcome == "finished"
    assert set(end.losses) == {math.inf}


def test_zero_steps_return_the_start():
    what = training(mlp, plan=Training(learning_rate=0.01, steps=0))
    end = run(what, [("he_normal", 0)])["he_normal", 0]
    assert (end.outcome, end.losses) == ("finished", [])
    start = what.make("he_normal", 0).state_dict()
    assert all(torch.equal(value, start[name]) for name, value in end.network.state_dict().items())


def test_a_failure_in_training_names_the_step_and_the_users_line():
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc, self.count = nn.Linear(6, 3), 0

        def forward(self, x):
            self.count += 1
            if self.count > 3:
                raise KeyError("no fourth time")
            return self.fc(x)

    with pytest.raises(DataError, match=r"step 3 .*\(9, 6\) at test_engine.py, line \d+, "
                       r"`raise KeyError.*no fourth time"):  # fmt: skip
        run(training(Counting), [("default", 0)])


def test_a_last_batch_of_one_sample_that_batchnorm_refuses_is_explained():
    x, y = blobs(61)
    what = training(data=(x, y), batch_size=20)
    with pytest.raises(DataError, match=r"single sample\. .*drop_last"):
        run(what, [("default", 0)])


def test_the_module_gets_its_own_dropout_back():
    module = Everything()
    x, y = blobs()
    found = probe(module, "cross_entropy", InMemory((x,), y, 17))
    engine = TorchEngine(found.task, torch.optim.Adam, ADAM, InMemory((x,), y, 17))
    trainer = ModuleTrainer(module, engine, 0)
    trainer.advance(2)
    assert "forward" not in vars(module.drop)


# All together, as on a GPU.


def same_numbers(one, other, tolerance=2e-5):
    for pair in one:
        assert one[pair].outcome == other[pair].outcome
        assert one[pair].losses == pytest.approx(other[pair].losses, rel=tolerance, abs=1e-6)
        state = other[pair].network.state_dict()
        for name, value in one[pair].network.state_dict().items():
            assert torch.allclose(value.double(), state[name].double(), rtol=1e-3, atol=2e-5), name


class Normed(nn.Module):
    """BatchNorm statistics, dropout and a frozen parameter per replicate."""

    def __init__(self):
        super().__init__()
        self.fc1, self.bn = nn.Linear(6, 8), nn.BatchNorm1d(8)
        self.drop, self.fc2 = nn.Dropout(0.3), nn.Linear(8, 3)
        self.fc1.bias.requires_grad_(False)

    def forward(self, x):
        return self.fc2(self.drop(torch.relu(self.bn(self.fc1(x)))))


@pytest.mark.parametrize("clip_norm", [None, 0.1])
@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_together_agrees_with_one_by_one(name, clip_norm):
    plan = Training(learning_rate=0.01, steps=23, clip_norm=clip_norm)
    what = training(Normed, plan=plan, optimizer=getattr(torch.optim, name))
    pairs = PAIRS[:6]
    stacked = run_together(what, pairs)
    assert {end.together for end in stacked.values()} == {3}
    same_numbers(stacked, run(what, pairs))


def test_full_batches_go_together_too():
    what = training(mlp, batch_size=None)
    same_numbers(run_together(what, PAIRS[:2]), run(what, PAIRS[:2]))


def test_one_diverging_replicate_of_a_group_leaves_the_others_bit_for_bit_alone():
    what = training(Normed, plan=Training(learning_rate=0.05, steps=23, clip_norm=0.5),
                    optimizer=torch.optim.SGD)  # fmt: skip

    def make(init, seed):
        module = what.make(init, 1 if init == "poisoned" else seed)
        if seed == 9:
            module.fc2.weight.data[0, 0] = math.nan
        return module

    def start(init, seed):
        return make("he_normal", seed)

    pairs = [("he_normal", seed) for seed in (0, 9, 2)]
    mixed = replace(what, make=start)
    found, alone = run_together(mixed, pairs), run_together(what, pairs)
    assert bits(found["he_normal", 9])[:3] == ("diverged", 0, "loss")
    assert len(found["he_normal", 9].losses) == 1
    for seed in (0, 2):
        assert bits(found["he_normal", seed]) == bits(alone["he_normal", seed])


def test_together_names_the_step_and_quantity_that_one_by_one_names():
    plan = Training(learning_rate=1e3, steps=300)
    x, _ = blobs()
    what = training(lambda: mlp(nonlinearity=nn.Softplus), plan=plan, loss="mse",
                    optimizer=torch.optim.SGD, data=(x, x[:, :3]))  # fmt: skip
    pairs = [("he_normal", seed) for seed in range(4)]
    stacked, single = run_together(what, pairs), run(what, pairs)
    for pair in pairs:
        assert stacked[pair].outcome == "diverged"
        assert stacked[pair].diverged_step == single[pair].diverged_step
        assert stacked[pair].first_nonfinite == single[pair].first_nonfinite


def test_progress_of_a_group_adds_up():
    for pairs in (PAIRS[:3], PAIRS[:1]):
        done = []
        run_together(training(mlp), pairs, Callbacks(steps_done=done.append))
        assert sum(done) == 23 * len(pairs)


@pytest.mark.parametrize(
    ("model", "optimizer", "reason"),
    [
        (Everything, torch.optim.Adam, "draws random numbers"),
        (mlp, torch.optim.Adafactor, "whether Adafactor updates each parameter"),
        (lambda: nn.Sequential(nn.Flatten(), Last()), torch.optim.Adam, ".item()"),
    ],
)
def test_what_cannot_go_together_is_said_with_the_reason_and_takes_its_steps_back(
    model, optimizer, reason
):
    done = []
    what = training(model, optimizer=optimizer)
    words = run_together(what, PAIRS[:2], Callbacks(steps_done=done.append))
    assert isinstance(words, str)
    assert reason in words
    assert sum(done) == 0


class Last(nn.Module):
    """Its forward looks at a value, which one program for many replicates cannot."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        z = self.fc(x)
        return z if z.sum().item() > 0 else 2 * z


def test_out_of_memory_halves_the_group_and_goes_on(monkeypatch):
    sizes = []

    class Small(engine_module.StackedTrainer):
        def advance(self, end):
            if len(self._modules) > 2 and self.step == 1:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 8 GiB.")
            sizes.append(len(self._modules))
            super().advance(end)

    what, done = training(Normed), []
    pairs = [("he_normal", seed) for seed in range(5)]
    whole = run_together(what, pairs)
    monkeypatch.setattr(engine_module, "StackedTrainer", Small)
    found = run_together(what, pairs, Callbacks(steps_done=done.append))
    assert [end.together for end in found.values()] == [2, 2, 1, 2, 2]  # 5: 2 + 3, 3: 1 + 2
    assert sum(done) == 23 * 5
    assert list(found) == pairs
    same_numbers(found, whole)


def test_out_of_memory_gives_the_group_up_before_it_tries_a_smaller_one(monkeypatch):
    held = []

    class Small(engine_module.StackedTrainer):
        def __init__(self, *given):
            assert [one() for one in held] == [None] * len(held)
            held.append(weakref.ref(self))
            super().__init__(*given)

        def advance(self, end):
            if len(self._modules) > 1:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 8 GiB.")
            super().advance(end)

    monkeypatch.setattr(engine_module, "StackedTrainer", Small)
    found = run_together(training(mlp), [("he_normal", seed) for seed in range(3)])
    assert [end.together for end in found.values()] == [1, 1, 1]


def test_out_of_memory_with_a_single_replicate_is_told(monkeypatch):
    class Full(engine_module.StackedTrainer):
        def advance(self, end):
            raise torch.OutOfMemoryError("Tried to allocate 8 GiB.")

    monkeypatch.setattr(engine_module, "StackedTrainer", Full)
    with pytest.raises(DataError, match=r"does not fit .* 8 GiB.*smaller batch_size"):
        run_together(training(mlp), PAIRS[:3])


def test_a_model_too_large_for_its_device_is_told_in_one_sentence(monkeypatch):
    def full(self, device):
        said = "CUDA out of memory. Tried to allocate 550.00 MiB. GPU 0 has a capacity of 1 GiB."
        raise torch.OutOfMemoryError(said)

    model = mlp()
    monkeypatch.setattr(nn.Module, "to", full)
    sentence = "memory of cuda:0: CUDA out of memory. Tried to allocate 550.00 MiB. Train the model"
    with pytest.raises(DataError, match=sentence) as caught:
        engine_module.module_on_device(model, "cuda:0")
    assert caught.value.argument == "device"


def test_an_lstm_is_trained_one_way_or_the_other():
    x = torch.randn(40, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    what = training(Lstm, data=(x, torch.arange(40) % 10))
    found, alone = run_together(what, PAIRS[:2]), run(what, PAIRS[:2])
    same_numbers(alone if isinstance(found, str) else found, alone)


def test_large_layers_keep_their_bits_too():
    x = torch.randn(160, 300, generator=torch.Generator().manual_seed(0))
    what = training(lambda: mlp((300, 200, 3)), data=(x, torch.arange(160) % 3), batch_size=80)
    pairs = [("he_normal", seed) for seed in range(4)]
    whole = all_bits(what, pairs, workers=1)
    assert all_bits(what, pairs[::-1], workers=4) == whole
