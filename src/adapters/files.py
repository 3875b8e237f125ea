"""Opening and writing files so that a failure is one clear sentence and nothing is half-made."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from contacts_domain.errors import UnreadableFile, UnwritableFile


@contextmanager
def opened_for_reading(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes. Raises UnreadableFile."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise UnreadableFile(f"The file {path} cannot be read: {error.strerror}.") from None
    with file:
        yield file


@contextmanager
def replaced_when_complete(path: Path) -> Iterator[BinaryIO]:
    """A file that appears under `path` only when it is complete. Raises UnwritableFile."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise UnwritableFile(f"The file {path} cannot be written: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)
