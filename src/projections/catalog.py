"""All projections with their read models: the table of contents of the read side."""

from projections.activity_counts import ACTIVITY_COUNTS
from projections.bookings import BOOKINGS
from projections.contact_list import CONTACTS
from projections.exports import EXPORTS
from projections.fold import Projection
from projections.groups import CONTACT_GROUPS, GROUP_COUNTS, GROUPS
from projections.imports import IMPORTS
from projections.organizers import MAPPINGS, SEARCHES, SETTINGS
from projections.statistics import COMPANIES, STATISTICS
from projections.tags import CONTACT_TAGS, TAG_COUNTS
from projections.timeline import TIMELINE

PROJECTIONS = (
    Projection(
        "contacts",
        read_models={
            "contact_list": (CONTACTS,),
            "tags": (CONTACT_TAGS, TAG_COUNTS),
            "groups": (GROUPS, CONTACT_GROUPS, GROUP_COUNTS),
            "statistics": (STATISTICS, COMPANIES),
            "organizers": (SETTINGS, SEARCHES, MAPPINGS),
        },
        version=6,
    ),
    Projection(
        "activity",
        read_models={
            "timeline": (TIMELINE, ACTIVITY_COUNTS),
            "bookings": (BOOKINGS,),
            "imports": (IMPORTS,),
            "exports": (EXPORTS,),
        },
        version=3,
    ),
)
