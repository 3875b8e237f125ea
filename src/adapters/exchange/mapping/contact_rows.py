"""What a row says about a contact: cells become fields by the mapping, and what is left over is
named."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from adapters.exchange.mapping.presets import ANY_SEPARATOR, BY_NAME, UNKNOWN, Preset
from adapters.exchange.spreadsheet_safety import restored
from contacts_domain.column_mapping import ColumnMapping, ImportField
from contacts_domain.errors import FieldProblem
from contacts_domain.names import split_full_name

_SEPARATORS: Mapping[ImportField, re.Pattern[str]] = {
    "email": ANY_SEPARATOR,
    "phone": re.compile(r"\s*(?::::|;(?!ext=)|\n)\s*"),
}
_ONE_OF_SEVERAL: tuple[ImportField, ...] = ("email", "phone", "company", "job_title")


@dataclass(frozen=True)
class ContactRow:
    """The fields of a row, as `ImportContact` takes them, and what was left out of it."""

    fields: dict[str, str | tuple[str, ...]]
    left_out: tuple[FieldProblem, ...]


@dataclass(frozen=True)
class RowReader:
    """Reads rows by a mapping."""

    mapping: ColumnMapping
    preset: str = ""
    unmapped_to_notes: bool = False

    @cached_property
    def _program(self) -> Preset:
        return BY_NAME.get(self.preset, UNKNOWN)

    @cached_property
    def _columns(self) -> Mapping[ImportField, Sequence[int]]:
        """Field -> columns for it, the first to be looked at first."""
        ranked = sorted(range(len(self.mapping)), key=lambda i: (self.mapping[i].rank, i))
        columns: dict[ImportField, list[int]] = {}
        for index in ranked:
            field = self.mapping[index].field
            if field is not None:
                columns.setdefault(field, []).append(index)
        return columns

    @cached_property
    def _unmapped(self) -> Sequence[tuple[int, str]]:
        return [(i, each.header) for i, each in enumerate(self.mapping) if each.field is None]

    def read(self, cells: Sequence[str]) -> ContactRow:
        """What the row says; nothing is validated here."""
        fields: dict[str, str | tuple[str, ...]] = {}
        left_out: list[FieldProblem] = []
        for field in _ONE_OF_SEVERAL:
            values = self._values(field, cells)
            if values:
                candidates = self._candidates(field, values)
                fields[field] = chosen = _chosen(field, candidates)
                if len(candidates) > 1:
                    left_out += _others(field, candidates, chosen)
        fields |= self._name(cells)
        notes = [*self._values("notes", cells), *self._rest(cells)]
        if notes:
            fields["notes"] = "\n".join(notes)
        tags = self._tags(cells)
        if tags:
            fields["tags"] = tags
        return ContactRow(fields, tuple(left_out))

    def _values(self, field: ImportField, cells: Sequence[str]) -> list[str]:
        """What is filled in, in the order of the columns."""
        values = []
        for index in self._columns.get(field, ()):
            value = restored(cells[index]) if index < len(cells) else ""
            if value.strip() or (value and field == "notes"):  # white space is text there
                values.append(value)
        return values

    def _name(self, cells: Sequence[str]) -> dict[str, str]:
        first = " ".join(
            value.strip()
            for field in ("first_name", "middle_name")
            for value in self._values(field, cells)[:1]
        )
        last = " ".join(self._values("last_name", cells)[:1])
        if not (first or last):
            full = " ".join(self._values("full_name", cells)[:1])
            if full:
                first, last = split_full_name(full)
        return {n: v for n, v in (("first_name", first), ("last_name", last)) if v}

    def _candidates(self, field: ImportField, values: Sequence[str]) -> Sequence[str]:
        """The values, taken apart where a cell may hold several."""
        separator = _SEPARATORS.get(field)
        if separator is None or not self._program.has_several_values:
            return values
        return [p for value in values for p in separator.split(value) if p.strip()] or values

    def _tags(self, cells: Sequence[str]) -> tuple[str, ...]:
        separator, system = self._program.tag_separator, self._program.system_tags
        found = [
            tag.strip() for value in self._values("tags", cells) for tag in separator.split(value)
        ]
        return tuple(tag for tag in found if tag and not (system and system.fullmatch(tag)))

    def _rest(self, cells: Sequence[str]) -> list[str]:
        """Unmapped cells, each behind its header, if they are to be kept."""
        if not self.unmapped_to_notes:
            return []
        return [
            f"{header}: {cells[index].strip()}"
            for index, header in self._unmapped
            if index < len(cells) and cells[index].strip()
        ]


def _chosen(field: ImportField, candidates: Sequence[str]) -> str:
    if field == "email":  # an old server's internal address is none
        return next((each for each in candidates if "@" in each), candidates[0])
    return candidates[0]


def _others(field: ImportField, candidates: Sequence[str], chosen: str) -> Iterator[FieldProblem]:
    rest = [each for each in dict.fromkeys(candidates) if each != chosen]
    if rest:
        reason = "one of several is imported; left out"
        yield FieldProblem(field, reason, ", ".join(rest)[:200])
