"""A model -> where the numbers of each parameter most likely came from, and what is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from initlab.errors import DataError, invalid_argument, placed
from initlab.initialization.audit.copies import clones_among, is_orthogonal, streams_among
from initlab.initialization.audit.defaults import default_distribution
from initlab.initialization.audit.finding import (
    CLONED,
    CONSTANT,
    DOUBTFUL,
    MOST_NAMED,
    NAMES,
    ONE_STREAM,
    WRONG,
    ZERO_PATCHES,
    ZERO_WEIGHT,
    Finding,
    in_order,
)
from initlab.initialization.audit.fixed import is_fixed
from initlab.initialization.audit.numbers import Numbers, numbers_of
from initlab.initialization.audit.origin import (
    NORMAL,
    ORTHOGONAL,
    TRUNCATED,
    UNIFORM,
    Origin,
    origin_of,
)
from initlab.initialization.audit.record import Audit, AuditRow
from initlab.initialization.audit.single import few_values, findings_of, findings_of_buffers
from initlab.initialization.fingerprint import dtype_name
from initlab.initialization.members import Member, members_of
from initlab.initialization.moments import has_numbers
from initlab.modules.anatomy import unwrapped
from initlab.modules.sharing import Owners
from initlab.modules.state import unchanged
from initlab.networks.anatomy import STORAGE, WEIGHT
from initlab.numbers import shown
from initlab.validation import items_of, listed, one_of

DRAWN = (NORMAL, UNIFORM, TRUNCATED, ORTHOGONAL)  # a table of sinusoids is equal on purpose


@dataclass(frozen=True)
class Looked:
    """One parameter that was looked at: what it is, its tensor, its numbers, its row."""

    member: Member
    tensor: Any
    numbers: Numbers
    row: AuditRow


def audit(model: Any, *, ignore: Iterable[str] = ()) -> Audit:
    """Say where the numbers of a model most likely came from, and what is wrong with them.

    No receipt is needed. Each parameter gets the distribution that is most likely among normal,
    uniform, truncated and orthogonal ones, constants, the catalogue's methods at its fans and
    PyTorch's defaults, with its certainty; methods that are one distribution here are all named.
    Looked for are NaN and infinities, memory that was never initialized, weights that are constant,
    copies of layers, equal rows, and layers drawn from one stream. One pass over the numbers, and
    distributions are fitted to 16,384 of each parameter. Nothing is changed.

    Args:
        model: a ``torch.nn.Module``; DataParallel and compiled wrappers are looked into.
        ignore: names of findings that are meant, such as "cloned_layers" of a target network.

    Returns:
        The audit; ``print`` it. Its ``findings`` are data: name, where, evidence, sentence.

    Raises:
        InitlabError: the model has no parameters, or no numbers in them.

    Example:
        >>> from torch import nn  # doctest: +SKIP
        >>> initlab.audit(nn.Linear(784, 256))["weight"].law  # doctest: +SKIP
        'torch_default'
    """
    ignored = [one_of("ignore", name, NAMES, where="audit")
               for name in items_of("ignore", ignore, "a list of names of findings")]  # fmt: skip
    module = unwrapped(model, where="audit")
    with unchanged(module):  # to read a weight with a spectral norm is a step of its iteration
        with placed("audit"):
            members = list(members_of(module))
        if not members:
            raise invalid_argument(
                "model", "a module with parameters", type(module).__name__, kind=DataError
            )
        rows, looked = _looked_at(members)
        findings = [
            *(found for one in looked.values()
              for found in findings_of(one.member, one.tensor, one.numbers)),
            *_constants(looked),
            *_copies(looked),
            *findings_of_buffers(module),
        ]  # fmt: skip
    findings = [one for one in findings if not _is_of_fixed_distribution(one, looked)]
    ordered = in_order([one for one in findings if one.name not in ignored])
    places = {name: k for k, one in reversed([*enumerate(ordered)]) for name in one.where}
    rows.sort(key=lambda row: places.get(row.name, len(ordered)))
    return Audit(type(module).__name__, tuple(rows), ordered)


def _looked_at(members: Iterable[Member]) -> tuple[list[AuditRow], dict[str, Looked]]:
    """Return a row for every parameter, and those whose numbers are their own."""
    owners, rows, looked = Owners(), list[AuditRow](), dict[str, Looked]()
    for member in members:
        first, how = owners.first(member.name, member.held[0])
        tensor = member.now()
        if first and how != STORAGE:
            rows.append(_unlooked(member, f"{how} {first}", first))
        elif not has_numbers(tensor.detach()):
            rows.append(_unlooked(member, "no floating-point numbers"))
        else:
            numbers = numbers_of(tensor)
            rows.append(_row(member, tensor, numbers))
            looked[member.name] = Looked(member, tensor, numbers, rows[-1])
    return rows, looked


def _is_of_fixed_distribution(finding: Finding, looked: Mapping[str, Looked]) -> bool:
    """Whether a distribution without randomness explains it: equal layers, a wave of zeros."""
    return finding.name in (CLONED, ONE_STREAM, ZERO_PATCHES) and all(
        is_fixed(looked[name].tensor, looked[name].member.part, looked[name].row.dtype)
        for name in finding.where
    )


def _copies(looked: Mapping[str, Looked]) -> list[Finding]:
    """Return the findings about copies, among what somebody drew."""
    drawn = {
        name: one for name, one in looked.items()
        if (one.row.role == WEIGHT or one.row.family in DRAWN) and not few_values(one.numbers)
    }  # fmt: skip
    numbers = {name: one.numbers for name, one in drawn.items()}
    tensors = {name: one.tensor for name, one in drawn.items()}
    weights = {name for name, one in drawn.items() if one.member.is_weight}
    clones, pairs = clones_among(tensors, numbers, weights)
    return [*clones, *streams_among(numbers, pairs)]


def _row(member: Member, tensor: Any, found: Numbers) -> AuditRow:
    part, dtype = member.part, dtype_name(tensor)
    broken = found.constant or found.nonfinite or found.odd
    gain = None if broken else is_orthogonal(tensor, part, dtype)
    if found.odd:
        origin = Origin("", "")  # what memory holds by chance has no distribution
    elif gain is None:
        own = default_distribution(member.layer, member.local) if member.computed is None else None
        fan = part.fan if part is not None and member.is_weight else None
        origin = origin_of(found, dtype, fan, own)
    else:
        text = "orthogonal" if abs(gain - 1) < 1e-3 else f"orthogonal(gain={gain:.4g})"
        origin = Origin(text, ORTHOGONAL, 1.0)
    finite = found.size > found.nonfinite
    through = "" if member.computed is None else f"computed by {member.computed.kind}"
    zeros = found.zeros / found.size
    share = (
        f"{100 * zeros:.3g} % of its numbers are 0"
        if 0 < zeros < 1 and origin.family != "values"
        else ""
    )
    missing = (
        f"{found.nonfinite:,} {'value is' if found.nonfinite == 1 else 'values are'} not finite"
        if found.nonfinite
        else ""
    )
    note = "; ".join(one for one in (origin.words, share, missing, through) if one)
    return AuditRow(
        member.name, member.shape, dtype, member.role,
        found.mean if finite else None, found.std if finite and math.isfinite(found.std) else None,
        origin.distribution, origin.family, origin.certainty, origin.also, zeros, found.nonfinite,
        note=note,
    )  # fmt: skip


def _unlooked(member: Member, note: str, shared_with: str = "") -> AuditRow:
    return AuditRow(member.name, member.shape, dtype_name(member.tensor), member.role, None, None,
                    shared_with=shared_with, note=note)  # fmt: skip


def _constants(looked: Mapping[str, Looked]) -> Iterator[Finding]:
    """Yield that weights are constants: all of them, or by a number other than 0, or one by 0."""
    numbers = {name: one.numbers for name, one in looked.items()
               if one.member.is_weight and one.numbers.size > 1}  # fmt: skip
    constant = [name for name, one in numbers.items() if one.constant]
    if constant and len(constant) == len(numbers):
        values = sorted({numbers[name].low for name in constant})
        sentence = (
            "In each weight of the model, all numbers are equal. Either the model was never "
            "initialized, or its init makes all units of a layer equal."
        )
        yield Finding(CONSTANT, WRONG, tuple(constant), sentence, {"values": values})
        return
    ones = [name for name in constant if numbers[name].low != 0]
    for name in ones:
        value = numbers[name].low
        sentence = (
            f"All numbers in {name} are {shown(value, '.6g')}. Units of this layer with equal "
            "biases compute the same output. If their outgoing weights are equal, too, they also "
            "get the same gradients."
        )
        yield Finding(CONSTANT, WRONG, (name,), sentence, {"values": [value]})
    zeros = tuple(name for name in constant if numbers[name].low == 0)
    if zeros:
        sentence = (
            f"All numbers in {listed(zeros, most=MOST_NAMED)} are 0. This is usual at the end of a "
            "residual branch or of the network; anywhere else, a weight of zeros was probably "
            "never initialized."
        )
        yield Finding(ZERO_WEIGHT, DOUBTFUL, zeros, sentence, {"weights": len(zeros)})
