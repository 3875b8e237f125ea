"""What every command is given: the settings, the address book they open, and where to print."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from cyclopts import Parameter

from adapters.address_book import Contacts
from adapters.bulk import resolve_ids
from adapters.cli.output import Output
from adapters.exchange.limits import ImportSettings
from adapters.settings import Settings
from adapters.wiring import open_contacts


@dataclass(frozen=True)
class Session:
    """One run of the program."""

    settings: Settings
    organizer_given: str | None
    """The organizer, if it was named on the command line."""
    default_region_given: str | None
    """The region, if it was named on the command line."""
    output: Output

    @property
    def organizer(self) -> str:
        """Whose address book is meant."""
        return self.settings.organizer

    @property
    def actor(self) -> str:
        """Who acts."""
        return self.settings.actor

    @property
    def about(self) -> dict[str, Any]:
        """What every command says of itself: organizer and provenance."""
        return {"organizer_id": self.organizer, "actor": self.actor, "source": "cli"}

    def contact_id(self, contacts: Contacts, reference: str) -> UUID:
        """The contact of this id or e-mail; ids are not looked up. Raises ContactNotFound."""
        (contact_id,) = resolve_ids(contacts, self.organizer, [reference])
        return contact_id

    def open(
        self, *, catch_up: bool = True, follow: Literal["inline", "worker"] = "inline"
    ) -> Contacts:
        """The address book; close it after use."""
        return open_contacts(
            self.settings.database,
            schema=self.settings.schema_name,
            default_region=self.settings.default_region,
            catch_up=catch_up,
            follow=follow,
            import_limits=ImportSettings.read(),
        )


InSession = Annotated[Session, Parameter(parse=False)]
"""A parameter that is the session, not an option."""
