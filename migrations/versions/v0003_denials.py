"""The deny list, of tokens, subjects, clients and keys that are believed no more; and no place of a
leaf by choice.

Revision 0003.
"""

from __future__ import annotations

from alembic import op

from migrations.scripts import run_down, run_up

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From issuers alone to a list of what is not believed of them."""
    run_up(op.get_bind(), "v0003")


def downgrade() -> None:
    """Back to issuers alone."""
    run_down(op.get_bind(), "v0003")
