"""fsck: an export of the ledger, checked from its files and public keys alone.

Takes a folder and the keys that its reader trusts, gives a `Report`. In the
order in which the bytes flow:

- `folder`     files of the export, bounded, no symbolic link followed
- `lines`      NDJSON in blocks, a line bounded
- `envelope`   what one line is: record, erased, withheld, or why none of these
- `signing`    a checkpoint, who signed and who cosigned it
- `pyramid`    hashes within a tile, roots over its first entries
- `truth`      what each tile holds under the signed root, restored where it can be
- `records`    the lines' hashes and ids, some at a time
- `alignment`  records beside the tree's leaves, and where they part
- `differences` changed, dropped, inserted, reordered
- `erasures`   acts that erased lines name
- `history`    older checkpoints, each against the tree
- `checking`   all of it, tile by tile
- `report`     what was found

Nothing is kept but one tile a level, a window of hashes and counts. No
database, no settings, no terminal.
"""

from ledger.fsck.checking import checking, fsck
from ledger.fsck.report import Kind, Problem, Progress, Report

__all__ = ["Kind", "Problem", "Progress", "Report", "checking", "fsck"]
