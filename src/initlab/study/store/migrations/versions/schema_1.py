"""Nothing -> schema 1, of initlab 0.1. What was released is never edited: write the next one."""

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None

# for other programs, a row per study, run and metric; NULL where a run has no finite number
RESULTS = """
CREATE VIEW results AS
SELECT studies.name AS study, cells.init, cells.seed, cells.learning_rate, cells.outcome,
       metric.value AS metric, score.value AS value
FROM studies
JOIN members ON members.study = studies.id
JOIN cells ON cells.key = members.key
JOIN json_each(studies.settings, '$.metrics') AS metric
JOIN json_each(cells.record) AS score ON score.key = metric.value
"""


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "about",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
    )
    op.create_table(
        "studies",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("inits", sa.Text, nullable=False),
        sa.Column("seeds", sa.Text, nullable=False),
        sa.Column("versions", sa.Text, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("reusable", sa.Integer, nullable=False),
        sa.Column("created", sa.String, nullable=False),
    )
    op.create_table(
        "cells",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("init", sa.String, nullable=False),
        sa.Column("seed", sa.Integer, nullable=False),
        sa.Column("learning_rate", sa.Double, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("engine", sa.String, nullable=False),
        sa.Column("platform", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("curve", sa.LargeBinary, nullable=False),
        sa.Column("parameters", sa.LargeBinary),
        sa.Column("digest", sa.String, nullable=False),
    )
    op.create_table(
        "members",
        sa.Column("study", sa.Integer, sa.ForeignKey("studies.id"), primary_key=True),
        sa.Column("key", sa.String, sa.ForeignKey("cells.key"), primary_key=True, index=True),
    )
    op.create_table(
        "failures",
        sa.Column("study", sa.Integer, sa.ForeignKey("studies.id"), primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("init", sa.String, nullable=False),
        sa.Column("seed", sa.Integer, nullable=False),
        sa.Column("learning_rate", sa.Double, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.execute(RESULTS)
