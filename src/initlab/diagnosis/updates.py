"""(optimizer, rate, parameter, gradient) -> the size of the first update; and a trial step."""

from __future__ import annotations

import contextlib
import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from initlab.diagnosis.rates import DEFAULT_RATE, EPSILON, TRIAL_RATE
from initlab.diagnosis.signal import AT_ONCE
from initlab.engines.torch.optimizer import ELEMENTWISE, is_of_torch, optimizer_class
from initlab.modules.framework import load_torch
from initlab.validation import finite_number

PLACES = (1, 3, 9, 27, 81)  # of the digits of a byte in base 3

Named = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Updates:
    """The first update of an optimizer.

    Attributes:
        name: of the optimizer.
        rate: its learning rate.
        optimizer: its class.
    """

    name: str
    rate: float
    optimizer: Any

    @classmethod
    def of(cls, optimizer: Any, learning_rate: float | None) -> Updates:
        """Check the optimizer and its rate; None for the one that its class has by default."""
        found, name, _ = optimizer_class(optimizer)
        if learning_rate is None:
            default = inspect.signature(found).parameters["lr"].default
            rate = float(default) if isinstance(default, int | float) else DEFAULT_RATE
        else:
            rate = finite_number("learning_rate", learning_rate, above=0)
        return cls(name, rate, found)

    def norm(self, parameter: Any, gradient: Any) -> float:
        """Return the L2 norm of the first update, without weight decay."""
        flat, slope = parameter.detach().reshape(-1), gradient.reshape(-1)
        if self.name in ("sgd", "gd"):
            return self.rate * norm(slope)
        if self.name in ("adam", "adamw"):
            return self.rate * first_adam(blocks(slope))
        whole = not is_of_torch(self.optimizer, ELEMENTWISE)
        if whole:
            return self._stepped(parameter.detach(), gradient)
        parts = zip(flat.split(AT_ONCE), slope.split(AT_ONCE), strict=True)
        return math.hypot(*(self._stepped(one, own) for one, own in parts))

    def _stepped(self, values: Any, gradient: Any) -> float:
        torch = load_torch()
        copy = torch.nn.Parameter(values.clone())
        copy.grad = gradient.clone()
        settings = inspect.signature(self.optimizer).parameters
        plain = {"weight_decay": 0} if "weight_decay" in settings else {}
        self.optimizer([copy], lr=self.rate, **plain).step()
        return norm(copy.detach().double() - values.double())


def first_adam(parts: Iterator[Any]) -> float:
    """Return the norm of Adam's first update at rate 1: g / (|g| + 1e-8), by blocks."""
    total = 0.0
    for one in parts:
        step = one / (abs(one) + EPSILON)
        total += float((step * step).sum())
    return math.sqrt(total)


def norm(values: Any) -> float:
    """Return the L2 norm of a tensor's numbers, in float64."""
    return math.sqrt(sum(float((one * one).sum()) for one in blocks(values)))


def blocks(values: Any) -> Iterator[Any]:
    """Yield a tensor's numbers as float64, some at a time; complex ones as two numbers each."""
    for one in reals(values.detach()).reshape(-1).split(AT_ONCE):
        yield one.double()


def reals(tensor: Any) -> Any:
    """Return a tensor whose complex numbers are pairs of real ones."""
    return load_torch().view_as_real(tensor) if tensor.is_complex() else tensor


@contextlib.contextmanager
def gradients_seen(named: Named, seen: Callable[[str, Any, Any], None]) -> Iterator[None]:
    """Show each parameter's gradient as a backward pass makes it, and keep none.

    A gradient is whole when it is shown, however often its parameter is used. Hooks of the user's
    own, as of an optimizer that steps in the backward pass, are put aside.
    """
    with contextlib.ExitStack() as stack:
        for name, one in named:
            one.grad = None
            own = dict(one._post_accumulate_grad_hooks or {})
            if own:
                one._post_accumulate_grad_hooks.clear()
                stack.callback(one._post_accumulate_grad_hooks.update, own)

            def arrived(parameter: Any, name: str = name) -> None:
                gradient, parameter.grad = parameter.grad, None
                seen(name, parameter, gradient.to_dense() if gradient.is_sparse else gradient)

            stack.callback(one.register_post_accumulate_grad_hook(arrived).remove)
        yield


class Trial:
    """Small steps of a module's parameters along the signs of their gradients.

    Behind a gate that begins at 0 no gradient is seen, until a step of the others opens it. Five
    signs share a byte, so that a whole step of a network is small beside its gradients.
    """

    def __init__(self) -> None:
        self._signs: dict[Any, list[Any]] = {}

    def note(self, parameter: Any, gradient: Any) -> bool:
        """Keep a parameter's signs for the next step; return whether any gradient is not 0."""
        signs, found = [], False
        for one in reals(gradient).reshape(-1).split(AT_ONCE):
            own = one.nan_to_num(nan=0.0).sign()
            found = found or bool(own.any())
            signs.append(_packed(own))
        if found:
            self._signs[parameter] = signs
        return found

    def step(self) -> None:
        """Take the step; the parameters are for the caller to put back."""
        for parameter, signs in self._signs.items():
            numbers = reals(parameter.data)
            values = numbers.reshape(-1)  # a copy where they are not contiguous
            for one, packed in zip(values.split(AT_ONCE), signs, strict=True):
                one.sub_(_unpacked(packed, len(one)).to(one.dtype), alpha=TRIAL_RATE)
            if not numbers.is_contiguous():
                numbers.copy_(values.view(numbers.shape))
        self._signs = {}


def _packed(signs: Any) -> Any:
    """Return signs, five to a byte: as the digits of a number in base 3."""
    torch = load_torch()
    digits = torch.zeros(-(-len(signs) // 5) * 5, dtype=torch.uint8, device=signs.device)
    digits[: len(signs)] = signs + 1
    places = torch.tensor(PLACES, dtype=torch.uint8, device=signs.device)
    return (digits.view(-1, 5) * places).sum(dim=1, dtype=torch.uint8)


def _unpacked(packed: Any, count: int) -> Any:
    """Return the signs again."""
    torch = load_torch()
    places = torch.tensor(PLACES, dtype=torch.uint8, device=packed.device)
    digits = packed[:, None].div(places, rounding_mode="floor") % 3
    return digits.reshape(-1)[:count].to(torch.int8) - 1
