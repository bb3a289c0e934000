"""A log's or a witness's private key as a file: one line, for its owner's eyes alone.

Takes a path, gives a key, or makes one. The line is
`PRIVATE+KEY+<name>+<id in hex>+<base64 of the type and 32 bytes>`: type 0x01, a
`Signer`, for a log, 0x04, a `CosignatureKey`, for a witness. Raises
`KeyUnusable`, one line that names the path and the remedy and nothing of the key.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from ledger.cosignatures import CosignatureKey
from ledger.notes import SEED_BYTES, NoteRefused, Signer

_LONGEST: Final = 4096
_OTHERS: Final = 0o077
Key = TypeVar("Key", CosignatureKey, Signer)


class KeyUnusable(Exception):
    """The file is no key, or is not its owner's alone."""


def make_key(name: str, path: Path) -> CosignatureKey:
    """A witness's fresh key in a new file of mode 600; a file that is there is never replaced.

    Raises KeyUnusable.
    """
    return _made(CosignatureKey.of_seed, name, path)


def make_log_key(origin: str, path: Path) -> Signer:
    """A log's, by whose name its checkpoints go; the rest as `make_key`. Raises KeyUnusable."""
    return _made(Signer.of_seed, origin, path)


def _made(of_seed: Callable[[str, bytes], Key], name: str, path: Path) -> Key:
    try:
        key = of_seed(name, secrets.token_bytes(SEED_BYTES))
    except NoteRefused as error:
        raise KeyUnusable(str(error)) from None
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as target:
            target.write(f"{key.skey}\n")
            target.flush()
            os.fsync(target.fileno())
    except OSError as error:
        raise KeyUnusable(f"{path}: cannot be made: {_reason(error)}") from None
    return key


def read_key(path: Path) -> CosignatureKey:
    """A witness's key in a file that no other user may read or write. Raises KeyUnusable."""
    try:
        # O_NONBLOCK: a pipe in the file's place must not hold us up.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as source:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise KeyUnusable(f"{path}: is not a file")
            if status.st_uid not in (os.geteuid(), 0):
                raise KeyUnusable(f"{path}: belongs to another user")
            if status.st_mode & _OTHERS:
                raise KeyUnusable(f"{path}: open to other users: chmod 600 it")
            text = source.read(_LONGEST).decode("utf-8")
        return CosignatureKey.parse(text.removesuffix("\n"))
    except OSError as error:
        raise KeyUnusable(f"{path}: cannot be read: {_reason(error)}") from None
    except (UnicodeDecodeError, NoteRefused):
        raise KeyUnusable(f"{path}: is no witness's key") from None


def _reason(error: OSError) -> str:
    return os.strerror(error.errno or 0).lower()
