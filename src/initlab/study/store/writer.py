"""Cells as they are done -> their rows in a store, each on the disk before the next is awaited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection, bindparam, delete, insert, select

from initlab.errors import StorageError
from initlab.records import Cell, CellSpec
from initlab.study.environment import method_numerics
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
REPLACE_CELL = insert(schema.cells).prefix_with("OR REPLACE")
ADD_MEMBER = insert(schema.members).prefix_with("OR IGNORE")
ADD_FAILURE = insert(schema.failures).prefix_with("OR REPLACE")
END_FAILURE = delete(schema.failures).where(
    schema.failures.c.study == bindparam("study"), schema.failures.c.key == bindparam("key")
)


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
        self._damaged: set[str] = set()  # keys of rows that are not what was stored
        self._new = self._bytes = 0

    @property
    def bytes_per_cell(self) -> float:
        """How much of the disk a cell takes, by those that were added; 0 where none was."""
        return self._bytes / self._new if self._new else 0.0

    def find(self, specs: Iterable[CellSpec]) -> set[str]:
        """Return the keys of those cells that are in the store; they become this study's."""
        key = schema.cells.c.key
        if self.reusable:
            specs = list(specs)
            with self.store.writing() as connection:
                self._leave(connection, specs)
                for keys in batches(spec.key for spec in specs):
                    wanted = select(key).where(key.in_(keys))
                    found = list(connection.execute(wanted).scalars())
                    self._join(connection, found)
                    self._written.update(found)
        return set(self._written)

    def cells(self, keys: Iterable[str]) -> tuple[list[Cell], set[str]]:
        """Return the cells of these keys, and the keys of damaged ones; `add` replaces those."""
        found: list[Cell] = []
        with self.store.reading() as connection:
            for some in batches(keys):
                wanted = select(*OF_CELL).where(schema.cells.c.key.in_(some))
                for row in connection.execute(wanted):
                    try:
                        found.append(cell_of(row, self.store.shown))
                    except StorageError:
                        self._damaged.add(row.key)
        self._written -= self._damaged
        return found, set(self._damaged)

    def add(self, cells: Iterable[tuple[CellSpec, Cell, int]]) -> None:
        """Write finished or diverged cells; all are on the disk when this returns, or none is.

        Args:
            cells: specification, cell, and how often it was tried. Those that were written before
                are left out.

        Raises:
            StorageError: they cannot be written.
        """
        new = {spec.key: (cell, n) for spec, cell, n in cells if spec.key not in self._written}
        if not new:
            return
        mine = "" if self.reusable else f"-{self._number}"
        rows = [
            row_of(cell, key + mine, attempts=attempts, parameters=self.store.parameters)
            for key, (cell, attempts) in new.items()
        ]
        with self.store.writing() as connection:
            for row in rows:
                if row["key"] in self._damaged:
                    connection.execute(REPLACE_CELL, row)
            connection.execute(ADD_CELL, rows)
            self._join(connection, [row["key"] for row in rows])
        self._written.update(new)
        self._new += len(rows)
        self._bytes += sum(
            OVERHEAD + sum(len(one) for one in row.values() if hasattr(one, "__len__"))
            for row in rows
        )

    def fail(self, spec: CellSpec, reason: str, attempts: int) -> Failure:
        """Write why a cell could not be run.

        Raises:
            StorageError: it cannot be written.
        """
        reason = reason.encode("utf-8", "backslashreplace").decode("utf-8")
        if len(reason) > LONGEST_REASON:
            reason = f"{reason[:LONGEST_REASON]}... ({len(reason):,} characters)"
        failure = Failure(spec.init, spec.seed, spec.training.learning_rate, attempts, reason)
        values = {"study": self._number, "key": spec.key, **asdict(failure)}
        with self.store.writing() as connection:
            connection.execute(ADD_FAILURE, values)
        return failure

    def _leave(self, connection: Connection, specs: Sequence[CellSpec]) -> None:
        """Take out of this study what an older initlab drew otherwise, and these cells replace."""
        begun = {(one.init, one.bias_init) for one in specs}
        inits = {init for init, bias in begun if method_numerics(init, bias)}
        if not inits:
            return
        changed = [one for one in specs if one.init in inits]
        places = {(one.init, one.seed, one.training.learning_rate) for one in changed}
        cells, members = schema.cells.c, schema.members
        wanted = select(cells.key, cells.init, cells.seed, cells.learning_rate)
        found = connection.execute(wanted.select_from(schema.of_studies).where(
            members.c.study == self._number, cells.init.in_(inits)
        ))  # fmt: skip
        asked = {one.key for one in changed}
        older = [key for key, *place in found if key not in asked and tuple(place) in places]
        for keys in batches(older):
            key = members.c.key
            connection.execute(delete(members).where(
                members.c.study == self._number, key.in_(keys)
            ))  # fmt: skip
            others = select(key).where(key.in_(keys))
            connection.execute(
                delete(schema.cells).where(cells.key.in_(keys), cells.key.not_in(others))
            )  # fmt: skip

    def _join(self, connection: Connection, keys: Sequence[str]) -> None:
        """Make cells this study's; they have not failed."""
        if not keys:
            return
        rows = [{"study": self._number, "key": key} for key in keys]
        connection.execute(ADD_MEMBER, rows)
        connection.execute(END_FAILURE, rows)


def batches(keys: Iterable[Item], count: int = TOGETHER) -> Iterator[list[Item]]:
    """Return items in lists that one query can hold."""
    left = iter(keys)
    while batch := list(islice(left, count)):
        yield batch
