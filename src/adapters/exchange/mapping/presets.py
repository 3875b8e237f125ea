"""Where address books come from: which headers each program writes, and what they mean there.

A key is a header's (`headers.header_key`); `#` stands for a number. Fields with several columns
take the first one that is filled, in the order given here. A column without a field is known and
left out, and named as such like any other.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from adapters.exchange.mapping.headers import header_key
from contacts_domain.column_mapping import ImportField

ANY_SEPARATOR = re.compile(r"\s*(?::::|[;,\n])\s*")
COMMA = re.compile(r"\s*,\s*")


@dataclass(frozen=True)
class Preset:
    """One program's way of exporting contacts."""

    name: str
    title: str
    signs: frozenset[str]
    """Keys that all of its exports have, and no other preset's; without any, its exports have no
    keys but its own."""
    columns: Mapping[str, ImportField | None]
    """Key -> field."""
    tag_separator: re.Pattern[str] = ANY_SEPARATOR
    system_tags: re.Pattern[str] | None = None
    """Labels that the program sets by itself; they are dropped."""
    computed: frozenset[str] = frozenset()
    """Keys of columns that are passed over without a word."""
    has_several_values: bool = True
    """Whether a cell may hold more than one e-mail or phone."""

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], ImportField | None, int]]:
        return [
            (re.compile(re.escape(key).replace(r"\#", r"(\d+)")), field, rank)
            for rank, (key, field) in enumerate(self.columns.items())
        ]

    def meaning_of(self, header: str) -> tuple[ImportField | None, int] | None:
        """The field and its rank among the columns for it; None for a header it does not know."""
        key = header_key(header)
        for pattern, field, rank in self._patterns:
            found = pattern.fullmatch(key)
            if found:
                return field, rank * 100 + int("".join(found.groups()) or 0)
        return None

    def is_of(self, headers: frozenset[str]) -> bool:
        """Whether headers, by their keys, are those of this program."""
        return self.signs <= headers if self.signs else headers <= self._known

    @cached_property
    def _known(self) -> frozenset[str]:
        return self.computed | self.columns.keys()


OWN = Preset(
    "own",
    "An export of this address book",
    signs=frozenset(),
    columns={
        "email": "email",
        "firstname": "first_name",
        "lastname": "last_name",
        "phone": "phone",
        "company": "company",
        "jobtitle": "job_title",
        "notes": "notes",
        "tags": "tags",
    },
    tag_separator=COMMA,
    has_several_values=False,
    computed=frozenset(
        {
            "id",
            "fullname",
            "phonee164",
            "groups",
            "totalbookings",
            "completedbookings",
            "cancelledbookings",
            "upcomingbookings",
            "lastbookingdate",
            "isactive",
            "createdat",
            "updatedat",
            "importrow",
            "importproblem",
        }
    ),
)

GOOGLE = Preset(
    "google",
    "Google Contacts",
    signs=frozenset({"phoneticfirstname", "email1value"}),
    columns={
        "email#value": "email",
        "firstname": "first_name",
        "middlename": "middle_name",
        "lastname": "last_name",
        "fileas": "full_name",
        "phone#value": "phone",
        "organizationname": "company",
        "organizationtitle": "job_title",
        "notes": "notes",
        "labels": "tags",
    },
    system_tags=re.compile(r"\* .*"),
)

GOOGLE_LEGACY = Preset(
    "google-legacy",
    "Google Contacts, exports until 2023",
    signs=frozenset({"givenname", "groupmembership"}),
    columns={
        "email#value": "email",
        "givenname": "first_name",
        "additionalname": "middle_name",
        "familyname": "last_name",
        "name": "full_name",
        "phone#value": "phone",
        "organization#name": "company",
        "organization#title": "job_title",
        "notes": "notes",
        "groupmembership": "tags",
    },
    system_tags=GOOGLE.system_tags,
)

_OUTLOOK_COLUMNS: Mapping[str, ImportField | None] = {
    "emailaddress": "email",
    "email#address": "email",
    "firstname": "first_name",
    "middlename": "middle_name",
    "lastname": "last_name",
    "title": None,  # a salutation: Dr., Ms.
    "primaryphone": "phone",
    "mobilephone": "phone",
    "businessphone": "phone",
    "businessphone#": "phone",
    "homephone": "phone",
    "homephone#": "phone",
    "otherphone": "phone",
    "companymainphone": "phone",
    "company": "company",
    "jobtitle": "job_title",
    "notes": "notes",
    "categories": "tags",
}

OUTLOOK = Preset(
    "outlook",
    "Outlook for Windows",
    signs=frozenset({"emailaddress", "emaildisplayname"}),
    columns=_OUTLOOK_COLUMNS,
)

OUTLOOK_WEB = Preset(
    "outlook-web",
    "Outlook on the web and the new Outlook",
    signs=frozenset({"emailaddress", "givenyomi", "surnameyomi"}),
    columns=_OUTLOOK_COLUMNS,
)

HUBSPOT = Preset(
    "hubspot",
    "HubSpot",
    signs=frozenset({"recordid", "email"}),
    columns={
        "email": "email",
        "firstname": "first_name",
        "lastname": "last_name",
        "phonenumber": "phone",
        "mobilephonenumber": "phone",
        "companyname": "company",
        "associatedcompany": "company",
        "primaryassociatedcompany": "company",
        "jobtitle": "job_title",
    },
)

SALESFORCE_REPORT = Preset(
    "salesforce-report",
    "Salesforce, a report on contacts",
    signs=frozenset({"accountname", "email"}),
    columns={
        "email": "email",
        "firstname": "first_name",
        "middlename": "middle_name",
        "lastname": "last_name",
        "fullname": "full_name",
        "contactname": "full_name",
        "phone": "phone",
        "mobile": "phone",
        "otherphone": "phone",
        "homephone": "phone",
        "accountname": "company",
        "title": "job_title",
        "description": "notes",
        "contactdescription": "notes",
    },
)

SALESFORCE_EXPORT = Preset(
    "salesforce-export",
    "Salesforce, the data export of contacts",
    signs=frozenset({"isdeleted", "accountid", "email"}),
    columns={
        "email": "email",
        "firstname": "first_name",
        "middlename": "middle_name",
        "lastname": "last_name",
        "name": "full_name",
        "phone": "phone",
        "mobilephone": "phone",
        "otherphone": "phone",
        "homephone": "phone",
        "title": "job_title",
        "description": "notes",
    },
)

VCARD = Preset(
    "vcard",
    "vCards",
    signs=frozenset({"nameprefix", "namesuffix", "categories", "other"}),
    columns={
        "email": "email",
        "firstname": "first_name",
        "middlename": "middle_name",
        "lastname": "last_name",
        "fullname": "full_name",
        "phone": "phone",
        "company": "company",
        "jobtitle": "job_title",
        "notes": "notes",
        "categories": "tags",
    },
)

PRESETS = (
    OWN,
    GOOGLE,
    GOOGLE_LEGACY,
    OUTLOOK,
    OUTLOOK_WEB,
    HUBSPOT,
    SALESFORCE_EXPORT,
    SALESFORCE_REPORT,
    VCARD,
)
"""In the order in which they are tried."""

UNKNOWN = Preset("", "", signs=frozenset(), columns={})
"""A program that is not known."""

BY_NAME: Mapping[str, Preset] = {preset.name: preset for preset in PRESETS}
