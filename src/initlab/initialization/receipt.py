"""A model that was just initialized, and its report -> the receipt: what was set, and digests."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from initlab.errors import DataError, InitlabError, invalid_argument
from initlab.extras import installed_version
from initlab.files import json_text, read_regular, shown_path, write_atomically
from initlab.initialization.chosen import is_ours
from initlab.initialization.fingerprint import Fingerprint
from initlab.initialization.members import Member, members_of
from initlab.initialization.report import SET, Initialized, ParameterRow
from initlab.modules.framework import load_torch
from initlab.modules.layers import qualified_name
from initlab.randomness import MODULE_NUMERICS
from initlab.validation import local_file

FORMAT, SCHEMA = "initlab receipt", 1
LARGEST_FILE = 1000 * 10**6  # bytes; a parameter takes about 1 kB
LARGEST_SIZE = 2**53  # numbers of one parameter: their places are integers of 64 bits


@dataclass(frozen=True)
class Entry:
    """One parameter: what was done with it, and what it held then.

    Attributes:
        name: qualified name.
        done: "set", "kept", "frozen", "tied" or "not recognised".
        law: text of the init it was drawn from.
        note: why it was kept, the name it is tied to.
        holds: its numbers' fingerprint.
        fan_in: inputs per output unit, or None.
        fan_out: outputs per input unit, or None.
        std: standard deviation of the distribution, or None.
        role: what it is to its layer.
        rule: the rule that matched it.
        held_in: the parameters that it is computed from; empty of a plain one.
    """

    name: str
    done: str
    law: str
    note: str
    holds: Fingerprint
    fan_in: int | float | None = None
    fan_out: int | None = None
    std: float | None = None
    role: str = ""
    rule: str = ""
    held_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class Receipt:
    """What :func:`initlab.initialize` did to a model, and digests of what it then held.

    ``report.receipt()`` makes one, :meth:`save` and :meth:`load` keep it, and
    :func:`initlab.verify` holds a model against it.

    Attributes:
        model: qualified name of the model's class.
        init: the init or rules, in canonical spelling.
        bias_init: the init of the biases, or None.
        seed: the seed.
        axes: what parameters were said to be, by patterns of their names.
        entries: the parameters, in the model's order.
        buffers: names of all buffers of the model, which are not looked at.
        made_by: versions: of initlab, of its numerics, of torch and NumPy.
    """

    model: str
    init: str
    bias_init: str | None
    seed: int
    axes: Mapping[str, Any]
    entries: tuple[Entry, ...]
    buffers: tuple[str, ...] = ()
    made_by: Mapping[str, str] = field(default_factory=dict)

    def to_record(self) -> dict[str, Any]:
        """Return the receipt as plain values, ready for JSON."""
        record = {"format": FORMAT, "schema": SCHEMA, **asdict(self)}
        return record | {"parameters": record.pop("entries")}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the receipt as JSON, a line per parameter: all of it, or none.

        Raises:
            StorageError: the folder is missing, or the file cannot be written.
        """
        content = json_text(self.to_record()).encode("utf-8")
        write_atomically(local_file("receipt", path), content, durable=True)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Receipt:
        """Read a receipt.

        Raises:
            StorageError: the file is not there or cannot be read.
            InitlabError: it is no receipt, or one of a newer initlab.
        """
        expected = "a receipt or the path of one"
        if isinstance(path, Initialized):
            hint = "Give the receipt of that report: report.receipt()."
            got = "the report of initialize"
            raise invalid_argument("receipt", expected, got, got=got, hint=hint)
        source = local_file("receipt", path, expected=expected)
        content = read_regular(source, most=LARGEST_FILE)
        try:
            value = json.loads(content.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            raise _no_receipt(source, "it is not JSON") from None
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise _no_receipt(source, "it is JSON of another format")
        if value.get("schema") != SCHEMA:
            schema = f"{value.get('schema')!r:.40}"
            raise DataError(
                f"{shown_path(source)} is a receipt of another version of initlab: its schema is "
                f"{schema}, and the installed version reads only schema {SCHEMA}.",
                argument="receipt", value=str(source),
            )  # fmt: skip
        return cls._read(value, source)

    @classmethod
    def _read(cls, value: dict[str, Any], source: Path) -> Receipt:
        from pydantic import TypeAdapter, ValidationError  # late: slow to import

        fields = {key: one for key, one in value.items() if key not in ("format", "schema")}
        fields["entries"] = fields.pop("parameters", None)
        try:
            found = TypeAdapter(cls).validate_python(fields)
            names = [one.name for one in found.entries]
            if len({*names}) < len(names):
                raise ValueError("two of its parameters have the same name")
            for one in found.entries:
                if one.holds.size > LARGEST_SIZE:
                    raise ValueError(
                        f"{one.name} cannot be of shape {one.holds.shape}, which is too large"
                    )
                kept, expected = len(one.holds.numbers), len(one.holds.positions)
                if kept not in (0, expected):
                    raise ValueError(
                        f"it holds {kept} of the numbers of {one.name}; for a parameter of shape "
                        f"{one.holds.shape} it should hold {expected}"
                    )
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])).replace("entries", "parameters")
            raise _no_receipt(source, f"{place}: {first['msg'].lower()}") from None
        except ValueError as error:
            raise _no_receipt(source, str(error)) from None
        return found


def receipt_of(model: Any, report: Initialized, axes: Mapping[str, Any] | None) -> Receipt:
    """Return the receipt of a model that was just initialized.

    Args:
        model: the module, without wrappers.
        report: what was done with it.
        axes: what parameters were said to be.

    Raises:
        InitlabError: the model has changed since.
    """
    names = {id(one): name for name, one in model.named_parameters(remove_duplicate=False)}
    known: dict[int, Fingerprint] = {}
    entries = []
    for row, member in zip(report.rows, members_of(model), strict=True):
        holds = known.get(id(member.tensor)) or Fingerprint.of(member.now())
        if member.computed is None:  # whose tensor lives as long as the model
            known[id(member.tensor)] = holds
        if row.name != member.name or _has_changed(row, member, holds):
            got = f"a changed {row.name}"
            raise invalid_argument(
                "receipt", "made before the model changes", got, got=got,
                hint="Save the receipt right after initialize.",
            )  # fmt: skip
        held_in = () if member.computed is None else tuple(names[id(one)] for one in member.held)
        entries.append(Entry(
            row.name, row.done, row.law, row.note, holds, row.fan_in, row.fan_out, row.std,
            row.role, row.rule, held_in,
        ))  # fmt: skip
    return Receipt(
        qualified_name(type(model)), report.start, report.bias_init, report.seed,
        {pattern: dict(value) if isinstance(value, Mapping) else value
         for pattern, value in (axes or {}).items()}, tuple(entries),
        tuple(name for name, _ in model.named_buffers()), _versions(),
    )  # fmt: skip


def _has_changed(row: ParameterRow, member: Member, holds: Fingerprint) -> bool:
    """Whether a parameter holds other numbers than when the report was made."""
    written = row.done == SET and not all(map(is_ours, member.held))
    return written or not row.holds(holds.moments)


def _versions() -> dict[str, str]:
    return {"initlab": installed_version("initlab"), "numerics": MODULE_NUMERICS,
            "torch": str(load_torch().__version__), "numpy": np.__version__}  # fmt: skip


def _no_receipt(source: Path, why: str) -> InitlabError:
    return DataError(f"{shown_path(source)} is not a receipt of initlab: {why}.",
                     argument="receipt", value=str(source))  # fmt: skip
