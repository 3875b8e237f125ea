"""Settings from the environment (`CONTACTS_…`), read when a program starts, never at import."""

import getpass
from typing import Any, Self

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from contacts_domain.errors import SettingsError
from contacts_domain.phones import is_region


def os_user() -> str:
    """The user of the operating system, blank where there is none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


class Settings(BaseSettings):
    """What the command line needs to know; options given there come first."""

    model_config = SettingsConfigDict(env_prefix="CONTACTS_", extra="ignore", frozen=True)

    database: str = "contacts.db"
    """An SQLAlchemy URL, or the path of an SQLite file."""
    schema_name: str | None = None
    """PostgreSQL's schema; `contacts` by default."""
    organizer: str = "default"
    """Whose address book is meant."""
    actor: str = Field(default_factory=os_user)
    """Who acts, for the history; the user of the operating system by default."""
    default_region: str | None = None
    """ISO 3166-1 alpha-2: how phone numbers without a country code are read."""

    @field_validator("default_region")
    @classmethod
    def _known_region(cls, region: str | None) -> str | None:
        if region and not is_region(region):
            raise ValueError("use an ISO 3166-1 code such as DE or GB")
        return region or None

    @classmethod
    def read(cls, **given: str | None) -> Self:
        """Settings of the environment, overridden by what is given and not None.

        Raises SettingsError, which names the setting but not its value.
        """
        try:
            options: dict[str, Any] = {name: v for name, v in given.items() if v is not None}
            return cls(**options)
        except ValidationError as error:
            raise unusable(error, "CONTACTS_") from None


def unusable(error: ValidationError, prefix: str) -> SettingsError:
    """What to say of settings that pydantic refused: the first one's name, never its value."""
    (first, *_) = error.errors(include_input=False)
    name = "_".join(str(part) for part in first["loc"])
    return SettingsError(
        f"The setting {prefix}{name.upper()} cannot be used: "
        f"{first['msg'].removeprefix('Value error, ')}.",
        setting=name,
    )
