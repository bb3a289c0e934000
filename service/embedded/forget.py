"""`make forget`: deletes an embedded database, or says in one line why it may not.

Takes the folder as the one argument; exit 1 where the server is in use or the
folder is not ours.
"""

from __future__ import annotations

import sys
from pathlib import Path

from service import embedded


def main(folder: str) -> int:
    """The exit code."""
    try:
        embedded.remove(Path(folder))
    except embedded.EmbeddedError as refused:
        sys.stderr.write(f"error: {refused}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
