"""A module, a factory or "package.module:name" -> fresh copies of the module, one per replicate."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from initlab.engines.torch.randomness import RandomStream
from initlab.errors import DataError, invalid_argument
from initlab.initialization.batch import Batch
from initlab.initialization.case import parse_init, rules_of
from initlab.initialization.chosen import chosen_in, equal_in_builds
from initlab.initialization.computed import computed_in
from initlab.initialization.members import members_of
from initlab.initialization.module import DEFAULT, initialize_by
from initlab.initialization.report import Initialized
from initlab.initialization.rules import Rules
from initlab.initialization.user_values import UserFunction
from initlab.modules.anatomy import unwrapped
from initlab.modules.framework import load_torch
from initlab.networks.anatomy import Anatomy
from initlab.randomness import INIT
from initlab.references import is_reference, load_object, reference_of
from initlab.user_code import user_code

if TYPE_CHECKING:
    from torch.nn import Module

AS_BUILT = "as_built"  # the parameters that the model's own constructor sets
BUILDING = "model"  # stream of what a factory draws


@dataclass(frozen=True)
class ModelSource:
    """Where the modules of a comparison come from.

    Attributes:
        make: returns a module; called once per replicate.
        name: of the model, for people.
        reference: text that imports it again, None for what lives in memory only.
        instance: the module, where it is one that is copied.
        described: the anatomy of its modules; None traces one where an init needs it, which no
            other thread that uses torch may see.
        inits: by its text, an init that no text can give.
        batch: what inits look at that need data.
    """

    make: Callable[[], Module]
    name: str
    reference: str | None
    instance: Module | None = None
    described: Anatomy | None = None
    inits: Mapping[str, Rules] = field(default_factory=dict)
    batch: Batch | None = None

    @classmethod
    def of(cls, model: Any) -> ModelSource:
        """Build the source from a module (copied), a class, a factory or a reference.

        Raises:
            ArgumentError, DataError: it is none of these, or cannot be imported.
        """
        torch = load_torch()
        reference = model if is_reference(model) else None
        if reference is not None:
            model = load_object("model", reference)
        if isinstance(model, torch.nn.Module):
            return cls(partial(copy.deepcopy, model), type(model).__name__, reference, model)
        if not callable(model):
            expected = (
                "a torch.nn.Module, a function that returns one, or the name of one of these as "
                '"package.module:name"'
            )
            raise invalid_argument("model", expected, model)
        name = getattr(model, "__name__", type(model).__name__)
        return cls(model, name, reference or reference_of(model))

    def build(self, seed: int) -> Module:
        """Return a fresh module that can be trained; see :meth:`made`.

        Raises:
            DataError: also where it cannot be looked into, or holds no numbers.
        """
        return with_numbers(self.made(seed))

    def made(self, seed: int) -> Module:
        """Return a fresh module; what the factory draws depends on the seed alone.

        DataParallel and compiled wrappers are taken off: a copy per replicate would compile again.

        Raises:
            DataError: the factory fails or returns something else; its line is named.
        """
        torch = load_torch()
        stream = RandomStream(seed, name=BUILDING, purpose=INIT)
        with stream.lent(), user_code("model", f"{self.name}() failed", named=True):
            module = self.make()
        if not isinstance(module, torch.nn.Module):
            raise invalid_argument(
                "model", "a function that returns a torch.nn.Module", module,
                where=f"returned by {self.name}()", kind=DataError,
            )  # fmt: skip
        return unwrapped(module, where="model")

    def initialized(self, init: str, seed: int, bias_init: str | None = None) -> Module:
        """Return a fresh module, its parameters set as :func:`initlab.initialize` does."""
        return self.started(init, seed, bias_init)[0]

    def started(
        self, init: str, seed: int, bias_init: str | None = None
    ) -> tuple[Module, Initialized | None]:
        """Return such a module and the report; there is none of a module as it was built."""
        module = self.build(seed)
        if init == AS_BUILT:
            return module, None
        return module, self.initialize(module, init, seed, bias_init)

    def initialize(
        self, module: Module, init: str, seed: int, bias_init: str | None = None, *,
        batch: Batch | None = None, dry_run: bool = False,
    ) -> Initialized:  # fmt: skip
        """Set the parameters of a module that :meth:`build` made; return the report.

        Args:
            module: the module.
            init: the init as text.
            seed: of the draws.
            bias_init: init of the biases.
            batch: what inits look at; None takes the source's own where they need one.
            dry_run: leave the module as it was built, and report what would be set.
        """
        parsed = self.inits.get(init) or parse_init(init)
        given = rules_of(parsed, None if init == DEFAULT else bias_init)
        # resets, a user's function and parametrizations may draw from the global generators
        own = any(one == DEFAULT or isinstance(one, UserFunction) for one in given.inits)
        own = own or any(True for layer in module.modules() for _ in computed_in(layer))
        own = own or bool(given.needs_data)  # the model computes with it
        stream = RandomStream(seed, name=BUILDING, purpose=INIT)
        with stream.lent() if own else nullcontext():
            return initialize_by(module, given, seed, start=init, bias_init=bias_init,
                                 chosen=self.chosen, described=self.described,
                                 batch=batch or self._batch_for(given),
                                 dry_run=dry_run)  # fmt: skip

    def _batch_for(self, given: Rules) -> Batch | None:
        """Return the batch where an init looks at it, or it alone may show the layers' places."""
        places = given.by_place and self.described is None
        return self.batch if given.needs_data or places else None

    @cached_property
    def chosen(self) -> Mapping[str, str] | None:
        """Names of the parameters that every init keeps as the author chose them, and why.

        Two builds with different seeds show it; None where they agree on all that is drawn.
        """
        if self.instance is not None:
            return chosen_in(members_of(unwrapped(self.instance, where="model")))
        return equal_in_builds(self.made)


def with_numbers(module: Module) -> Module:
    """Refuse modules that cannot be looked into, or hold no numbers."""
    if isinstance(module, load_torch().jit.ScriptModule):
        raise invalid_argument(
            "model", "a torch.nn.Module written in Python", "a torch.jit module", kind=DataError
        )
    for name, one in module.named_parameters():
        if one.is_meta:
            hint = (
                "Allocate the parameters in the code that builds the model: "
                "model.to_empty(device='cpu')."
            )
            expected, got = "a module whose parameters hold values", f"{name} on the meta device"
            raise invalid_argument("model", expected, got, hint=hint, kind=DataError)
    return module
