"""The filters of the contact list as options: `--search …` of `list`, `--filter-search …` of the
commands that work on everything a filter matches."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Annotated, Any, cast

from cyclopts import Parameter

from adapters.address_book import Contacts
from contacts_domain.contact_filter import Criteria
from contacts_domain.errors import InvalidQuery
from projections.looking_back import PastBook

Flag = Parameter(negative="")
Repeated = Parameter(negative="")


@Parameter(name="*")
@dataclass(frozen=True)
class FilterOptions:
    """Which contacts; everything given must hold."""

    search: str = ""
    """Part of the name, e-mail or company; case and accents do not matter."""
    tag: Annotated[tuple[str, ...], Repeated] = ()
    """Only contacts with this tag; repeated: with all of them."""
    any_tag: Annotated[tuple[str, ...], Repeated] = ()
    """Repeated: contacts with at least one of these tags."""
    group: str | None = None
    """Only members of this group, named by id or name."""
    company: str | None = None
    """Only people of this company."""
    has_bookings: bool | None = None
    """With any booking, or without any (with no- in the option)."""
    min_bookings: int | None = None
    """With at least so many bookings."""
    max_bookings: int | None = None
    """With at most so many bookings."""
    last_booking_after: datetime | None = None
    """Last booking at this time (UTC) or later."""
    last_booking_before: datetime | None = None
    """Last booking before this time (UTC)."""
    created_after: datetime | None = None
    """Added at this time (UTC) or later."""
    created_before: datetime | None = None
    """Added before this time (UTC)."""
    inactive: Annotated[bool, Flag] = False
    """Deactivated contacts only."""
    all: Annotated[bool, Flag] = False
    """Active and deactivated contacts."""
    saved: str | None = None
    """What this saved search finds; options given here narrow it down."""

    @property
    def is_given(self) -> bool:
        """Whether any option was given."""
        blank_search = {"search": self.search.strip()}
        given = {each.name: getattr(self, each.name) for each in fields(self)} | blank_search
        return any(given[each.name] != each.default for each in fields(self))

    def criteria(self, contacts: Contacts | PastBook, organizer_id: str) -> Criteria:
        """The criteria these options mean.

        Raises SearchNotFound, and InvalidQuery for options that contradict the saved search.
        """
        saved: dict[str, Any] = {}
        if self.saved is not None:
            saved = contacts.organizers.search(organizer_id, self.saved).criteria
        return cast("Criteria", _narrowed(saved, self._given()))

    def _given(self) -> dict[str, Any]:
        given: dict[str, Any] = {
            "search": self.search or None,
            "tags": self.tag or None,
            "any_tags": self.any_tag or None,
            "group": self.group,
            "company": self.company,
            "has_bookings": self.has_bookings,
            "min_bookings": self.min_bookings,
            "max_bookings": self.max_bookings,
            "last_booking_after": in_utc(self.last_booking_after),
            "last_booking_before": in_utc(self.last_booking_before),
            "created_after": in_utc(self.created_after),
            "created_before": in_utc(self.created_before),
        }
        given = {name: value for name, value in given.items() if value is not None}
        if self.all or self.inactive:
            given["is_active"] = None if self.all else False
        return given


def in_utc(moment: datetime | None) -> datetime | None:
    """The time in UTC, which it is without an offset. Raises InvalidQuery out of its range."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise InvalidQuery(f"The time {moment.isoformat()} is out of range in UTC.") from None


def _narrowed(saved: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Everything saved and everything given must hold; activity alone may be chosen anew."""
    together = saved | given
    if "tags" in saved and "tags" in given:
        together["tags"] = [*saved["tags"], *given["tags"]]
    for name in saved.keys() & given.keys() - {"tags", "is_active"}:
        if saved[name] != given[name]:
            raise InvalidQuery(
                f"The saved search asks for another {name.replace('_', ' ')} already. Leave that "
                "option out, or do without the saved search.",
                filter=name,
            )
    return together


def _named(option: str) -> Parameter:
    if option == "has-bookings":
        return Parameter(name=f"--filter-{option}", negative=f"--filter-no-{option}")
    return Parameter(name=f"--filter-{option}", negative="")


@Parameter(name="*")
@dataclass(frozen=True)
class BulkFilterOptions(FilterOptions):
    """Everything that a filter matches: the options of `list` with --filter- in front."""

    search: Annotated[str, _named("search")] = ""
    tag: Annotated[tuple[str, ...], _named("tag")] = ()
    any_tag: Annotated[tuple[str, ...], _named("any-tag")] = ()
    group: Annotated[str | None, _named("group")] = None
    company: Annotated[str | None, _named("company")] = None
    has_bookings: Annotated[bool | None, _named("has-bookings")] = None
    min_bookings: Annotated[int | None, _named("min-bookings")] = None
    max_bookings: Annotated[int | None, _named("max-bookings")] = None
    last_booking_after: Annotated[datetime | None, _named("last-booking-after")] = None
    last_booking_before: Annotated[datetime | None, _named("last-booking-before")] = None
    created_after: Annotated[datetime | None, _named("created-after")] = None
    created_before: Annotated[datetime | None, _named("created-before")] = None
    inactive: Annotated[bool, _named("inactive")] = False
    all: Annotated[bool, _named("all")] = False
    saved: Annotated[str | None, _named("saved")] = None


NO_FILTER = FilterOptions()
NO_BULK_FILTER = BulkFilterOptions()
