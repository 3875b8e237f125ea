"""What every command is given: the settings, the address book they open, and where to print."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from adapters.cli.output import Output
from adapters.settings import Settings
from adapters.wiring import Contacts, open_contacts


@dataclass(frozen=True)
class Session:
    """One run of the program."""

    settings: Settings
    organizer_given: str | None
    """The organizer, if it was named on the command line."""
    output: Output

    @property
    def organizer(self) -> str:
        """Whose address book is meant."""
        return self.settings.organizer

    @property
    def actor(self) -> str:
        """Who acts."""
        return self.settings.actor

    def open(self, *, catch_up: bool = True) -> Contacts:
        """The address book; close it after use."""
        return open_contacts(
            self.settings.database,
            schema=self.settings.schema_name,
            default_region=self.settings.default_region,
            catch_up=catch_up,
        )


InSession = Annotated[Session, Parameter(parse=False)]
"""A parameter that is the session, not an option."""
