"""A module that was measured is as it was: also where it raises or is interrupted."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import pytest

from .making import classes, drawn, functional, nn, seeded, torch

from initlab import audit, diagnose  # isort: skip
from initlab.diagnosis.measuring import measure  # isort: skip
from initlab.diagnosis.no_trace import no_trace  # isort: skip
from initlab.errors import InitlabError  # isort: skip

X, Y = drawn(12, 6), classes(3, 12)
HOOKS = ("_backward_hooks", "_post_accumulate_grad_hooks")
PLACES = ["nowhere", "forward", "backward", "later forward"]
CALLS: list[int] = []
ERRORS = [ValueError, KeyboardInterrupt, SystemExit]


class Raise(torch.autograd.Function):
    """The identity, whose backward pass may raise."""

    @staticmethod
    def forward(ctx, x, error):
        ctx.error = error
        return x * 1

    @staticmethod
    def backward(ctx, gradient):
        if ctx.error is not None:
            raise ctx.error("backward")
        return gradient, None


class Untidy(nn.Module):
    """A model that writes into all it has, and draws from all generators."""

    def __init__(self, place="nowhere", error=ValueError):
        super().__init__()
        self.first = nn.Linear(6, 8)
        self.norm = nn.BatchNorm1d(8)
        self.drop = nn.Dropout(0.5)
        self.table = nn.Embedding(4, 8, max_norm=0.1)  # its forward writes into its weights
        self.frozen = nn.Linear(8, 8).requires_grad_(False)
        self.gate = nn.Parameter(torch.zeros(8))  # a step is tried
        self.head = nn.Linear(8, 3)
        self.register_buffer("count", torch.zeros(3))
        self.seen, self.cache, self.last = [], {}, None
        self.place, self.error = place, error

    def forward(self, x):
        self.count += torch.rand(3)
        self.seen.append(len(self.seen))
        self.cache[len(self.cache)] = random.random()
        self.last = x
        self.new = np.random.rand()
        self.frozen.weight.data += 1
        self.first.bias.requires_grad_(False)
        self.first.bias.requires_grad_(True)
        self.head.register_forward_hook(lambda *_: None)
        self.head.weight.register_hook(lambda gradient: gradient)
        self.first.weight.register_hook(lambda gradient: gradient)
        self.norm.eval()
        torch.set_grad_enabled(True)
        torch.set_autocast_enabled("cpu", False)
        torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.benchmark = True
        torch.nn.init.normal_(self.table.weight.data)
        h = self.drop(torch.relu(self.norm(self.first(x))))
        h = h + self.table(torch.zeros(len(x), dtype=torch.int64))
        CALLS.append(1)  # what the model itself counts is put back between passes
        if self.place == "forward" or (self.place == "later forward" and len(CALLS) > 1):
            raise self.error("forward")
        h = Raise.apply(h, self.error if self.place == "backward" else None)
        return self.head(h * self.gate + self.frozen(h).detach())


def state_of(model):
    """Return a digest of all that a user could see of a model and of the process."""
    found = hashlib.sha256()

    def add(*values):
        for value in values:
            if isinstance(value, torch.Tensor):
                found.update(f"{value.dtype}{tuple(value.shape)}{value.requires_grad}".encode())
                value = value.detach().contiguous().numpy().tobytes()
            found.update(value if isinstance(value, bytes) else repr(value).encode())

    for name, one in model.named_parameters():
        hooks = [dict(getattr(one, h) or {}) for h in HOOKS]
        add(name, id(one), one, id(one.grad), one.grad, one.data_ptr(), hooks)
    for name, one in model.named_buffers():
        add(name, id(one), one)
    for name, one in model.named_modules():
        hooks = [len(getattr(one, h)) for h in vars(one) if h.endswith("hooks")]
        add(name, one.training, hooks, sorted(vars(one)))
    add(model.seen, model.cache, id(model.last))
    add(torch.get_rng_state(), repr(np.random.get_state()), repr(random.getstate()))
    add(torch.is_grad_enabled(), torch.is_autocast_enabled("cpu"), torch.get_default_dtype(),
        torch.get_deterministic_debug_mode(), torch.backends.cudnn.benchmark)  # fmt: skip
    return found.hexdigest()


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("place", PLACES)
def test_no_trace_is_left(place, error):
    model = seeded(lambda: Untidy(place, error))
    model.norm.eval()
    model.drop.train()
    model.head.weight.register_hook(lambda gradient: gradient * 1)
    model.head.weight.grad = torch.ones(3, 8)
    CALLS.clear()
    with torch.no_grad(), torch.autocast("cpu"):
        before = state_of(model)
        if place == "nowhere":
            assert measure(model, X, Y).passes == 2
        else:
            expected = InitlabError if error is ValueError else error
            with pytest.raises(expected):
                measure(model, X, Y, jacobian=False)
        assert state_of(model) == before


def test_a_state_that_differs_is_noticed():
    model = seeded(Untidy)
    before = state_of(model)
    ones = torch.ones(8)
    for change in (
        lambda: model.first.weight.data.add_(1e-7), lambda: random.random(),
        lambda: model.norm.running_mean.add_(1e-7), lambda: setattr(model.gate, "grad", ones),
        lambda: model.drop.eval(), lambda: model.seen.append(1), lambda: torch.rand(1),
        lambda: model.head.register_forward_hook(lambda *_: None), lambda: np.random.rand(),
    ):  # fmt: skip
        change()
        assert state_of(model) != before
        before = state_of(model)


def test_the_inputs_and_a_graph_that_the_user_holds_stay_valid():
    class Writes(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(6, 3)

        def forward(self, x):
            return self.a(x.mul_(2))

    model = seeded(Writes)
    x = X.clone().requires_grad_()
    kept = functional.cross_entropy(model.a(x), Y)
    measure(model, x, Y)
    assert torch.equal(x.detach(), X)
    assert x.grad is None
    kept.backward()
    assert model.a.weight.grad is not None


def test_hooks_of_the_users_own_on_parameters_are_put_aside_and_back():
    model = seeded(lambda: nn.Linear(6, 3))
    steps = []
    model.weight.register_post_accumulate_grad_hook(steps.append)
    measure(model, X, Y)
    assert steps == []
    functional.cross_entropy(model(X), Y).backward()
    assert len(steps) == 1


def test_a_seed_gives_the_same_numbers_whatever_the_generators_say():
    model = seeded(Untidy)
    first = measure(model, X, Y, seed=3)
    torch.rand(5)
    again = measure(model, X, Y, seed=3)
    assert [one.q for one in first.layers] == [one.q for one in again.layers]


def test_a_large_frozen_model_is_not_copied(monkeypatch):
    monkeypatch.setattr("initlab.diagnosis.no_trace.LARGEST_FROZEN", 0)
    model = seeded(lambda: nn.Sequential(nn.Linear(6, 6).requires_grad_(False), nn.Linear(6, 3)))
    with no_trace(model):
        model[0].weight.data += 1
        model[1].weight.data += 1
    fresh = seeded(lambda: nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 3)))
    assert torch.equal(model[1].weight, fresh[1].weight)
    assert not torch.equal(model[0].weight, fresh[0].weight)


@pytest.mark.parametrize("trial", [True, False])
def test_reading_a_weight_with_a_spectral_norm_leaves_its_vectors(trial):
    norm = nn.utils.parametrizations.spectral_norm
    model = seeded(lambda: nn.Sequential(norm(nn.Linear(6, 8)), nn.ReLU(), nn.Linear(8, 3)))
    before = {name: one.clone() for name, one in model.state_dict().items()}
    diagnose(model, X, Y, loss="cross_entropy", trial=trial)
    audit(model)
    assert all(torch.equal(before[name], one) for name, one in model.state_dict().items())


def test_inference_mode_is_left_for_a_while():
    model = seeded(lambda: nn.Linear(6, 3))
    with torch.inference_mode():
        assert measure(model, X, Y).passes == 1
        assert torch.is_inference_mode_enabled()
