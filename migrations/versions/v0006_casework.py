"""Case work: events in the order of their commits, acts, the frozen part, feed, statistics.

Revision 0006.
"""

from __future__ import annotations

from alembic import op

from migrations.scripts import run_down, run_up

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what the write side, the feed and the statistics need."""
    run_up(op.get_bind(), "v0006")


def downgrade() -> None:
    """Take it back: what was done stays done, the order of its commits is lost."""
    run_down(op.get_bind(), "v0006")
