"""Cells as they are done -> their rows in a store, each on the disk before the next is awaited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection, delete, insert, select

from initlab.records import Cell, CellSpec
from initlab.study.store import schema
from initlab.study.store.rows import OF_CELL, cell_of, row_of
from initlab.study.store.stored_study import Failure

if TYPE_CHECKING:
    from initlab.study.store.store import Store

Item = TypeVar("Item")
TOGETHER = 1_000  # keys of one query
OVERHEAD = 500  # bytes of a cell in the file's indexes
LONGEST_REASON = 2_000  # characters of why a cell failed
# a cell, or its place in a study, that another run wrote meanwhile stays as it is
ADD_CELL = insert(schema.cells).prefix_with("OR IGNORE")
ADD_MEMBER = insert(schema.members).prefix_with("OR IGNORE")
ADD_FAILURE = insert(schema.failures).prefix_with("OR REPLACE")


class StudyWriter:
    """Fills a study's entry in a store.

    Attributes:
        store: where.
        name: of the study in it.
        reusable: whether cells are found again.
    """

    def __init__(self, store: Store, number: int, name: str, *, reusable: bool) -> None:
        self.store, self.name, self.reusable = store, name, reusable
        self._number = number
        self._written: set[str] = set()
        self._new = self._bytes = 0

    @property
    def bytes_per_cell(self) -> float:
        """How much of the disk a cell takes, by those that were added; 0 where none was."""
        return self._bytes / self._new if self._new else 0.0

    def find(self, specs: Iterable[CellSpec]) -> dict[str, Cell]:
        """Return the cells that are in the store by their keys; they become this study's."""
        found: dict[str, Cell] = {}
        if not self.reusable:
            return found
        with self.store.writing() as connection:
            for keys in batches(spec.key for spec in specs):
                wanted = select(*OF_CELL).where(schema.cells.c.key.in_(keys))
                rows = {row.key: cell_of(row) for row in connection.execute(wanted)}
                self._join(connection, list(rows))
                found |= rows
        self._written.update(found)
        return found

    def add(self, spec: CellSpec, cell: Cell, attempts: int = 1) -> None:
        """Write a finished or diverged cell; it is on the disk when this returns.

        Raises:
            StorageError: it cannot be written.
        """
        if spec.key in self._written:
            return
        key = spec.key if self.reusable else f"{spec.key}-{self._number}"
        row = row_of(cell, key, attempts=attempts, parameters=self.store.parameters)
        with self.store.writing() as connection:
            connection.execute(ADD_CELL, row)
            self._join(connection, [key])
        self._written.add(spec.key)
        self._new += 1
        self._bytes += OVERHEAD + sum(len(one) for one in row.values() if hasattr(one, "__len__"))

    def fail(self, spec: CellSpec, reason: str, attempts: int) -> Failure:
        """Write why a cell could not be run.

        Raises:
            StorageError: it cannot be written.
        """
        reason = reason.encode("utf-8", "backslashreplace").decode("utf-8")
        if len(reason) > LONGEST_REASON:
            reason = f"{reason[:LONGEST_REASON]}... ({len(reason):,} characters)"
        rate = spec.training.learning_rate
        failure = Failure(spec.init, spec.seed, rate, attempts, reason)
        values = {**asdict(failure), "learning_rate": repr(rate)}
        with self.store.writing() as connection:
            connection.execute(ADD_FAILURE, {"study": self._number, "key": spec.key, **values})
        return failure

    def _join(self, connection: Connection, keys: Sequence[str]) -> None:
        """Make cells this study's; they have not failed."""
        if not keys:
            return
        connection.execute(ADD_MEMBER, [{"study": self._number, "key": key} for key in keys])
        failures = schema.failures.c
        plain = [key.partition("-")[0] for key in keys]
        connection.execute(
            delete(schema.failures).where(failures.study == self._number, failures.key.in_(plain))
        )


def batches(keys: Iterable[Item]) -> Iterator[list[Item]]:
    """Return items in lists that one query can hold."""
    left = iter(keys)
    while batch := list(islice(left, TOGETHER)):
        yield batch
