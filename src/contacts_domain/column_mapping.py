"""Which column of an imported source becomes which field of a contact."""

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict

from contacts_domain.free_text import Line500, sanitized

ImportField = Literal[
    "email",
    "first_name",
    "middle_name",
    "last_name",
    "full_name",
    "phone",
    "company",
    "job_title",
    "notes",
    "tags",
]
"""What a column can be. A middle name joins the first name; a full name is used where there is
neither first nor last name. Of several columns for `email`, `phone`, `company` or `job_title` the
first one that is filled counts; notes and tags are collected from all of theirs."""

IMPORT_FIELDS: tuple[ImportField, ...] = get_args(ImportField)

Header = Annotated[str, AfterValidator(lambda text: sanitized(text)[:500])]


class MappedColumn(BaseModel):
    """A column of the source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    header: Header
    field: ImportField | None = None
    """None for a column that is not imported."""
    rank: int = 0
    """Which of several columns for a field comes first: the lowest, then the leftmost."""


ColumnMapping = tuple[MappedColumn, ...]
"""All columns of a source, in its order."""


class SavedColumn(BaseModel):
    """A column of a saved mapping; it is known by its header, compared without case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    header: Line500
    field: ImportField | None = None


def has_email(mapping: ColumnMapping) -> bool:
    """Whether contacts can be told apart: without an e-mail nothing can be imported."""
    return any(column.field == "email" for column in mapping)
