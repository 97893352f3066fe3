"""(model, receipt) -> which parameters differ from what was set, and how."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from initlab.errors import DataError, InitlabError, invalid_argument, placed
from initlab.initialization.case import parse_init, rules_of
from initlab.initialization.differing import AS_SET, OVERWRITTEN, TRAINED, difference
from initlab.initialization.fingerprint import SAMPLE, Fingerprint, fingerprints
from initlab.initialization.members import Member, members_of
from initlab.initialization.module import initialize_by, seen_in_use
from initlab.initialization.receipt import Entry, Receipt
from initlab.initialization.report import KEPT, SET, TIED, UNKNOWN
from initlab.initialization.user_values import IN_MEMORY
from initlab.initialization.verification import (
    MISSING,
    NEW,
    RENAMED,
    UNCHECKED,
    UNTIED,
    Verification,
    Verified,
)
from initlab.modules.anatomy import plain_name, unwrapped
from initlab.modules.framework import load_torch
from initlab.modules.sharing import Owners
from initlab.networks.anatomy import STORAGE
from initlab.randomness import MODULE_NUMERICS
from initlab.validation import flag, listed

Prints = Mapping[str, Fingerprint]  # by name
PREFIX = "module."  # of DataParallel, in the names of a state_dict
HOLDERS = ("state_dict", "model_state_dict", "model", "module", "net", "network")


def verify(
    model: Any, receipt: Receipt | str | os.PathLike[str], *, again: bool = False
) -> Verification:
    """Return which parameters of a model differ from what was set, and how.

    Everything that the receipt has is held against the model, what was kept or frozen too: a
    layer that was loaded and then drawn again differs. A digest decides whether a parameter is as
    set; how it differs is read off its moments and 128 of its numbers.

    Args:
        model: a ``torch.nn.Module``, or its ``state_dict``.
        receipt: what ``report.save`` wrote, its path, or ``report.receipt()``.
        again: initialize the model first, by the receipt's rules and seed: whether the same
            numbers come out here. Otherwise nothing is changed.

    Returns:
        The verification; ``print`` it. Its ``as_set`` is True where nothing differs.

    Raises:
        InitlabError: the receipt cannot be read, or the model has no numbers.

    Example:
        >>> from torch import nn  # doctest: +SKIP
        >>> layer = nn.Linear(784, 256)  # doctest: +SKIP
        >>> receipt = initlab.initialize(layer, "he_normal", seed=0).receipt()  # doctest: +SKIP
        >>> layer.weight.data *= 0.5  # doctest: +SKIP
        >>> initlab.verify(layer, receipt)["weight"].words  # doctest: +SKIP
        'the same numbers times 0.5'
    """
    known = receipt if isinstance(receipt, Receipt) else Receipt.load(receipt)
    found: dict[str, Any]
    flag("again", again, where="verify")
    if isinstance(model, Mapping):
        if again:
            raise invalid_argument(
                "again", "False with a state_dict, which cannot be initialized", again
            )
        found, name = _tensors(model, known), "state_dict"
        prints = fingerprints(found)
        rows = list(_rows(known, found, prints, of_file=True))
    elif not isinstance(model, load_torch().nn.Module):
        raise invalid_argument(
            "model", "a torch.nn.Module, or its state_dict", model, where="verify"
        )
    else:
        module = unwrapped(model, where="verify")
        if again:
            _initialize_again(module, known)
        with placed("verify"):
            members = list(members_of(module))
        name = type(module).__name__
        found = {one.name: one.now() for one in members}
        prints = fingerprints(found)
        rows = _untied(known, members, list(_rows(known, found, prints, of_file=False)))
    rows = _in_context(known, _exchanged(known, prints, _renamed(known, prints, rows)))
    return Verification(name, known.init, known.seed, tuple(rows), tuple(_notes(known, rows)))


def _initialize_again(module: Any, known: Receipt) -> None:
    """Do what the receipt says, to a model as it was built."""
    if IN_MEMORY in known.init:
        expected = (
            "False when a rule is a function or an array that exists only in memory, because a "
            "receipt does not hold it"
        )
        raise invalid_argument("again", expected, True, where=known.init)
    kept = {one.name: one.note for one in known.entries if one.done == KEPT and not one.rule}
    given = rules_of(parse_init(known.init), known.bias_init)
    try:
        report = initialize_by(
            module, given, known.seed, start=known.init, bias_init=known.bias_init,
            axes=known.axes or None, chosen=kept, described=seen_in_use(module, given),
        )  # fmt: skip
    except InitlabError as error:
        if "data=" not in str(error):
            raise
        raise _needs_data(known) from error
    if {one.name for one in known.entries if one.done == SET} & {*report.names(UNKNOWN)}:
        raise _needs_data(known)  # which showed what they are


def _needs_data(known: Receipt) -> InitlabError:
    hint = "Initialize the model yourself, with the same data, and then verify it with again=False."
    expected = "False when initialize needs data, because a receipt does not hold the data"
    return invalid_argument("again", expected, True, where=known.init, hint=hint)


def _rows(
    known: Receipt, found: Mapping[str, Any], prints: Prints, *, of_file: bool
) -> Iterator[Verified]:  # fmt: skip
    computed = {one for entry in known.entries for one in entry.held_in}
    names = {entry.name for entry in known.entries}
    for entry in known.entries:
        if entry.name in found:
            yield _compared(entry, prints[entry.name], found[entry.name])
        elif of_file and entry.held_in:
            words = (f"computed from {' and '.join(entry.held_in)}, and therefore not in the "
                     "state_dict; to check this parameter, verify the model")  # fmt: skip
            yield Verified(entry.name, UNCHECKED, entry.done, entry.law, words)
        elif of_file and entry.done == TIED:
            words = (f"not in the state_dict, which is no fault; this parameter is {entry.note}, "
                     "and a file may store the numbers of tied parameters only once")  # fmt: skip
            yield Verified(entry.name, UNCHECKED, entry.done, entry.law, words)
        else:
            yield Verified(entry.name, MISSING, entry.done, entry.law, "no such parameter")
    for name in found:
        if name not in names and not (of_file and name in computed):
            yield Verified(name, NEW, words="not in the receipt")


def _compared(entry: Entry, now: Fingerprint, tensor: Any) -> Verified:
    found = difference(entry.holds, now, tensor, computed=bool(entry.held_in))
    return Verified(entry.name, found.kind, entry.done, entry.law, found.words, found.evidence)


def _renamed(known: Receipt, prints: Prints, rows: list[Verified]) -> list[Verified]:
    """Join what is missing with new names that hold its numbers."""
    new = {row.name for row in rows if row.kind == NEW}
    if not new or not any(row.kind == MISSING for row in rows):
        return rows
    held = {entry.name: entry.holds for entry in known.entries}
    result = []
    for row in rows:
        if row.kind == MISSING:
            own = held[row.name]
            alike = [name for name, one in prints.items() if name in new and one.is_of(own)]
            last = row.name.rpartition(".")[2]
            alike.sort(key=lambda name: name.rpartition(".")[2] != last)  # constants are all alike
            if alike:
                new.discard(alike[0])
                row = replace(row, kind=RENAMED, words=f"now named {alike[0]}",
                              evidence={"name": alike[0]})  # fmt: skip
        result.append(row)
    return [row for row in result if row.kind != NEW or row.name in new]


def _exchanged(known: Receipt, prints: Prints, rows: list[Verified]) -> list[Verified]:
    """Say of other numbers whose they are, and of a parameter's own where they are now."""
    drawn = {entry.name: entry.holds for entry in known.entries if entry.holds.constant is None}
    differing = [row.name for row in rows if row.kind == OVERWRITTEN and row.name in drawn]
    now = {name: prints[name] for name in differing}
    result = []
    for row in rows:
        if row.name in now:
            held, holds = drawn[row.name], now[row.name]
            moved = [name for name, one in now.items() if one.is_of(held)]
            source = [name for name, one in drawn.items() if holds.is_of(one)]
            whose = f"holds the numbers of {source[0]}" if source else ""
            if moved:
                words = f"its own numbers are in {moved[0]} now"
                if source:
                    words = (
                        f"exchanged with {moved[0]}"
                        if moved == source
                        else f"{words}; this parameter {whose}"
                    )
                row = replace(row, kind=RENAMED, words=words, evidence={"name": moved[0]})
            elif source:
                evidence = {**row.evidence, "copy_of": source[0]}
                row = replace(row, words=whose, evidence=evidence)
        result.append(row)
    return result


def _untied(known: Receipt, members: Iterable[Member], rows: list[Verified]) -> list[Verified]:
    """Say of equal parameters that they were tied and are no longer."""
    owners, group = Owners(), dict[str, str]()
    for one in members:
        first, how = owners.first(one.name, one.held[0])
        group[one.name] = one.name if not first or how == STORAGE else group.get(first, first)
    tied = {entry.name: re.split("[,;]", entry.note.removeprefix("tied to "))[0]
            for entry in known.entries if entry.done == TIED}  # fmt: skip
    result = []
    for row in rows:
        leader = tied.get(row.name)
        if leader in group and row.kind not in (MISSING, NEW):
            own = group.get(row.name)
            if own != group[leader]:
                more = "" if row.kind == AS_SET else f"; {row.words}"
                words = f"no longer tied to {leader}{more}"
                row = replace(row, kind=UNTIED, words=words, evidence={"tied_to": leader})
        result.append(row)
    return result


def _in_context(known: Receipt, rows: list[Verified]) -> list[Verified]:
    """Take constants that took other values as trained where what was drawn beside them is.

    Zeros that were trained look like zeros that were drawn again: nothing is left to compare. A
    layer of constants alone, such as a norm, is held against the whole model.
    """
    constant = {one.name for one in known.entries if one.holds.constant is not None}
    kinds: dict[str, set[str]] = {}
    for row in rows:
        if row.done and row.name not in constant:
            kinds.setdefault(_layer(row), set()).add(row.kind)
    everywhere = set().union(*kinds.values())
    result = []
    for row in rows:
        near = kinds.get(_layer(row), everywhere)
        place = "its layer" if _layer(row) in kinds else "the model"
        began_equal = row.kind == OVERWRITTEN and "was" in row.evidence
        if began_equal and TRAINED in near and OVERWRITTEN not in near:
            words = (
                f"{row.words}; this parameter counts as trained, because randomly drawn "
                f"parameters of {place} were trained"
            )
            row = replace(row, kind=TRAINED, words=words)
        result.append(row)
    return result


def _layer(row: Verified) -> str:
    return row.name.rpartition(".")[0]


def _notes(known: Receipt, rows: list[Verified]) -> Iterator[str]:
    drawn = {one.name for one in known.entries if one.done == SET and one.holds.constant is None}
    found = [row for row in rows if row.name in drawn]
    if found and all(row.kind == OVERWRITTEN for row in found):
        yield (
            "None of the randomly drawn parameters holds the numbers that the receipt records. "
            "Was this model initialized with this receipt's rules? With again=True (--again in a "
            "shell), verify first initializes the model with the receipt's rules and seed."
        )
    numerics = known.made_by.get("numerics", MODULE_NUMERICS)
    if found and numerics != MODULE_NUMERICS:
        yield (
            f"The receipt was made with version {numerics} of initlab's way to draw numbers; this "
            f"initlab has version {MODULE_NUMERICS}. From the same seed, the two versions draw "
            "different numbers."
        )
    as_set = {row.name for row in rows if row.kind == AS_SET}
    orderless = [one.name for one in known.entries if one.name in as_set and one.held_in
                 and one.holds.placed is None and one.holds.size > SAMPLE]  # fmt: skip
    if orderless:
        yield (
            "The receipt was made by an earlier version of initlab. For a parameter that is "
            "computed from other parameters, such a receipt holds only the mean, the std and "
            f"{SAMPLE} of the numbers. In {listed(orderless)}, the order of the remaining numbers "
            "is therefore not checked."
        )
    if any(row.kind == UNCHECKED and row.done != TIED for row in rows):
        yield (
            "Parameters that are computed from other parameters are not in a state_dict or a "
            "saved file: to check them, verify the model itself."
        )


def _tensors(given: Mapping[Any, Any], known: Receipt) -> dict[str, Any]:
    """Return the parameters of a state_dict, or of a checkpoint that holds one."""
    torch = load_torch()
    found: Mapping[Any, Any] = given
    for holder in HOLDERS:
        inner = given.get(holder)
        if isinstance(inner, Mapping) and any(map(torch.is_tensor, inner.values())):
            found = inner
            break
    tensors = {key: one for key, one in found.items() if torch.is_tensor(one)}
    if not tensors or not all(isinstance(key, str) for key in tensors):
        items = [f"{key}: {type(one).__name__}" for key, one in list(given.items())[:5]]
        keys = listed(HOLDERS, "or")
        expected = f"a state_dict of tensors, or a mapping with a state_dict under the key {keys}"
        held = ", ".join(items) or "an empty mapping"
        raise invalid_argument("model", expected, held, got=held, where="verify", kind=DataError)
    names = {entry.name for entry in known.entries}
    tensors = {plain_name(key): one for key, one in tensors.items()}
    while not names & tensors.keys() and all(key.startswith(PREFIX) for key in tensors):
        tensors = {key.removeprefix(PREFIX): one for key, one in tensors.items()}
    buffers = {*known.buffers} - names
    return {key: one for key, one in tensors.items() if key not in buffers}
