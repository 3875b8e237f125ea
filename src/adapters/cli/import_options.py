"""The options of `contacts import` and `contacts imports start|preview|confirm`."""

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from cyclopts import Parameter

from adapters.address_book import Contacts
from adapters.exchange.reading.source_table import ReadingOptions, SourceFormat
from adapters.exchange.starting_imports import FieldOfHeader, ImportChoices
from contacts_domain.column_mapping import IMPORT_FIELDS, ImportField
from contacts_domain.errors import InvalidQuery

Flag = Parameter(negative="")
Repeated = Parameter(negative="")


@Parameter(name="*")
@dataclass(frozen=True)
class PlanOptions:
    """What becomes of the rows."""

    on_duplicate: Literal["skip", "update", "merge"] | None = None
    """What to do with an e-mail in use: leave the contact (skip, unless another was chosen),
    overwrite it with filled cells (update), or fill its blanks and unite tags (merge)."""
    map: Annotated[tuple[str, ...], Repeated] = ()
    """A column that is not what it seems, as "Work mail=email"; "Fax=" leaves it out. May be
    repeated."""
    mapping: str | None = None
    """The name of a saved mapping."""
    unmapped_to_notes: Annotated[bool, Flag] = False
    """Add columns that are no field of a contact to the notes."""

    @property
    def fields(self) -> FieldOfHeader:
        """What `map` says. Raises InvalidQuery."""
        return dict(map(field_of_header, self.map))

    def saved(self, contacts: Contacts, organizer_id: str) -> FieldOfHeader:
        """The saved mapping. Raises MappingNotFound."""
        if self.mapping is None:
            return {}
        return contacts.organizers.mapping(organizer_id, self.mapping).columns


@Parameter(name="*")
@dataclass(frozen=True)
class SourceOptions:
    """How the file is read; what is not given is found out."""

    preset: str | None = None
    """The program that wrote the file: own, google, google-legacy, outlook, outlook-web, hubspot,
    salesforce-report, salesforce-export or vcard."""
    format: SourceFormat | None = None
    """What the file is."""
    encoding: str | None = None
    """Of text, such as utf-8 or windows-1252."""
    delimiter: str | None = None
    """Of CSV: one character, or the word tab."""
    quote: str | None = None
    """Of CSV: one character, or "" for none."""
    sheet: str | None = None
    """Of a workbook; the first one otherwise."""


NO_PLAN = PlanOptions()
NO_SOURCE = SourceOptions()


def choices(
    contacts: Contacts, organizer_id: str, source: SourceOptions, plan: PlanOptions
) -> ImportChoices:
    """What these options settle. Raises InvalidQuery and MappingNotFound."""
    return ImportChoices(
        reading=ReadingOptions(
            format=source.format,
            encoding=source.encoding,
            delimiter=source.delimiter,
            quote=source.quote,
            sheet=source.sheet,
        ),
        preset=source.preset,
        saved=plan.saved(contacts, organizer_id),
        fields=plan.fields,
        on_duplicate=plan.on_duplicate or "skip",
        unmapped_to_notes=plan.unmapped_to_notes,
    )


def field_of_header(text: str) -> tuple[str, ImportField | None]:
    """`Header=field`; a blank field leaves the column out. Raises InvalidQuery."""
    header, separator, named = text.rpartition("=")
    name = named.strip().lower().replace(" ", "_").replace("-", "_")
    fields: dict[str, ImportField | None] = {"": None, **{each: each for each in IMPORT_FIELDS}}
    if not (header.strip() and separator) or name not in fields:
        raise InvalidQuery(
            f'{text[:80]!r} maps no column; write it as "Header=field" with one of: '
            f"{', '.join(get_args(ImportField))}."
        )
    return header.strip(), fields[name]
