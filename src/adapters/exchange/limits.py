"""How much of a stranger's file is read before it is refused: bytes, rows, columns, characters."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.settings import unusable
from contacts_domain.errors import FileTooLarge

MEBIBYTE = 1_048_576
MAX_CSV_CELL = 131_072
"""Characters; where Python's reader ends, unless the process says otherwise."""


Positive = Annotated[int, Field(gt=0)]


class ImportLimits(BaseModel):
    """Kept while a file is read, so that a file that breaks them costs little time and memory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_bytes: Positive = 512 * MEBIBYTE
    """Of the file as it was uploaded."""
    max_unpacked_bytes: Positive = 2_048 * MEBIBYTE
    """Of a workbook without its compression."""
    max_rows: Positive = 1_048_576
    """With or without content, the header not counted: as many as a sheet of a workbook has."""
    max_columns: Positive = 1_000
    """With a header or without."""
    max_cell_length: Annotated[int, Field(gt=0, le=MAX_CSV_CELL)] = 32_767
    """Characters, as in a workbook."""
    max_row_length: Positive = 4 * MEBIBYTE
    """Characters of all cells of a row together, or of a card."""

    def check_size(self, size: int) -> None:
        """Raise FileTooLarge for a file of more bytes."""
        if size > self.max_bytes:
            raise FileTooLarge("bytes", self.max_bytes)

    def check_columns(self, row: int, count: int) -> None:
        """Raise FileTooLarge for a row of more cells."""
        if count > self.max_columns:
            raise FileTooLarge("columns", self.max_columns, row=row)

    def check_row(self, row: int, cells: tuple[str, ...]) -> None:
        """Raise FileTooLarge for a row with more cells or longer ones."""
        self.check_columns(row, len(cells))
        if sum(map(len, cells)) > self.max_cell_length:
            for column, cell in enumerate(cells, 1):
                if len(cell) > self.max_cell_length:
                    raise FileTooLarge(
                        "characters in a cell", self.max_cell_length, row=row, column=column
                    )


DEFAULT_LIMITS = ImportLimits()


class ImportSettings(BaseSettings, ImportLimits):
    """The same from the environment (`CONTACTS_IMPORT_…`), read when a program starts."""

    model_config = SettingsConfigDict(env_prefix="CONTACTS_IMPORT_", extra="ignore", frozen=True)

    @classmethod
    def read(cls) -> Self:
        """The limits of the environment. Raises SettingsError."""
        try:
            return cls()
        except ValidationError as error:
            raise unusable(error, "CONTACTS_IMPORT_") from None
