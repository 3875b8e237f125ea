"""Exports of the programs that people come from: which they are, what their columns mean, and what
becomes of a person in them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from adapters.exchange.mapping.contact_rows import ContactRow, RowReader
from adapters.exchange.mapping.matching import propose
from adapters.exchange.mapping.presets import PRESETS
from contacts_domain.column_mapping import IMPORT_FIELDS

GOOGLE = (
    "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,"
    "Name Prefix,Name Suffix,Nickname,File As,Organization Name,Organization Title,"
    "Organization Department,Birthday,Notes,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,"
    "E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,"
    "Phone 2 - Value,Address 1 - Label,Address 1 - Formatted,Website 1 - Label,Website 1 - Value"
)
GOOGLE_LEGACY = (
    "Name,Given Name,Additional Name,Family Name,Yomi Name,Given Name Yomi,Additional Name Yomi,"
    "Family Name Yomi,Name Prefix,Name Suffix,Initials,Nickname,Short Name,Maiden Name,Birthday,"
    "Gender,Location,Billing Information,Directory Server,Mileage,Occupation,Hobby,Sensitivity,"
    "Priority,Subject,Notes,Language,Photo,Group Membership,E-mail 1 - Type,E-mail 1 - Value,"
    "E-mail 2 - Type,E-mail 2 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Type,"
    "Organization 1 - Name,Organization 1 - Yomi Name,Organization 1 - Title"
)
OUTLOOK = (
    "Title,First Name,Middle Name,Last Name,Suffix,Company,Department,Job Title,Business Street,"
    "Business City,Business Country/Region,Home Street,Home City,Assistant's Phone,Business Fax,"
    "Business Phone,Business Phone 2,Callback,Car Phone,Company Main Phone,Home Fax,Home Phone,"
    "Home Phone 2,ISDN,Mobile Phone,Other Fax,Other Phone,Pager,Primary Phone,Radio Phone,"
    "TTY/TDD Phone,Telex,Account,Anniversary,Assistant's Name,Billing Information,Birthday,"
    "Categories,Children,Directory Server,E-mail Address,E-mail Type,E-mail Display Name,"
    "E-mail 2 Address,E-mail 2 Type,E-mail 2 Display Name,Notes,Priority,Private,Web Page"
)
OUTLOOK_WEB = (
    "First Name,Middle Name,Last Name,Title,Suffix,Nickname,Given Yomi,Surname Yomi,E-mail Address,"
    "E-mail 2 Address,E-mail 3 Address,Home Phone,Home Phone 2,Business Phone,Business Phone 2,"
    "Mobile Phone,Car Phone,Other Phone,Primary Phone,Pager,Business Fax,Company Main Phone,"
    "Job Title,Department,Company,Office Location,Notes,Categories,Birthday"
)
HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,Contact owner,"
    "Associated Company,Job Title,Last Activity Date (EST),Lead Status,Marketing contact status,"
    "Create Date (EST),Lifecycle Stage"
)
SALESFORCE_REPORT = (
    "Salutation,First Name,Last Name,Title,Account Name,Mailing Street,Mailing City,"
    "Mailing Country,Phone,Mobile,Fax,Email,Contact Owner"
)
SALESFORCE_EXPORT = (
    "Id,IsDeleted,MasterRecordId,AccountId,LastName,FirstName,Salutation,Name,MailingStreet,"
    "MailingCity,Phone,Fax,MobilePhone,HomePhone,OtherPhone,AssistantPhone,ReportsToId,Email,"
    "Title,Department,AssistantName,LeadSource,Birthdate,Description,OwnerId,CreatedDate"
)
OWN = (
    "First Name,Last Name,Email,Phone,Company,Job Title,Notes,Tags,Total Bookings,Last Booking Date"
)
VCARD = (
    "Full Name,Name Prefix,First Name,Middle Name,Last Name,Name Suffix,E-mail,Phone,Company,"
    "Department,Job Title,Notes,Categories,Other"
)


@dataclass(frozen=True)
class Case:
    """An export with one person, and what that person is in it."""

    headers: str
    cells: dict[str, str]
    fields: dict[str, object]
    left_out: Sequence[str] = field(default=())
    """Values that are told as left out."""


ADA = {"first_name": "Ada", "last_name": "Lovelace"}

CASES = {
    "google": Case(
        GOOGLE,
        {
            "First Name": "Ada",
            "Middle Name": "King",
            "Last Name": "Lovelace",
            "Organization Name": "Engines",
            "Organization Title": "Analyst",
            "Notes": "Met in London",
            "Labels": "Family ::: * myContacts ::: * starred",
            "E-mail 1 - Label": "* Work",
            "E-mail 1 - Value": "ada@example.org ::: ada@work.example",
            "E-mail 2 - Value": "old@example.org",
            "Phone 2 - Value": "+44 20 7946 0958",
        },
        {
            "first_name": "Ada King",
            "last_name": "Lovelace",
            "email": "ada@example.org",
            "phone": "+44 20 7946 0958",
            "company": "Engines",
            "job_title": "Analyst",
            "notes": "Met in London",
            "tags": ("Family",),
        },
        ["ada@work.example, old@example.org"],
    ),
    "google-legacy": Case(
        GOOGLE_LEGACY,
        {
            "Name": "Ada Lovelace",
            "Given Name": "Ada",
            "Family Name": "Lovelace",
            "Occupation": "Mathematician",
            "Group Membership": "Friends ::: vip ::: * myContacts",
            "E-mail 2 - Value": "ada@example.org",
            "Organization 1 - Name": "Engines",
            "Organization 1 - Title": "Analyst",
        },
        {
            **ADA,
            "email": "ada@example.org",
            "company": "Engines",
            "job_title": "Analyst",
            "tags": ("Friends", "vip"),
        },
    ),
    "outlook": Case(
        OUTLOOK,
        {
            "Title": "Dr.",
            "First Name": "Ada",
            "Last Name": "Lovelace",
            "Company": "Engines",
            "Job Title": "Analyst",
            "Business Phone": "1",
            "Mobile Phone": "2",
            "Categories": "Red Category;vip",
            "E-mail Address": "/o=ExchangeLabs/ou=Exchange/cn=Recipients/cn=ada",
            "E-mail Type": "EX",
            "E-mail Display Name": "Ada Lovelace",
            "E-mail 2 Address": "ada@example.org",
        },
        {
            **ADA,
            "email": "ada@example.org",
            "phone": "2",
            "company": "Engines",
            "job_title": "Analyst",
            "tags": ("Red Category", "vip"),
        },
        ["/o=ExchangeLabs/ou=Exchange/cn=Recipients/cn=ada", "1"],
    ),
    "outlook-web": Case(
        OUTLOOK_WEB,
        {
            "Title": "Ms",
            "First Name": "Ada",
            "Last Name": "Lovelace",
            "E-mail Address": "ada@example.org",
            "Job Title": "Analyst",
            "Home Phone": "030 1",
        },
        {**ADA, "email": "ada@example.org", "phone": "030 1", "job_title": "Analyst"},
    ),
    "hubspot": Case(
        HUBSPOT,
        {
            "Record ID": "1",
            "First Name": "Ada",
            "Last Name": "Lovelace",
            "Email": "ada@example.org",
            "Mobile Phone Number": "2",
            "Associated Company": "Engines",
            "Contact owner": "Grace",
        },
        {**ADA, "email": "ada@example.org", "phone": "2", "company": "Engines"},
    ),
    "salesforce-report": Case(
        SALESFORCE_REPORT,
        {
            "Salutation": "Ms.",
            "First Name": "Ada",
            "Last Name": "Lovelace",
            "Title": "Analyst",
            "Account Name": "Engines",
            "Phone": "1",
            "Mobile": "2",
            "Email": "ada@example.org",
        },
        {
            **ADA,
            "email": "ada@example.org",
            "phone": "1",
            "company": "Engines",
            "job_title": "Analyst",
        },
        ["2"],
    ),
    "salesforce-export": Case(
        SALESFORCE_EXPORT,
        {
            "Id": "003",
            "IsDeleted": "0",
            "AccountId": "001",
            "Name": "Ada Lovelace",
            "MobilePhone": "2",
            "Email": "ada@example.org",
            "Title": "Analyst",
            "Description": "Met in London",
        },
        {
            **ADA,
            "email": "ada@example.org",
            "phone": "2",
            "job_title": "Analyst",
            "notes": "Met in London",
        },
    ),
    "own": Case(
        OWN,
        {
            "First Name": "Ada",
            "Last Name": "Lovelace",
            "Email": "ada@example.org",
            "Phone": "1;ext=2",
            "Tags": "a;b,vip",
            "Total Bookings": "7",
        },
        {**ADA, "email": "ada@example.org", "phone": "1;ext=2", "tags": ("a;b", "vip")},
    ),
    "vcard": Case(
        VCARD,
        {
            "Full Name": "Ada Lovelace",
            "E-mail": "ada@example.org ::: ada@work.example",
            "Categories": "vip ::: friends",
            "Other": "BDAY: 1815-12-10",
        },
        {**ADA, "email": "ada@example.org", "tags": ("vip", "friends")},
        ["ada@work.example"],
    ),
}


def row_of(case: Case, preset: str | None = None, *, to_notes: bool = False) -> ContactRow:
    """What the person of a case becomes."""
    headers = case.headers.split(",")
    cells = [case.cells.get(header, "") for header in headers]
    proposal = propose(headers, [cells], preset)
    return RowReader(proposal.mapping, proposal.preset, to_notes).read(cells)


@pytest.mark.parametrize("name", CASES)
def test_an_export_is_known_by_its_headers(name: str) -> None:
    """All of them; and every preset has a case here."""
    headers = CASES[name].headers.split(",")
    proposal = propose(headers, [])
    assert proposal.preset == name
    assert all(column.because and column.confidence == 1 for column in proposal.columns)
    assert CASES.keys() == {preset.name for preset in PRESETS}


@pytest.mark.parametrize("name", CASES)
def test_a_person_arrives_whole(name: str) -> None:
    """Fields, names, tags without the system's, and what of several values was left out."""
    case = CASES[name]
    row = row_of(case)
    assert row.fields == case.fields
    assert [problem.value for problem in row.left_out] == list(case.left_out)


def test_a_title_is_what_its_program_means() -> None:
    """A salutation in Outlook, a job in Salesforce, a job in a table of one's own."""

    def meaning(headers: str, preset: str | None = None) -> object:
        columns = propose(headers.split(","), [], preset).mapping
        return next(column.field for column in columns if column.header == "Title")

    assert meaning(OUTLOOK) is None
    assert meaning(OUTLOOK_WEB) is None
    assert meaning(SALESFORCE_REPORT) == "job_title"
    assert meaning("E-mail,Title,Shoe size") == "job_title"
    assert meaning("Email,Title,Account Name", preset="outlook") is None


def test_unmapped_columns_can_go_to_the_notes() -> None:
    """Each behind its header, after the notes, blank ones not."""
    notes = row_of(CASES["outlook"], to_notes=True).fields["notes"]
    assert notes == "Title: Dr.\nE-mail Type: EX\nE-mail Display Name: Ada Lovelace"


def test_presets_know_only_fields_that_there_are() -> None:
    """And no field twice under one header."""
    for preset in PRESETS:
        assert {field for field in preset.columns.values() if field} <= {*IMPORT_FIELDS}
