"""Reads vCards 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350): each card becomes a row.

What a card may have several of stands in one cell, the preferred one first, between ` ::: `.
Properties without a column of their own stand line by line in the column `Other`; pictures, sounds
and keys are passed over.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO, TextIOWrapper
from typing import BinaryIO

from adapters.exchange.limits import ImportLimits
from adapters.exchange.reading.encodings import encoding_of, known_encoding
from adapters.exchange.reading.source_table import ReadingOptions, SourceRow, SourceTable
from contacts_domain.errors import FileTooLarge, UnreadableFile

SEPARATOR = " ::: "
"""Between the values of one cell; as in Google's exports."""

HEADERS = (
    "Full Name", "Name Prefix", "First Name", "Middle Name", "Last Name", "Name Suffix",
    "E-mail", "Phone", "Company", "Department", "Job Title", "Notes", "Categories", "Other",
)  # fmt: skip

NOT_TEXT = re.compile(r"(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY)[;:]", re.IGNORECASE)
NOT_TOLD = {"BEGIN", "END", "VERSION", "PRODID", "REV", "UID", "SOURCE", "XML", "CLIENTPIDMAP"}
"""About the card, not about the person."""

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def read_vcards(file: BinaryIO, options: ReadingOptions, limits: ImportLimits) -> SourceTable:
    """The cards of a file that is read from its beginning.

    Raises UnreadableFile and FileTooLarge.
    """
    encoding = known_encoding(options.encoding) if options.encoding else encoding_of(file)
    return SourceTable("vcard", HEADERS, _rows(file, encoding, limits), encoding=encoding)


def _rows(file: BinaryIO, encoding: str, limits: ImportLimits) -> Generator[SourceRow, None, None]:
    number = 0
    for number, card in enumerate(_cards(file, encoding, limits), 1):
        if number > limits.max_rows:
            raise FileTooLarge("cards", limits.max_rows)
        cells = _cells(card)
        limits.check_row(number, cells)
        yield SourceRow(number, cells, "" if card.is_whole else "the card ends without END:VCARD")
    if not number:
        raise UnreadableFile("The file has no vCard: none of its lines is BEGIN:VCARD.")


# --- lines -------------------------------------------------------------------------------------


@dataclass
class _Card:
    """The lines of a card, still folded."""

    lines: list[str] = field(default_factory=list)
    is_whole: bool = False


def _cards(file: BinaryIO, encoding: str, limits: ImportLimits) -> Iterator[_Card]:
    """Cards, without what is no text. A card within a card is part of the outer one."""
    card, depth, length = _Card(), 0, 0
    for line in _text_lines(file, encoding, limits):
        marker = line.strip().upper()
        if marker == "BEGIN:VCARD":
            depth += 1
            if depth > 1:
                continue
            card, length = _Card(), 0
        elif marker == "END:VCARD" and depth:
            depth -= 1
            if not depth:
                card.is_whole = True
                yield card
        elif depth == 1:
            length += len(line)
            if length > limits.max_row_length:
                raise FileTooLarge("characters in a card", limits.max_row_length)
            card.lines.append(line)
    if depth:
        yield card


def _text_lines(file: BinaryIO, encoding: str, limits: ImportLimits) -> Iterator[str]:
    """Lines, without the properties that are no text, however long they are."""
    file.seek(0)
    text = TextIOWrapper(file, encoding=encoding, newline="")
    is_passed_over, begins = False, True
    try:
        while line := text.readline(limits.max_row_length + 1):
            if "\0" in line:
                raise UnreadableFile("The file is no text: it holds NUL characters.")
            if begins and line[0] not in " \t\r\n":
                is_passed_over = NOT_TEXT.match(line) is not None
            begins = line.endswith("\n")
            if is_passed_over:
                continue
            if not begins and len(line) > limits.max_row_length:
                raise FileTooLarge("characters in a line", limits.max_row_length)
            yield line
    except UnicodeError:
        raise UnreadableFile(
            f"The file is not {encoding} text; say which encoding it has."
        ) from None
    finally:
        text.detach()


# --- properties --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Property:
    """A line of a card, unfolded."""

    name: str
    value: str
    """Still escaped."""
    preference: int
    """1 is preferred; 100 says nothing."""
    line: str
    """As it stands in the card, unfolded."""


def _cells(card: _Card) -> tuple[str, ...]:
    properties = list(_properties(card.lines))

    def named(name: str) -> list[str]:
        chosen = [each for each in properties if each.name == name]
        return [each.value for each in sorted(chosen, key=lambda each: each.preference)]

    family, given, additional, prefix, suffix = _name(named("N"))
    company, *departments = _parts((named("ORG") or [""])[0], ";")
    told = {"FN", "N", "EMAIL", "TEL", "ORG", "TITLE", "NOTE", "CATEGORIES"} | NOT_TOLD
    return (
        _unescaped((named("FN") or [""])[0]),
        prefix,
        given,
        additional,
        family,
        suffix,
        _joined(named("EMAIL")),
        _joined(each.removeprefix("tel:") for each in named("TEL")),
        company,
        ", ".join(filter(None, departments)),
        _joined(named("TITLE")),
        "\n".join(map(_unescaped, named("NOTE"))),
        SEPARATOR.join(part for each in named("CATEGORIES") for part in _parts(each, ",") if part),
        "\n".join(each.line for each in properties if each.name not in told),
    )


def _properties(lines: Sequence[str]) -> Iterator[_Property]:
    from vobjectx.base import get_logical_lines, text_line_to_content_line  # asks for the host's
    from vobjectx.exceptions import VObjectError  # name when it is imported

    for line, _ in get_logical_lines(StringIO("".join(lines)), allow_qp=True):
        try:
            parsed = text_line_to_content_line(line)
        except (VObjectError, LookupError, TypeError, ValueError):  # such as unknown encodings
            yield _Property("", line, 100, line)
            continue
        value = parsed.value if isinstance(parsed.value, str) else str(parsed.value)
        told = f"{parsed.name}: {_unescaped(value)}"
        yield _Property(parsed.name, value, _preference(parsed.params), told)


def _preference(params: "dict[str, list[str]]") -> int:
    """`PREF=1` of vCard 4.0, `TYPE=pref` of 3.0, `PREF` of 2.1."""
    upper = {name.upper(): values for name, values in params.items()}
    if "PREF" in upper:
        first = next(iter(upper["PREF"]), "1")
        return int(first) if first.isdecimal() and len(first) <= 3 else 100
    return 1 if "PREF" in {value.upper() for value in upper.get("TYPE", ())} else 100


def _name(values: list[str]) -> tuple[str, str, str, str, str]:
    """Family, given, additional, prefix and suffix; of several values each, all."""
    parts = [*_split(values[0] if values else "", ";"), "", "", "", "", ""][:5]
    family, given, additional, prefix, suffix = (
        " ".join(filter(None, map(str.strip, _parts(part, ",")))) for part in parts
    )
    return family, given, additional, prefix, suffix


def _joined(values: "Iterator[str] | list[str]") -> str:
    return SEPARATOR.join(filter(None, (_unescaped(value).strip() for value in values)))


def _parts(value: str, separator: str) -> list[str]:
    """The parts between unescaped separators, unescaped."""
    return [_unescaped(part).strip() for part in _split(value, separator)]


def _split(value: str, separator: str) -> list[str]:
    """The parts between unescaped separators, still escaped."""
    parts: list[str] = []
    part: list[str] = []
    is_escaped = False
    for character in value:
        if character == separator and not is_escaped:
            parts.append("".join(part))
            part = []
        else:
            part.append(character)
        is_escaped = character == "\\" and not is_escaped
    return [*parts, "".join(part)]


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
