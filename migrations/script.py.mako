"""${message}.

Revision ${up_revision}, after ${down_revision | comma,n}.
"""

from __future__ import annotations

from alembic import op

from migrations.scripts import run_down, run_up

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Run the frozen SQL of this revision."""
    run_up(op.get_bind(), "v${up_revision}")


def downgrade() -> None:
    """Undo it."""
    run_down(op.get_bind(), "v${up_revision}")
