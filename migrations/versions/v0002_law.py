"""Who may see what, in full: emergency openings, the life of a protocol, the past, the second wall.

Revision 0002.
"""

from __future__ import annotations

from alembic import op

from migrations.scripts import run_down, run_up

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the registry as it was to one with a second wall."""
    run_up(op.get_bind(), "v0002")


def downgrade() -> None:
    """Back to the first wall alone."""
    run_down(op.get_bind(), "v0002")
