"""Schema 1 -> 2, of initlab 0.1: cells keep the diagnosis of their initial network."""

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Add the column; cells that are there have none."""
    op.add_column("cells", sa.Column("diagnosis", sa.LargeBinary))
