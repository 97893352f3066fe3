"""(PyTorch module, init or rules, seed) -> the module's parameters, set in place, and a report."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from initlab.errors import DataError, InitlabError, invalid_argument
from initlab.initialization.assignments import (
    Assignment,
    assignments_of,
    unmatched,
)
from initlab.initialization.batch import Batch
from initlab.initialization.case import Case, bias_init_of, parse_init, rules_of
from initlab.initialization.copies import Copies
from initlab.initialization.module_on_data import calibrated_norms, set_on_data
from initlab.initialization.places import AxesByName
from initlab.initialization.receipt import Receipt, receipt_of
from initlab.initialization.report import SET, UNDO_EXPECTED, Initialized
from initlab.initialization.rules import AUTO, Rules
from initlab.initialization.rules import DEFAULT as DEFAULT
from initlab.initialization.without_numbers import Memory, is_lazy
from initlab.initialization.writing import running_statistics, write
from initlab.initializers.entry import BIASES
from initlab.initializers.spec import Initializer
from initlab.modules.anatomy import PartsByLayer, anatomy_of, layers_of, unwrapped
from initlab.networks.anatomy import LOOKUP, Anatomy
from initlab.validation import flag, listed, seed_number

DATA_NOT_USED = "The data was not used: the init has no method that needs data."


def initialize(
    model: Any,
    spec: str | Initializer | Rules,
    *,
    seed: int,
    bias_init: str | float | Initializer | None = None,
    axes: AxesByName | None = None,
    data: Any = None,
    targets: Any = None,
    device: Any = None,
    dry_run: bool = False,
    undo: bool = False,
    keep_buffers: bool = False,
) -> Initialized:
    """Set every parameter that initlab knows, in place, and report on all of them.

    Linear, Bilinear, convolutions of every kind, Embedding, RNN, LSTM, GRU and
    MultiheadAttention are drawn from the init's distribution, with fans counted for each group,
    gate and projection (:mod:`initlab.modules.layers` has the rules). Norms become 1 and 0, biases
    follow the init's own bias distribution, else are zeros. Tied parameters are set once, as a
    weight where one is (a head and its embedding), else by the first name; frozen ones are left;
    what is not known is listed, never guessed. A weight that is computed from others
    (:mod:`initlab.initialization.computed`) is set so that its effective value follows the
    distribution. The running statistics of norms are reset with their parameters.

    Constants that the author of the model chose are kept, unless a rule names the parameter: a
    parameter whose numbers are all equal, and not what its layer usually holds. A weight of zeros
    is one, or the weight of a norm that is 0. What initlab itself wrote is not, nor is anything
    where all weights are constants.

    Each parameter has its own stream, keyed by seed and qualified name: a new layer moves no
    other layer's numbers. All numbers are drawn on the CPU, whatever the device; torch's and
    NumPy's global generators are left alone. float64 weights have the numbers of
    :func:`initlab.draw`; Normal and Uniform distributions of float32 parameters are drawn as
    float32, which is faster and gives other numbers of the same distribution
    (:mod:`initlab.initialization.float32`).

    Args:
        model: a ``torch.nn.Module``; DataParallel and compiled wrappers are looked into.
        spec: the init, such as ``"he_normal"``; :func:`initlab.rules`, or their text, such as
            ``"he_normal; role:embedding=normal(std=0.02); *.gate=keep"``; or "default": every
            layer's own ``reset_parameters``, made reproducible.
        seed: 0 to 2**63 - 1.
        bias_init: init of the biases, from the fans of the weight beside them: the rule
            "role:bias", before all others, and whatever such a rule takes, "keep" or 0.1.
        axes: what parameters are that are not known, by patterns of their names:
            ``{"*.w": {"in_axis": 1, "out_axis": 0}, "*.b": "bias"}``, as
            :func:`initlab.register_layer` takes it.
        data: a batch of the model's inputs, for methods that look at data (family "on data" of the
            catalogue), for lazy layers, and, where torch.fx cannot trace the model, for "auto",
            "role:head", "role:residual" and what bare parameters are: a tensor or an array, a
            tuple of them, or a mapping by keyword. The model computes with it, without dropout; a
            failure puts its parameters back. Where nothing needs data, they are not looked at.
        targets: of these inputs, for the method "prior".
        device: where a model on the meta device gets its memory.
        dry_run: report only; nothing is drawn or changed, and lazy layers stay lazy. The report's
            ``apply`` does it.
        undo: keep copies of what is set; the report's ``undo`` puts them back.
        keep_buffers: leave running statistics and other buffers as they are.

    Returns:
        The report; ``print`` it.

    Raises:
        InitlabError: the model or an argument is refused; no parameter was changed.

    Example:
        >>> from torch import nn  # doctest: +SKIP
        >>> initialize(nn.Linear(784, 256), "he_normal", seed=0)["weight"].fan_in  # doctest: +SKIP
        784
    """
    parsed = parse_init(spec)
    if isinstance(parsed, Case):
        hint = (
            "W1, B1, ... are parameters of the dense networks that draw_network draws. For a "
            "module, give rules with the names of its parameters: 'fc1.weight=normal; *.bias=0'."
        )
        raise invalid_argument(
            "spec", "an init for the whole module, or rules", spec, where="initialize", hint=hint
        )
    if isinstance(parsed, Rules) and parsed.default == DEFAULT and not parsed.rules:
        for argument, value in (("bias_init", bias_init), ("axes", axes)):
            if value is not None:
                expected = (
                    "left out with the init 'default', because 'default' calls each layer's own "
                    "reset_parameters"
                )
                raise invalid_argument(argument, expected, value, where="initialize")
    choices = {"dry_run": dry_run, "undo": undo, "keep_buffers": keep_buffers}
    for name, choice in choices.items():
        flag(name, choice, where="initialize")
    biases = None if bias_init is None else str(bias_init_of(bias_init))
    given, module = rules_of(parsed, biases), unwrapped(model, where="initialize")
    lazy = is_lazy(module)
    if targets is not None and data is None:
        if looking := next(iter(given.needs_data), ""):
            expected = f"a batch of the model's inputs, which {looking} needs"
            hint = "For example, call initialize(model, ..., data=x, targets=y)."
            raise invalid_argument("data", expected, None, where="initialize", hint=hint)
        kind = type(targets).__name__
        raise invalid_argument("targets", "left out unless data is given", kind, where="initialize")
    used = data is not None and looks_at_data(module, given)
    memory = Memory(module, device)
    memory.install()
    try:
        batch = Batch.of(module, data, targets) if used else None
        if batch is not None and lazy:
            memory.give_shapes(module, batch, seed_number(seed, where="initialize"))
        described = None if batch is not None else seen_in_use(module, given)
        report = initialize_by(
            module, given, seed, start=str(parsed), bias_init=biases, axes=axes, batch=batch,
            described=described, memory=memory, dry_run=dry_run, undo=undo,
            keep_buffers=keep_buffers, notes=() if data is None or used else (DATA_NOT_USED,),
        )  # fmt: skip
    except BaseException:
        memory.remove()
        raise
    if dry_run:
        memory.remove()
    return report


def seen_in_use(module: Any, given: Rules) -> Anatomy | None:
    """Return a traced anatomy where parameters are known by their use alone; else None."""
    with contextlib.suppress(InitlabError):  # said where its parameters are looked at
        if not is_lazy(module) and _is_open(module, None):
            return anatomy_of(module, numbers=False, gains=AUTO in given.inits)
    return None


def looks_at_data(module: Any, given: Rules) -> bool:
    """Whether data would change or explain anything: else they are not looked at."""
    asked = bool(given.needs_data) or given.by_place or is_lazy(module)
    return asked or _is_open(module, None, LOOKUP)


def initialize_by(
    model: Any, given: Rules, seed: int, *, start: str, bias_init: str | None = None,
    axes: AxesByName | None = None, chosen: Mapping[str, str] | None = None,
    described: Anatomy | None = None, batch: Batch | None = None, memory: Memory | None = None,
    dry_run: bool = False, undo: bool = False, keep_buffers: bool = False,
    notes: tuple[str, ...] = (),
) -> Initialized:  # fmt: skip
    """Do what :func:`initialize` says, with rules.

    Args:
        model: a torch module.
        given: the rules, that of ``bias_init`` among them.
        seed: 0 to 2**63 - 1.
        start: their text, for the report.
        bias_init: its text, for the report.
        axes: see :func:`initialize`.
        chosen: names that are kept by default, and why; None looks at the model itself.
        described: the model's anatomy; None traces the model where the rules need it.
        batch: what methods look at that need data.
        memory: of a model on the meta device.
        dry_run: see :func:`initialize`.
        undo: see :func:`initialize`.
        keep_buffers: see :func:`initialize`.
        notes: what the report says before its own.
    """
    number = seed_number(seed, where="initialize")
    module = unwrapped(model, where="initialize")
    if described is None and batch is not None:
        later = contextlib.suppress(DataError)  # said where the methods compute the model
        with later if given.needs_data else contextlib.nullcontext():
            described = anatomy_of(module, batch.inputs, numbers=False,
                                   gains=AUTO in given.inits, argument="data")  # fmt: skip
    if memory is not None and memory.held:
        chosen = {}  # what memory without numbers holds is no choice
    found, in_order = assignments_of(module, given, axes, chosen, described)
    norms = calibrated_norms(module, given)
    wanting = [one.on_data for one in found if one.on_data is not None]
    wanting += [rule.init for _, rule in norms.values() if isinstance(rule.init, Initializer)]
    _check_batch(wanting, batch)
    if memory is not None:
        memory.check([one.row for one in found])
    buffers = tuple(name for name in running_statistics(module, found)
                    if name.rpartition(".")[0] not in norms)  # fmt: skip
    missed = unmatched(given, found, [rule for _, rule in norms.values()], in_order=in_order)
    notes = (*notes, *missed)
    if keep_buffers and buffers:
        notes += (f"Running statistics are unchanged: {', '.join(buffers)}.",)
        buffers = ()
    rows = tuple(one.row for one in found)
    dry = Initialized(start, bias_init, number, True, rows, buffers, notes)
    copies: list[Copies] = []

    def apply(undo: bool) -> Initialized:
        if memory is not None:
            memory.install()
        before = _copies(module, found, keep_buffers and not norms) if undo or wanting else None
        try:
            rows = write(module, found, number, keep_buffers=keep_buffers)
            said: tuple[str, ...] = ()
            if batch is not None and wanting:
                rows, said = set_on_data(module, found, rows, norms, batch, number)
        except BaseException:
            put_back(before)
            if memory is not None:
                memory.remove()
            raise
        if undo and before is not None:
            copies.append(before)
        layers = f"layer{'s' * (len(norms) != 1)} {listed([*norms])}"
        layers = "the model" if "" in norms else layers
        more = [f"The running statistics of {layers} were set from the data."] if norms else []
        return replace(dry, rows=rows, notes=(*dry.notes, *more), on_data=said, dry_run=False,
                       _apply=None, _undo=back if undo else None, _receipt=receipt)  # fmt: skip

    live = weakref.ref(module)  # a report that is kept does not keep a model

    def receipt(report: Initialized) -> Receipt:
        alive = live()
        if alive is None:
            hint = "Keep a variable that refers to the model."
            raise invalid_argument("model", "in memory until its receipt is made", None, hint=hint)
        return receipt_of(alive, report, axes)

    undone = False

    def back() -> None:
        nonlocal undone
        if not copies:
            if undone:
                hint = "The earlier values were put back already."
                again = "a second call"
                raise invalid_argument("undo", "called once", again, got=again, hint=hint)
            raise invalid_argument("undo", UNDO_EXPECTED, False)
        put_back(copies.pop())  # of what was applied twice, the second first
        undone = True

    def put_back(before: Copies | None) -> None:
        if before is not None:
            before.put_back()
        for computed in (one.member.computed for one in found):
            if computed is not None:
                computed.refresh()

    return replace(dry, _apply=apply, _undo=back) if dry_run else apply(undo)


def _is_open(module: Any, *roles: str | None) -> bool:
    """Whether parameters have one of these roles; None where their use may tell it."""
    known = PartsByLayer()
    for name, layer, owned in layers_of(module):
        parts = known.of(name, layer)
        found = (parts.get(local) for local in owned)
        if any((part.role if part is not None else None) in roles for part in found):
            return True
    return False


def _check_batch(wanting: Sequence[Initializer], batch: Batch | None) -> None:
    """Refuse methods that look at data where there is none."""
    for method in wanting:
        if batch is None:
            hint = (
                "Call initialize(model, ..., data=x), or in a shell: initlab initialize ... --data "
                f"DATA. initlab.compare gives training samples to {method} by itself."
            )
            raise invalid_argument("data", f"a batch of the model's inputs, which {method} needs",
                                   None, where="initialize", hint=hint)  # fmt: skip
        if method.sets == BIASES and batch.targets is None:
            hint = "For example, call initialize(model, ..., data=x, targets=y)."
            raise invalid_argument(
                "targets", f"given for the init {method}", None, where="initialize", hint=hint
            )


def _copies(module: Any, found: Sequence[Assignment], keep_buffers: bool) -> Copies:
    """Return copies of what is about to be set."""
    chosen = [one.member for one in found if one.row.done == SET]
    layers = [one.computed.layer for one in chosen if one.computed is not None]
    tensors = [tensor for one in chosen for tensor in one.held]
    return Copies(tensors, layers if keep_buffers else [module])
