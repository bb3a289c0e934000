"""The registry: four schemas, their tables, triggers and rights.

Revision 0001, the first.
"""

from __future__ import annotations

from alembic import op

from migrations.scripts import run_down, run_up

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From an empty database to the registry."""
    run_up(op.get_bind(), "v0001")


def downgrade() -> None:
    """Back to an empty database; the roles stay."""
    run_down(op.get_bind(), "v0001")
