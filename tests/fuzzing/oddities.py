"""A random generator -> one odd argument: numbers, texts, containers, arrays, tensors, objects."""

from __future__ import annotations

import decimal
import fractions
import math
import pathlib
import types
from random import Random
from typing import Any

import numpy as np

try:
    import torch
except ImportError:
    torch = None


class Awkward:
    """An object that refuses everything one might ask of it."""

    def __repr__(self):
        raise ValueError("no text")

    def __eq__(self, other):
        raise ValueError("no comparison")

    def __bool__(self):
        raise ValueError("no truth")

    def __len__(self):
        raise ValueError("no length")

    def __iter__(self):
        raise ValueError("no items")

    def __hash__(self):
        raise ValueError("no hash")


def refusing(*arguments, **named):
    raise ZeroDivisionError("a user's function")


NUMBERS = (
    0, 1, -1, 2, 3, 7, -(2**31), 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30, 10**400, True,
    False, 0.0, -0.0, 0.1, 0.5, 1.0, 1.5, -1.5, 1e-320, 5e-324, 1e-30, 1e-8, 1e30, 1e154, 1e160,
    1e308, -1e308, math.nan, math.inf, -math.inf, 1j, complex("nan"), decimal.Decimal("0.1"),
    decimal.Decimal("sNaN"), decimal.Decimal("inf"), fractions.Fraction(1, 3), np.float16(0.5),
    np.float32("nan"), np.float64(2), np.int8(-1), np.uint8(3), np.int64(2), np.bool_(True),
    np.longdouble("1e4000"), np.datetime64("2020-01-01"), np.timedelta64(3, "s"), np.complex64(1),
)  # fmt: skip
# no path out of the scratch folder: a call may write there, as root even into /dev
TEXTS = (
    "", " ", "0", "1", "nan", "he_normal", "he_norml", "HE_NORMAL", "zeros", "ones", "normal",
    "normal(std=1e160)", "normal(std=1e-320)", "normal(std=nan)", "normal(std=-1)", "normal(1)",
    "normal(std=)", "normal(std=1, std=2)", "normal(std='a')", "normal(std=None)",
    "normal(std=True)",
    "uniform(low=0, high=5e-324)", "uniform(low=-1e308, high=1e308)", "uniform(low=1)",
    "truncated_normal(std=1, cut=1e308)", "truncated_normal(cut=1e-300)",
    "variance_scaling(distribution='untruncated_normal')", "variance_scaling(scale=1e-320)",
    "orthogonal(gain=1e308)", "sparse(sparsity=1)", "sparse(sparsity=0.999)", "identity",
    "constant(value=1e308)", "constant", "W1=0", "W1=0,B1=0", "W1=0,W2=normal", "W1=,B1", "W0=1",
    "W1=0,W1=1", "B1=0", "=", "(", ")", "()", "a(b(c))", "he_normal()", "he_normal(mode=fan)", ",",
    "default", "as_built", "circles", "curve", "digits", "fashion-mnist", "torch", "dense", "cpu",
    "cuda", "mps", "cuda:99", "relu", "tanh", "sigmoid", "adam", "sgd", "gd", "Adam", "float32",
    "float16", "bfloat16", "int8", "float64", "mse", "cross_entropy", "train_loss", "accuracy",
    "course", "logits", "probability", "~no_such_user/x",
    "a:b", "math:sqrt", "math:pi", "nowhere.at:all", "os.py:x", ":", "x" * 300, "x" * 5000, "é",
    "\ud800",
    "\x00", "a\x00b", "\n", "'; drop table", "{}", "[]", "null", "1e400", "٣", "1_000", "None",
    "fan_in", "fan_avg", "half_mean_squared_error", "binary_cross_entropy", "x.svg",
    "no/such/x.json",
)  # fmt: skip
ARRAYS = (
    lambda: np.array(3), lambda: np.array([]), lambda: np.array([0, 1]), lambda: np.array([0.5]),
    lambda: np.zeros((2, 2)), lambda: np.zeros((0, 3)), lambda: np.ones((3, 1)),
    lambda: np.full((2, 1), np.nan), lambda: np.full((2,), np.inf), lambda: np.array(["a", "b"]),
    lambda: np.array([None, 1], dtype=object), lambda: np.array([1 + 2j]),
    lambda: np.array([[1, 2], [3, 4]], dtype=np.int8), lambda: np.array([True, False]),
    lambda: np.zeros((2, 3), dtype=[("a", "f4")]), lambda: np.array("2020", dtype="datetime64[Y]"),
    lambda: np.ma.masked_array([1.0, 2.0], mask=[True, False]),
    lambda: np.float64(1e308) * np.ones(3),
    lambda: np.array([1e160, -1e160]), lambda: np.array([2**63], dtype=np.uint64),
    lambda: np.zeros((1,) * 10), lambda: np.array(b"x"), lambda: np.void(b"ab"),
    lambda: np.broadcast_to(np.float32(1), (3, 3)), lambda: np.array([object()]),
    lambda: np.array([1e-320, 2e-320, 3e-320]), lambda: np.arange(6).reshape(3, 2) / 7,
)  # fmt: skip


def _tensors():
    nn = torch.nn
    return (
        lambda: torch.tensor(3), lambda: torch.zeros(2, requires_grad=True),
        lambda: torch.ones(2, 2, dtype=torch.bfloat16), lambda: torch.ones(1, 1).expand(3, 3),
        lambda: torch.zeros(2, device="meta"), lambda: torch.tensor([1j]),
        lambda: torch.eye(3).to_sparse(), lambda: torch.tensor(float("nan")),
        lambda: torch.empty(0),
        lambda: torch.tensor([True]), lambda: torch.float32, lambda: torch.device("cpu"),
        lambda: torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
        lambda: nn.Parameter(torch.ones(2, 2)), lambda: nn.Linear(2, 1), lambda: nn.Linear,
        lambda: nn.Sequential(), lambda: nn.ReLU(), lambda: nn.LazyLinear(2),
        lambda: nn.Linear(2, 2, device="meta"), lambda: nn.Linear(2, 2, dtype=torch.bfloat16),
        lambda: nn.Linear(2, 2, dtype=torch.complex64), lambda: nn.Conv2d(1, 2, 3),
        lambda: nn.ModuleList([nn.Linear(2, 1)]), lambda: nn.BatchNorm1d(2),
        lambda: torch.optim.SGD,
        lambda: torch.Generator(), lambda: torch.utils.data.TensorDataset(torch.ones(4, 2)),
        lambda: torch.utils.data.DataLoader([1, 2, 3]), lambda: torch.Size([2, 2]),
        lambda: _expanded(), lambda: nn.Linear(0, 5) if False else nn.Embedding(3, 2),
    )  # fmt: skip


def _expanded():
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    model[1].weight = torch.nn.Parameter(torch.ones(1, 2).expand(2, 2))
    return model


OBJECTS = (
    lambda: None, object, Awkward, lambda: Awkward, lambda: refusing, lambda: len, lambda: print,
    lambda: (lambda: None), lambda: (lambda fan: 1), lambda: (lambda a, b: a), lambda: ...,
    lambda: b"x",
    lambda: bytearray(b"ab"), lambda: memoryview(b"ab"), lambda: range(3), lambda: range(0),
    lambda: slice(1), lambda: iter([1, 2]), lambda: (refusing() for _ in [1]), lambda: set(),
    lambda: {1, "a"}, lambda: frozenset([1]), lambda: pathlib.Path("x"),
    lambda: pathlib.Path("~no_such_user/x"),
    lambda: types.SimpleNamespace(shape=(2, 2), dtype="x"), lambda: types, lambda: int,
    lambda: float,
    lambda: np.float32, lambda: np.dtype("float64"), lambda: NotImplemented,
    lambda: ValueError("x"),
    lambda: np.random.default_rng(0), lambda: property(), lambda: type, lambda: {}.keys(),
    lambda: types.SimpleNamespace(detach=3), lambda: map(int, "12"), lambda: [].append,
)  # fmt: skip
# what passes one check after the other, if each looks at a little of it
WORST = {
    "awkward": Awkward,
    "failing iterator": lambda: (refusing() for _ in [1]),
    "ragged": lambda: [[1], [2, [3]]],
    "a list of three": lambda: [1, 2, 3],
    "a number that float has not": lambda: 10**400,
    "nan": lambda: math.nan,
    "almost too large": lambda: 1e308,
    "wide": lambda: (-1e308, 1e308),
    "nobody's home": lambda: "~no_such_user/x",
    "booleans": lambda: np.array([True, False]),
    "a mapping of nothing known": lambda: {"x": Awkward(), 1: None},
}
KEYS = (
    "W1",
    "b1",
    "B1",
    "W2",
    "b2",
    "weight",
    "bias",
    "std",
    "lr",
    "in_axis",
    "out_axis",
    "x",
    1,
    None,
)


def odd(rng: Random, depth: int = 0) -> Any:
    """Return one value; containers hold up to three others, two levels deep."""
    kind = rng.choice(
        ("number", "number", "text", "text", "array", "object", "tensor", "container")
    )
    if kind == "number":
        return rng.choice(NUMBERS)
    if kind == "text":
        return rng.choice(TEXTS)
    if kind == "array":
        return rng.choice(ARRAYS)()
    if kind == "tensor" and torch is not None:
        return rng.choice(_tensors())()
    if kind == "container" and depth < 3:
        items = [odd(rng, depth + 1) for _ in range(rng.choice((0, 1, 1, 2, 2, 2, 3)))]
        form = rng.choice(("list", "list", "tuple", "tuple", "dict", "array", "itself"))
        if form == "dict":
            return {rng.choice(KEYS): item for item in items}
        if form == "array":
            array = np.empty(len(items), dtype=object)
            for k, item in enumerate(items):
                array[k] = item
            return array
        if form == "itself":
            items.append(items)
        return tuple(items) if form == "tuple" else items
    return rng.choice(OBJECTS)()


def changed(rng: Random, value: Any, depth: int = 0) -> Any:
    """Return a usual argument with one thing about it odd, so that it passes the first checks."""
    if depth > 3 or rng.random() < 0.2:
        return odd(rng)
    if isinstance(value, dict) and value:
        key = rng.choice(list(value))
        copy = {**value, key: changed(rng, value[key], depth + 1)}
        if rng.random() < 0.1:
            del copy[key]
        elif rng.random() < 0.1:
            copy[rng.choice(KEYS)] = odd(rng)
        return copy
    if isinstance(value, list | tuple) and value:
        items = list(value)
        k = rng.randrange(len(items))
        items[k] = changed(rng, items[k], depth + 1)
        if rng.random() < 0.15:
            items = items[:k] if rng.random() < 0.5 else [*items, items[k]]
        return tuple(items) if isinstance(value, tuple) and rng.random() < 0.8 else items
    if isinstance(value, np.ndarray):
        return _apply(rng, ARRAY_CHANGES, value)
    if torch is not None and isinstance(value, torch.nn.Module):
        return _apply(rng, MODEL_CHANGES, value)
    if torch is not None and isinstance(value, torch.Tensor):
        return _apply(rng, TENSOR_CHANGES, value)
    if isinstance(value, str) and value:
        k = rng.randrange(len(value))
        return rng.choice((value[:k] + value[k + 1 :], value + rng.choice("(=,) é\x00"), value * 2,
                           value.upper(), value[:k],
                           f"{value}(std={rng.choice(NUMBERS)!r})"))  # fmt: skip
    return rng.choice(NUMBERS) if isinstance(value, int | float) else odd(rng)


def _apply(rng: Random, changes: Any, value: Any) -> Any:
    try:
        return rng.choice(changes)(value)
    except Exception:  # of a value that this change does not fit
        return odd(rng)


def _with(value, number, dtype=np.float64):
    copy = np.array(value, dtype=dtype)
    copy.reshape(-1)[:1] = number
    return copy


ARRAY_CHANGES = (
    *(lambda a, x=x: _with(a, x) for x in (math.nan, math.inf, 1e308, 1e160, 1e-320, 0.5, -1)),
    lambda a: a.astype(object), lambda a: a.astype(str), lambda a: a.astype(complex), lambda a: a.T,
    lambda a: a.tolist(), lambda a: a[:0], lambda a: a[:1], lambda a: a[::-1], lambda a: a[...,
    None],
    lambda a: np.zeros_like(a), lambda a: a.astype(np.float16), lambda a: a.astype(bool),
    lambda a: np.ma.masked_invalid(a), lambda a: a.reshape(-1), lambda a: a.astype(np.int64),
    lambda a: a.astype(np.float64) * 1e308, lambda a: [*a.tolist(), [1, [2]]], lambda a: a.sum(),
)  # fmt: skip


def _frozen(model):
    for one in model.parameters():
        one.requires_grad_(False)
    return model


def _shared(model):
    first = next(model.parameters())
    model.again = torch.nn.Linear(1, 1)
    model.again.weight = first
    return model


def _dtype(dtype):
    return lambda model: model.to(dtype)


def _first_linear(change):
    def apply(model):
        for layer in model.modules():
            if isinstance(layer, torch.nn.Linear):
                change(layer)
                return model
        return model

    return apply


def _expand(layer):
    layer.weight = torch.nn.Parameter(layer.weight.detach()[:1].expand(layer.weight.shape))


def _parameter(value):
    def change(layer):
        layer.weight = torch.nn.Parameter(value(layer.weight.detach()), requires_grad=False)

    return change


if torch is not None:
    utils = torch.nn.utils
    TENSOR_CHANGES = (
        lambda t: t * math.nan, lambda t: t * 1e38, lambda t: t.double() * 1e308,
        lambda t: t.long(),
        lambda t: t.bfloat16(), lambda t: t.half(), lambda t: t.float().requires_grad_(),
        lambda t: t[:1].expand(t.shape), lambda t: t[:0], lambda t: t[:1], lambda t: t[..., None],
        lambda t: t.bool(), lambda t: t.to(torch.complex64), lambda t: t.to_sparse(), lambda t: -t,
        lambda t: t.to("meta"), lambda t: t.numpy(), lambda t: t.tolist(), lambda t: t.reshape(-1),
        lambda t: t.to(torch.int8), lambda t: t.sum(), lambda t: t + 5, lambda t: t.float(),
    )  # fmt: skip
    MODEL_CHANGES = (
        _dtype(torch.float64), _dtype(torch.bfloat16), _dtype(torch.float16),
        _dtype(torch.complex64),
        lambda m: m.to("meta"), _frozen, _shared, lambda m: m.eval(), torch.nn.Sequential,
        torch.nn.DataParallel, lambda m: m[0], lambda m: type(m), lambda m: (lambda: m),
        lambda m: torch.nn.Sequential(m, torch.nn.Dropout(0.5)), lambda m: torch.jit.script(m),
        lambda m: torch.nn.Sequential(torch.nn.LazyLinear(2), m), lambda m: m.state_dict(),
        lambda m: torch.nn.Sequential(m, torch.nn.Linear(0, 5)), lambda m: torch.compile(m),
        lambda m: torch.nn.Sequential(m, torch.nn.Softmax(1)), lambda m: [m], lambda m: m.forward,
        lambda m: torch.ao.quantization.quantize_dynamic(m), lambda m: m.share_memory(),
        *(_first_linear(change) for change in (
            utils.weight_norm, utils.spectral_norm, utils.parametrizations.weight_norm, _expand,
            lambda layer: utils.prune.l1_unstructured(layer, "weight", 0.5),
            _parameter(lambda w: w.to_sparse()), _parameter(lambda w: w[:, :0]),
            _parameter(lambda w: w * math.nan), _parameter(lambda w: w.to(torch.int8)),
            _parameter(lambda w: w.T), _parameter(lambda w: w.reshape(-1)),
            lambda layer: layer.register_parameter("bias", None),
            lambda layer: layer.register_forward_hook(refusing),
            lambda layer: setattr(layer, "forward", refusing),
            lambda layer: setattr(layer, "reset_parameters", refusing),
        )),
    )  # fmt: skip
