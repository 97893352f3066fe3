"""A user's data -> a batch; a module and a batch -> its calls, without a trace left behind."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from initlab.errors import DataError, InitlabError, invalid_argument
from initlab.initialization.on_data import checked_targets
from initlab.modules.anatomy import inputs_of
from initlab.modules.computation import Call, followed, tensors_in
from initlab.modules.framework import load_torch
from initlab.modules.generators import generators_kept
from initlab.randomness import INIT, generator_for
from initlab.user_code import in_brief

DATA = "data"  # stream of what a model draws while it computes


@dataclass(frozen=True)
class Batch:
    """What data methods look at.

    Attributes:
        inputs: of the model: a tuple, or a mapping by keyword.
        targets: an array; None where there are none.
        kind: what the targets are, "classes", "binary" or "values"; "" where it is not known.
    """

    inputs: tuple[Any, ...] | Mapping[str, Any]
    targets: Any = None
    kind: str = ""

    @classmethod
    def of(cls, module: Any, data: Any, targets: Any = None, kind: str = "") -> Batch:
        """Return a user's data as tensors on the model's device, floats in its dtype."""
        torch, inputs = load_torch(), inputs_of(module, data)
        for one in tensors_in(inputs):
            if not one.numel() or not bool(torch.isfinite(one).all()):
                shown = "NaN or infinity" if one.numel() else f"shape {tuple(one.shape)}"
                raise invalid_argument("data", "one or more samples of finite numbers", shown,
                                       got=shown, where="initialize", kind=DataError)  # fmt: skip
        return cls(inputs, None if targets is None else checked_targets(targets), kind)

    def parts(self, count: int) -> Iterator[Any]:
        """Yield the inputs in so many parts, cut along the first axis of every tensor."""
        torch = load_torch()
        named = self.inputs if isinstance(self.inputs, Mapping) else dict(enumerate(self.inputs))
        sizes = {len(one) for one in named.values() if isinstance(one, torch.Tensor) and one.dim()}
        if count > 1 and (len(sizes) != 1 or max(sizes) < count):
            expected = "at most the number of samples in the data"
            if len(sizes) != 1:
                expected = "1, because the inputs do not all have the same number of samples"
            raise invalid_argument("batches", expected, count, where="calibrated")
        for k in range(count):
            part = {
                name: torch.tensor_split(one, count)[k]
                if isinstance(one, torch.Tensor) and one.dim() else one
                for name, one in named.items()
            }  # fmt: skip
            yield part if isinstance(self.inputs, Mapping) else tuple(part.values())


class Seen(BaseException):
    """All that was asked for has been computed; no user's ``except Exception`` is to catch it."""


class Run:
    """A module that is run on a batch, without dropout, its norms with the batch's statistics."""

    def __init__(self, module: Any, batch: Batch, seed: int) -> None:
        self._module, self._batch, self._seed = module, batch, seed

    def calls(self) -> list[Call]:
        """Return what the module computes."""
        return self._followed(lambda call, given, result: None)

    def watch(self, seen: Callable[[int, Any], None]) -> None:
        """Show the number and the results of every call; ``seen`` may raise :class:`Seen`."""
        count = 0

        def counted(call: Call, given: Any, result: Any) -> None:
            nonlocal count
            count += 1
            seen(count - 1, result)

        with contextlib.suppress(Seen):
            self._followed(counted)

    def _followed(self, seen: Callable[[Call, Any, Any], None]) -> list[Call]:
        with computing(self._module, self._seed, shapes=shapes_in(self._batch.inputs)):
            return followed(self._module, self._batch.inputs, seen)[1]


def shapes_in(inputs: Any) -> str:
    """Return the shapes of the tensors among a model's inputs, such as "500 x 8 x 8"."""
    shapes = (tuple(one.shape) for one in tensors_in(inputs))
    return ", ".join(" x ".join(map(str, one)) or "a number" for one in shapes)


@contextlib.contextmanager
def computing(module: Any, seed: int, *, norms: bool = True, shapes: str = "") -> Iterator[None]:
    """Let a module compute the same numbers each time, and leave no trace in global generators.

    Dropout is off. With ``norms``, they take the statistics of the batch, as in training.
    ``shapes`` of the inputs are for the message where the model fails on them.
    """
    torch = load_torch()
    kinds = (torch.nn.modules.batchnorm._NormBase,) if norms else ()
    modes = [(one, one.training) for one in module.modules()]
    number = int(generator_for(seed, DATA, INIT).integers(2**32))
    try:
        for one, _ in modes:
            one.training = isinstance(one, kinds)
        with generators_kept(module, number), torch.no_grad():
            yield
    except (InitlabError, Seen):
        raise
    except Exception as error:  # a user's forward may raise anything
        words = f"The model fails on the data: {in_brief(error, 200)}"
        words += f" (inputs of shape {shapes})" if shapes else ""
        raise DataError(words, argument="data") from error
    finally:
        for one, training in modes:
            one.training = training
