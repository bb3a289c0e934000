"""The tree over the leaves: hashes of tiles, checkpoints, cosignatures, proofs.

Revision 0004.
"""

from __future__ import annotations

from alembic import op

from migrations.scripts import run_down, run_up

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From leaves alone to a tree that others can check."""
    run_up(op.get_bind(), "v0004")


def downgrade() -> None:
    """Back to leaves alone."""
    run_down(op.get_bind(), "v0004")
