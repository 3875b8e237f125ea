"""Which contacts of an organizer are meant: by a list, a saved search, a bulk change, an export."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self, TypedDict

from pydantic import AwareDatetime, Field

from contacts_domain.criteria import checked

Count = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""A number that databases can compare."""


class Criteria(TypedDict, total=False):
    """What a list of contacts may be narrowed down to; everything given must hold."""

    search: str
    """Part of the full name, the e-mail or the company, without regard to case and accents; one
    or two letters find words that begin with them."""
    tags: Sequence[str]
    """All of these, compared without case."""
    any_tags: Sequence[str]
    """At least one of these."""
    group: str | None
    """A group's id or its name."""
    is_active: bool | None
    """True unless given; None for active and inactive contacts."""
    company: str | None
    """This company, compared without case."""
    has_bookings: bool | None
    """With any booking, or without."""
    min_bookings: int | None
    max_bookings: int | None
    last_booking_after: datetime | None
    """The latest start among bookings not cancelled is this or later."""
    last_booking_before: datetime | None
    """The same is earlier than this; contacts without one are left out."""
    created_after: datetime | None
    """Added at this time or later."""
    created_before: datetime | None
    """Added earlier than this."""


@dataclass(frozen=True)
class ContactFilter:
    """Criteria, checked."""

    search: str = ""
    tags: tuple[str, ...] = ()
    any_tags: tuple[str, ...] = ()
    group: str | None = None
    is_active: bool | None = True
    company: str | None = None
    has_bookings: bool | None = None
    min_bookings: Count | None = None
    max_bookings: Count | None = None
    last_booking_after: AwareDatetime | None = None
    last_booking_before: AwareDatetime | None = None
    created_after: AwareDatetime | None = None
    created_before: AwareDatetime | None = None

    @classmethod
    def of(cls, criteria: Mapping[str, object]) -> Self:
        """The filter that criteria mean, also as JSON has them. Raises InvalidQuery."""
        return checked(cls, criteria)

    @property
    def is_plain(self) -> bool:
        """Whether nothing but the activity is asked for."""
        return self == ContactFilter(is_active=self.is_active)

    @property
    def is_plain_search(self) -> bool:
        """Whether nothing but a term and the activity is asked for."""
        return self == ContactFilter(search=self.search, is_active=self.is_active)
