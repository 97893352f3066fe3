"""The tables of a store, as its newest schema has them; migrations/ says how they came to be."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

SCHEMA = 2  # the newest revision in migrations/versions
APPLICATION_ID = 0x494E4C42  # "INLB" in the header of the file, so that `file` knows it is ours

metadata = MetaData()

about = Table(  # who wrote the file last, for an initlab that is too old to read it
    "about", metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)  # fmt: skip

studies = Table(
    "studies", metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("settings", Text, nullable=False),  # JSON of a study, without these two
    Column("inits", Text, nullable=False),  # JSON, in the order in which they were first asked for
    Column("seeds", Text, nullable=False),  # JSON, ascending
    Column("versions", Text, nullable=False),  # JSON: of what computes the numbers
    Column("notes", Text, nullable=False),  # JSON: what a reader of the results should know
    Column("reusable", Integer, nullable=False),  # 0: its cells are nobody else's
    Column("created", String, nullable=False),  # UTC
)  # fmt: skip

cells = Table(
    "cells", metadata,
    Column("key", String, primary_key=True),  # of the specification
    Column("init", String, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("learning_rate", Double, nullable=False),
    Column("outcome", String, nullable=False),
    Column("engine", String, nullable=False),
    Column("platform", String, nullable=False),
    Column("attempts", Integer, nullable=False),  # 1 where the first one did it
    Column("record", Text, nullable=False),  # JSON of the cell, without what follows
    Column("curve", LargeBinary, nullable=False),  # see blocks.py
    Column("parameters", LargeBinary),  # see blocks.py; NULL where they are not kept
    Column("digest", String, nullable=False),  # SHA-256 of what the cell holds
    Column("diagnosis", LargeBinary),  # compressed JSON; NULL where it was not diagnosed
)  # fmt: skip

members = Table(
    "members", metadata,
    Column("study", Integer, ForeignKey("studies.id"), primary_key=True),
    Column("key", String, ForeignKey("cells.key"), primary_key=True, index=True),
)  # fmt: skip

of_studies = cells.join(members, cells.c.key == members.c.key)  # a cell with each of its studies

failures = Table(
    "failures", metadata,
    Column("study", Integer, ForeignKey("studies.id"), primary_key=True),
    Column("key", String, primary_key=True),
    Column("init", String, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("learning_rate", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)  # fmt: skip
