"""Proposes what the columns of a source are: by the program that wrote it, else by the header, else
by what stands in the column. Every proposal says how sure it is and why."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from adapters.exchange.mapping.headers import header_key
from adapters.exchange.mapping.presets import BY_NAME, OWN, PRESETS, Preset
from adapters.exchange.mapping.synonyms import FIELD_OF
from contacts_domain.column_mapping import ColumnMapping, ImportField, MappedColumn

SURE = 0.75
"""From this confidence on a proposal is taken."""
SAMPLE_ROWS = 100
SIMILAR = 88
"""Of 100: how alike a header must be to a known one."""
SHORTEST_SIMILAR = 5
"""Characters; shorter headers are alike by chance."""

_EMAIL = re.compile(r"[^@\s;,]{1,64}@[^@\s;,]{1,255}\.[^@\s;,.]{2,63}")
_PHONE = re.compile(r"(?:\+|0|\()[\d\s()/.-]{5,24}")
"""Begins as phones do, and as numbers of customers and dates do not."""


@dataclass(frozen=True)
class ProposedColumn:
    """What a column probably is."""

    header: str
    field: ImportField | None
    confidence: float
    """0 to 1."""
    because: str
    rank: int = 0


@dataclass(frozen=True)
class Proposal:
    """What a source probably is."""

    preset: str
    """Blank if no program is known to write such headers."""
    columns: tuple[ProposedColumn, ...]

    @property
    def mapping(self) -> ColumnMapping:
        """What is sure enough."""
        return tuple(
            MappedColumn(
                header=each.header,
                field=each.field if each.confidence >= SURE else None,
                rank=each.rank,
            )
            for each in self.columns
        )


def is_known_header(header: str) -> bool:
    """Whether address books have columns of this name."""
    key = header_key(header)
    return key in FIELD_OF or any(preset.meaning_of(header) for preset in PRESETS)


def propose(
    headers: Sequence[str], sample: Sequence[Sequence[str]], preset: str | None = None
) -> Proposal:
    """What the columns are; `sample` holds some rows, `preset` names the program if it is known."""
    found = _preset_of(headers) if preset is None else BY_NAME.get(preset)
    columns = [_proposed(header, found) for header in headers]
    taken = {each.field for each in columns if each.confidence >= SURE}
    return Proposal(
        "" if found is None else found.name,
        tuple(
            each
            if each.confidence >= SURE or each.because
            else _by_content(each.header, [row[i] for row in sample if i < len(row)], taken)
            for i, each in enumerate(columns)
        ),
    )


def is_email(text: str) -> bool:
    """Whether a cell looks like an e-mail address."""
    return _EMAIL.fullmatch(text.strip()[:400]) is not None


def tells_nothing(header: str, cells: Iterable[str]) -> bool:
    """Whether a column can be passed over without a word: computed by us, or empty."""
    return header_key(header) in OWN.computed or not any(cell.strip() for cell in cells)


def overridden(
    mapping: ColumnMapping, fields: Mapping[str, ImportField | None]
) -> tuple[ColumnMapping, list[str]]:
    """The mapping with other fields for the columns of these headers, and headers that no column
    has. What somebody names comes before what was found out."""
    keys = {header_key(header): field for header, field in fields.items()}
    changed = tuple(
        column.model_copy(update={"field": keys[key], "rank": -1})
        if (key := header_key(column.header)) in keys
        else column
        for column in mapping
    )
    known = {header_key(column.header) for column in mapping}
    return changed, [header for header in fields if header_key(header) not in known]


def _preset_of(headers: Sequence[str]) -> Preset | None:
    keys = frozenset(map(header_key, headers))
    return next((preset for preset in PRESETS if preset.is_of(keys)), None)


def _proposed(header: str, preset: Preset | None) -> ProposedColumn:
    if preset is not None and (meaning := preset.meaning_of(header)):
        field, rank = meaning
        return ProposedColumn(header, field, 1.0, preset.title, rank)
    if preset is OWN:
        return ProposedColumn(header, None, 1.0, "computed by this address book")
    if preset is not None:
        return ProposedColumn(header, None, 1.0, f"{preset.title}: nothing of a contact here")
    key = header_key(header)
    if key in FIELD_OF:
        return ProposedColumn(header, FIELD_OF[key], 1.0, "its name")
    if len(key) >= SHORTEST_SIMILAR:
        from rapidfuzz import fuzz, process  # takes longer to import than most commands have

        similar = process.extractOne(key, FIELD_OF.keys(), scorer=fuzz.ratio, score_cutoff=SIMILAR)
        if similar:
            known, score, _ = similar
            return ProposedColumn(header, FIELD_OF[known], score / 100, "a name like its name")
    return ProposedColumn(header, None, 0.0, "")


def _by_content(
    header: str, cells: Sequence[str], taken: "set[ImportField | None]"
) -> ProposedColumn:
    filled = [cell.strip() for cell in cells if cell.strip()]
    shapes: tuple[tuple[ImportField, re.Pattern[str]], ...] = (
        ("email", _EMAIL),
        ("phone", _PHONE),
    )
    for field, shape in shapes:
        if filled and field not in taken:
            share = sum(shape.fullmatch(cell[:400]) is not None for cell in filled) / len(filled)
            if share >= SURE:
                return ProposedColumn(header, field, round(share * 0.95, 2), "what stands in it")
    return ProposedColumn(header, None, 0.0, "nothing known")
