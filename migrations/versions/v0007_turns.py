"""Whose turn it is: the limit of the screening, closing before the follow-up, words as they stood.

Revision 0007.
"""

from __future__ import annotations

from alembic import op

from migrations.scripts import run_down, run_up

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Edges as schema.machine has them now, and what the worklist of a past instant reads."""
    run_up(op.get_bind(), "v0007")


def downgrade() -> None:
    """Take it back: a case that was closed early stays closed."""
    run_down(op.get_bind(), "v0007")
