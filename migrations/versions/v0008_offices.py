"""One officer, two desks; and the version of an agreement that is in force.

Revision 0008.
"""

from __future__ import annotations

from alembic import op

from migrations.scripts import run_down, run_up

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The period of an office is of its agency, agreement, first corridor and officer; and which
    columns say which version is in force.
    """
    run_up(op.get_bind(), "v0008")


def downgrade() -> None:
    """As it was before."""
    run_down(op.get_bind(), "v0008")
