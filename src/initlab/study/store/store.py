"""A file of studies: cells are written as they are done, and found again by their keys."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import Connection, delete, func, insert, select, update

from initlab.errors import StorageError, StudyError
from initlab.files import shown_path
from initlab.records import Cell, Study
from initlab.study.store import schema
from initlab.study.store.faults import damaged, identity, in_one_sentence, moved
from initlab.study.store.opening import open_database, store_path
from initlab.study.store.rows import (
    OF_CELL,
    UNREADABLE,
    cell_of,
    check_row,
    damaged_run,
    study_of,
)
from initlab.study.store.stored_study import (
    VERSIONS,
    Failure,
    StoredStudy,
    checked_name,
    differing,
    failures_in_order,
    given_name,
    in_words,
    settings_of,
)
from initlab.study.store.turns import turn
from initlab.study.store.writer import StudyWriter, batches

IN_FILE = "*** in database main ***"  # begins what SQLite says of a damaged page
MOST_NAMED = 3  # settings that differ: what follows from them differs too
AT_ONCE = 200  # cells of a study that are read in its order


class Store:
    """An open store; use it as a context manager. See :func:`open_store`.

    Attributes:
        path: absolute path of the file.
        shown: the file's name as it was given.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, create: bool = True, read_only: bool = False,
        parameters: bool = False,
    ) -> None:  # fmt: skip
        self.path = store_path(path)
        self.shown = shown_path(path)
        self.parameters = parameters
        engine = open_database(self.path, self.shown, create=create, read_only=read_only)
        with in_one_sentence(self.path, self.shown):
            self._connection = engine.connect()
        self._identity = identity(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def turn(self, say: Callable[[str], None], hint: str = "") -> AbstractContextManager[None]:
        """Wait until no other run writes into this store, then keep others waiting."""
        return turn(self.path, say, hint, self.shown)

    def begin(
        self, study: Study, versions: Mapping[str, str], notes: Sequence[str] = (),
        name: str | None = None,
    ) -> StudyWriter:  # fmt: skip
        """Make a study's entry, or let the one of this name grow, and return what fills it.

        Args:
            study: all settings.
            versions: of what computes its numbers.
            notes: what a reader of the results should know.
            name: None for one made of its settings.

        Raises:
            ArgumentError: the name breaks the rule for names.
            StudyError: the name stands for other settings; the differing ones are named.
        """
        reusable = not study.problem.unnamed
        asked = given_name(study, versions) if name is None else checked_name(name)
        with self.writing() as connection:
            row, number = self._row(connection, asked), 1
            if not reusable and name is None:
                while row is not None:
                    number += 1
                    row = self._row(connection, f"{asked}-{number}")
            if row is None:
                found = asked if number == 1 else f"{asked}-{number}"
                created = datetime.now(UTC).isoformat(timespec="seconds")
                values = {
                    "name": found, "settings": _text(settings_of(study)),
                    "inits": _text(study.inits), "seeds": _text(sorted(study.seeds)),
                    "versions": _text(dict(versions)), "notes": _text(list(notes)),
                    "reusable": int(reusable), "created": created,
                }  # fmt: skip
                made = connection.execute(insert(schema.studies), values)
                assert made.inserted_primary_key is not None
                return StudyWriter(self, made.inserted_primary_key[0], found, reusable=reusable)
            self._check_same(row, study, versions, reusable=reusable)
            inits = dict.fromkeys([*json.loads(row.inits), *study.inits])
            seeds = sorted({*json.loads(row.seeds), *study.seeds})
            connection.execute(
                update(schema.studies).where(schema.studies.c.id == row.id),
                {"inits": _text(list(inits)), "seeds": _text(seeds), "notes": _text(list(notes))},
            )
            return StudyWriter(self, row.id, asked, reusable=reusable)

    def _check_same(
        self, row: Any, study: Study, versions: Mapping[str, str], *, reusable: bool
    ) -> None:
        if not (reusable and row.reusable):
            raise StudyError(
                f"{self.shown} already holds a study named {row.name!r}. The new study cannot "
                "extend it, because in at least one of the two the model, the data or another "
                "part exists in memory only. Choose another name.",
                argument="study_name", value=row.name,
            )  # fmt: skip
        stored, before = json.loads(row.settings), json.loads(row.versions)
        found = differing(stored, before, settings_of(study), versions)
        if found:
            named = "; ".join(map(in_words, found[:MOST_NAMED]))
            left = len(found) - MOST_NAMED
            more = f"; {left} more settings differ" if left > 1 else "; 1 more setting differs"
            raise StudyError(
                f"{self.shown} holds a study named {row.name!r} with other settings: "
                f"{named}{more * (left > 0)}. Choose another name.",
                argument="study_name", value=row.name,
            )  # fmt: skip

    def of_other_versions(self, study: Study, versions: Mapping[str, str]) -> dict[str, list[str]]:
        """Return the studies of the same settings whose versions differ: name, and what differs."""
        columns = schema.studies.c
        with self.reading() as connection:
            rows = connection.execute(select(columns.name, columns.settings, columns.versions))
            asked = settings_of(study)
            found = {
                row.name: differing(json.loads(row.settings), json.loads(row.versions), asked,
                                    versions)
                for row in rows
            }  # fmt: skip
        return {
            name: lines for name, lines in found.items()
            if lines and all(line.startswith(VERSIONS) for line in lines)
        }  # fmt: skip

    def studies(self) -> list[StoredStudy]:
        """Return every study, the oldest first."""
        with self.reading() as connection:
            rows = connection.execute(select(schema.studies).order_by(schema.studies.c.id)).all()
            return [self._stored(connection, row) for row in rows]

    def names(self) -> list[str]:
        """Return the names of the studies, the oldest first."""
        with self.reading() as connection:
            return self._names(connection)

    def study(self, name: str) -> StoredStudy:
        """Return one study.

        Raises:
            StudyError: there is no study of this name; the message lists the names.
        """
        with self.reading() as connection:
            return self._stored(connection, self._existing(connection, name))

    def cells(self, name: str) -> list[Cell]:
        """Return the cells (results of single runs) of a study, in any order.

        Raises:
            StudyError: there is no such study.
            StorageError: a cell is damaged.
        """
        with self.reading() as connection:
            return [cell_of(one, self.shown) for one in self._rows(connection, name)]

    def in_order(self, name: str) -> Iterator[Cell]:
        """Yield the cells of a study in its order; no more than 200 are in memory at once.

        Raises:
            StudyError: there is no such study.
            StorageError: a cell is damaged.
        """
        cells, members = schema.cells.c, schema.members
        with self.reading() as connection:
            row = self._existing(connection, name)
            place = self._stored(connection, row).study.places()
            wanted = select(cells.key, cells.init, cells.seed, cells.learning_rate)
            wanted = wanted.select_from(schema.of_studies).where(members.c.study == row.id)
            found = connection.execute(wanted)
            places = {}
            for one in found:
                try:
                    places[one.key] = place(one.init, one.seed, one.learning_rate)
                except UNREADABLE as error:
                    raise StorageError(damaged_run(one, self.shown)) from error
            for keys in batches(sorted(places, key=places.__getitem__), AT_ONCE):
                rows = connection.execute(select(*OF_CELL).where(cells.key.in_(keys)))
                by_key = {one.key: one for one in rows}
                yield from (cell_of(by_key[key], self.shown) for key in keys)

    def delete(self, name: str) -> int:
        """Delete a study, and its cells that no other study uses; return their number."""
        with self.writing() as connection:
            row = self._existing(connection, name)
            members, cells = schema.members, schema.cells
            own = select(members.c.key).where(members.c.study == row.id)
            others = select(members.c.key).where(members.c.study != row.id)
            alone = [key for (key,) in connection.execute(own.except_(others))]
            connection.execute(delete(members).where(members.c.study == row.id))
            connection.execute(delete(schema.failures).where(schema.failures.c.study == row.id))
            connection.execute(delete(schema.studies).where(schema.studies.c.id == row.id))
            for keys in batches(alone):
                connection.execute(delete(cells).where(cells.c.key.in_(keys)))
        return len(alone)

    def check(self) -> list[str]:
        """Read everything; return one sentence for each thing that is damaged."""
        with self.reading() as connection:
            found = [
                damaged(self.shown, " ".join(words.removeprefix(IN_FILE).split()))
                for (words,) in connection.exec_driver_sql("PRAGMA integrity_check")
                if words != "ok"
            ]
            for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
                why = f"a row of the table {row[0]} refers to a row that does not exist"
                found.append(damaged(self.shown, why))
            for row in connection.execute(select(schema.studies)).all():
                try:
                    self._stored(connection, row)
                except StorageError as error:
                    found.append(str(error))
            streamed = connection.execution_options(stream_results=True)
            for row in streamed.execute(select(*OF_CELL)):
                try:
                    cell_of(row, self.shown)
                except StorageError as error:
                    found.append(str(error))
        return found

    def verify(self, name: str) -> None:
        """Compare the cells of a study with their digests and columns.

        Raises:
            StudyError: there is no such study.
            StorageError: a cell is damaged.
        """
        with self.reading() as connection:
            for one in self._rows(connection, name):
                check_row(one, self.shown)

    def _stored(self, connection: Connection, row: Any) -> StoredStudy:
        """Return a study with what is known of its cells.

        Raises:
            StorageError: its settings are damaged.
        """
        try:
            study, versions, notes = study_of(row)
        except UNREADABLE as error:
            why = f"the settings of the study {row.name} have changed since they were stored"
            raise StorageError(damaged(self.shown, why)) from error
        cells, failures = schema.cells.c, schema.failures
        counts: Counter[tuple[str, str]] = Counter()
        platforms, engines, retried = Counter[str](), Counter[str](), 0
        kinds = (cells.init, cells.outcome, cells.platform, cells.engine, cells.attempts > 1)
        for init, outcome, platform, engine, again, count in connection.execute(
            select(*kinds, func.count())
            .select_from(schema.of_studies).where(schema.members.c.study == row.id).group_by(*kinds)
        ):  # fmt: skip
            counts[init, outcome] += count
            platforms[platform] += count
            engines[engine] += count
            retried += count * again
        failed = connection.execute(
            select(failures).where(failures.c.study == row.id)
        )  # fmt: skip
        return StoredStudy(
            row.name, study, versions, notes, bool(row.reusable), row.created, counts, platforms,
            failures_in_order(study, (
                Failure(one.init, one.seed, one.learning_rate, one.attempts, one.reason)
                for one in failed
            )),
            engines, retried,
        )  # fmt: skip

    def _row(self, connection: Connection, name: str) -> Any:
        wanted = select(schema.studies).where(schema.studies.c.name == name)
        return connection.execute(wanted).one_or_none()

    def _rows(self, connection: Connection, name: str) -> Iterable[Any]:
        row = self._existing(connection, name)
        wanted = select(*OF_CELL).select_from(schema.of_studies)
        wanted = wanted.where(schema.members.c.study == row.id)
        return connection.execution_options(stream_results=True).execute(wanted)

    def _names(self, connection: Connection) -> list[str]:
        wanted = select(schema.studies.c.name).order_by(schema.studies.c.id)
        return list(connection.execute(wanted).scalars())

    def _existing(self, connection: Connection, name: str) -> Any:
        row = self._row(connection, name)
        if row is None:
            names = self._names(connection)
            noun = "study" if len(names) == 1 else "studies"
            listed = ", ".join(map(repr, names))
            known = f"it holds the {noun} {listed}" if names else "it holds no study yet"
            raise StudyError(
                f"{self.shown} holds no study named {name!r:.120}; {known}.",
                argument="name", value=name,
            )  # fmt: skip
        return row

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Begin a transaction that is written as a whole, and is on the disk afterwards."""
        if self._identity != identity(self.path):
            raise StorageError(moved(self.shown))
        with in_one_sentence(self.path, self.shown), self._connection.begin():
            yield self._connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Begin a transaction that sees the store as it is now, whatever others write."""
        with in_one_sentence(self.path, self.shown), self._connection.begin():
            yield self._connection


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
