"""Access records and leaves by month, contents that may be erased, witnesses.

Revision 0005.
"""

from __future__ import annotations

from alembic import op

from migrations.scripts import run_down, run_up

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From one table to one for each month."""
    run_up(op.get_bind(), "v0005")


def downgrade() -> None:
    """Back to one table."""
    run_down(op.get_bind(), "v0005")
