"""In which encoding a text file is written: by its byte order mark, else UTF-8 if all of it is
that, else what its bytes make likely."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from contacts_domain.errors import UnreadableFile

BLOCK = 1_048_576
SAMPLE = 65_536
"""Bytes that a guess is made from."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

LIKELY = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "mac_roman",
    "iso8859_2", "koi8_r", "cp932", "euc_jp", "gb18030", "big5", "cp949",
)  # fmt: skip
"""What address books are exported in where it is not Unicode, the most usual first."""

FALLBACK = "cp1252"
SLIGHTLY = 0.05


def encoding_of(file: BinaryIO) -> str:
    """The name of the encoding, for a file that is read from its beginning and left there.

    Raises UnreadableFile for a file that is no text.
    """
    start = file.read(SAMPLE)
    file.seek(0)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    if b"\0" in start:
        return _utf_16(start)
    suspect = _first_not_utf_8(file)
    file.seek(0)
    return "utf-8" if suspect is None else _likely(suspect)


def known_encoding(name: str) -> str:
    """The encoding of this name, as Python calls it. Raises UnreadableFile."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        found = None
    if found is None or not found._is_text_encoding:
        raise UnreadableFile(
            f"There is no text encoding {name[:40]!r}; use a name such as utf-8 or windows-1252."
        )
    return found.name


def _utf_16(start: bytes) -> str:
    """UTF-16 without a mark has its zeros all at odd or all at even places, in western text."""
    odd, even = start[1::2].count(0), start[::2].count(0)
    if max(odd, even) > len(start) // 4 and min(odd, even) <= len(start) // 100:
        return "utf-16-le" if odd > even else "utf-16-be"
    raise UnreadableFile("The file is no text: it holds NUL characters.")


def _first_not_utf_8(file: BinaryIO) -> bytes | None:
    """Some bytes from where the file is no UTF-8, or None."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for block in _blocks(file):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            return _telling(block, error.start)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return bytes(error.object)
    return None


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def _telling(block: bytes, start: int) -> bytes:
    """The lines from the first suspect one on that are not plain ASCII: they tell the most."""
    begin = block.rfind(b"\n", 0, max(start, 0)) + 1
    lines = block[begin : begin + 16 * SAMPLE].split(b"\n")
    return b"\n".join(line for line in lines if not line.isascii())[:SAMPLE]


def _likely(sample: bytes) -> str:
    """Of those that fit about as well as the best one, the most usual."""
    from charset_normalizer import from_bytes  # takes longer to import than most commands have

    matches = from_bytes(sample, cp_isolation=list(LIKELY))
    best = matches.best()
    if best is None:
        return FALLBACK
    fitting = {
        name
        for match in matches
        for name in match.could_be_from_charset
        if match.chaos <= best.chaos + SLIGHTLY and match.coherence >= best.coherence - SLIGHTLY
    }
    return next((name for name in LIKELY if name in fitting), best.encoding)
