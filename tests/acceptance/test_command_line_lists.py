"""`contacts list`: filters, sorts and pages."""

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from adapters import open_contacts
from adapters.bookings.replay import replay
from contacts_domain.commands import AddContactToGroup, CreateGroup, DeactivateContact
from tests.acceptance.messages import a_message
from tests.acceptance.program import CommandLine
from tests.adapters.exchange.exchanging import import_file

PEOPLE = (
    "Email,First Name,Last Name,Company,Tags",
    'ada@example.org,Ada,Lovelace,Analytical Engines,"vip,lead"',
    "grace@example.org,Grace,Hopper,navy,VIP",
    "zoe@example.org,Zoë,Ångström,,lead",
    "bob@example.net,Bob,,Beta 100%,",
    "linus@example.net,Linus,Zimmer,Analytical Engines,lead",
)
"""Bob has only one name, Zoë no company; Linus is set aside later."""

FEED = (
    a_message(organizer_id="default"),
    a_message(organizer_id="default", booking_id="bk-2", starts_at="2999-01-01T00:00:00Z"),
    a_message(organizer_id="default", booking_id="bk-3", invitee_email="grace@example.org"),
)
"""Ada booked twice, Grace once, the others never."""

DETAILS = ("name", "email", "company", "created_at", "updated_at")
SORTS = (*DETAILS, "total_bookings", "last_booking_date")

Contact = dict[str, Any]


@pytest.fixture(scope="module")
def five_people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of an address book of five people, one of them inactive."""
    folder = tmp_path_factory.mktemp("five-people")
    (folder / "people.csv").write_text("\n".join(PEOPLE), encoding="utf-8")
    (folder / "feed.jsonl").write_bytes(b"\n".join(FEED))
    with open_contacts(folder / "contacts.db") as contacts:
        import_file(contacts, folder / "people.csv", "default")
        replay(contacts, folder / "feed.jsonl")
        linus = contacts.contact_list.find("default", "linus@example.net").id
        zoe = contacts.contact_list.find("default", "zoe@example.org").id
        group = contacts.handle(CreateGroup(organizer_id="default", name="Investors")).id
        contacts.handle(AddContactToGroup(organizer_id="default", contact_id=zoe, group_id=group))
        contacts.handle(DeactivateContact(organizer_id="default", contact_id=linus))
    return folder / "contacts.db"


@pytest.fixture
def book(command_line: CommandLine, five_people: Path) -> CommandLine:
    """The command line in a folder with the address book of five people."""
    shutil.copy(five_people, command_line.folder)
    return command_line


def names(page: dict[str, Any]) -> list[str]:
    """Who is on a page."""
    return [contact["first_name"] for contact in page["items"]]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([], ["Zoë", "Bob", "Grace", "Ada"]),
        (["--search", "LOVE"], ["Ada"]),
        (["--search", "angstrom"], ["Zoë"]),
        (["--search", "navy"], ["Grace"]),
        (["--search", "example.net"], ["Bob"]),
        (["--search", "100%"], ["Bob"]),
        (["--search", "0%"], []),
        (["--search", "%"], []),
        (["--search", "_"], []),
        (["--search", "'"], []),
        (["--search", "a"], ["Zoë", "Ada"]),
        (["--search", "BE"], ["Bob"]),
        (["--search", "et"], []),
        (["--tag", "vip"], ["Grace", "Ada"]),
        (["--tag", "vip", "--tag", "LEAD"], ["Ada"]),
        (["--any-tag", "vip", "--any-tag", "lead"], ["Zoë", "Grace", "Ada"]),
        (["--tag", "nobody has it"], []),
        (["--group", "investors"], ["Zoë"]),
        (["--inactive"], ["Linus"]),
        (["--all"], ["Zoë", "Bob", "Grace", "Ada", "Linus"]),
        (["--all", "--tag", "lead", "--search", "engines"], ["Ada", "Linus"]),
        (["--organizer", "somebody else"], []),
    ],
)
def test_shows_the_contacts_that_were_asked_for(
    book: CommandLine, filters: list[str], found: list[str]
) -> None:
    """Filters are joined by "and"; text is compared without case and accents, literally.

    One or two letters find words that begin with them.
    """
    page = book.json("list", *filters)
    assert list(page) == ["items", "next", "total"]
    assert names(page) == found
    assert (page["next"], page["total"]) == (None, len(found))


def test_a_group_is_named_by_its_id_too(book: CommandLine) -> None:
    """A contact shows its groups, and their ids can be used to filter."""
    (zoe,) = book.json("list", "--group", "INVESTORS")["items"]
    (group,) = zoe["groups"]
    assert list(group) == ["id", "name", "color"]
    assert names(book.json("list", "--group", group["id"])) == ["Zoë"]
    assert book("list", "--group", "Nobody", "--json").refusal == (1, "group_not_found")


@pytest.mark.parametrize("sort", SORTS)
def test_sorts_by_every_key_in_both_directions(book: CommandLine, sort: str) -> None:
    """Descending is the reverse of ascending, but missing values come last in both."""

    def value(contact: Contact) -> Any:
        return None if contact[sort] == "" else contact[sort]

    ascending = book.json("list", "--all", "--sort", sort)["items"]
    descending = book.json("list", "--all", f"--sort=-{sort}")["items"]
    if sort == "name":
        assert [each["first_name"] for each in ascending] == ["Zoë", "Bob", "Grace", "Ada", "Linus"]
        assert descending == ascending[::-1]
        return
    given = [value(each) for each in ascending if value(each) is not None]
    missing = [None] * (len(ascending) - len(given))
    assert [value(each) for each in ascending] == sorted(given, key=_folded) + missing
    assert [value(each) for each in descending] == sorted(given, key=_folded)[::-1] + missing


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def test_a_descending_sort_can_be_written_with_a_space(book: CommandLine) -> None:
    """The help says "with - in front": the minus must not be taken for an option."""
    page = book.json("list", "--sort", "-name")
    assert names(page) == ["Ada", "Grace", "Bob", "Zoë"]


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{key}" for key in SORTS)])
def test_pages_show_everything_once_in_the_order_of_the_whole(book: CommandLine, sort: str) -> None:
    """Following the cursors in any sort reads what one long page reads."""
    whole = book.json("list", "--all", f"--sort={sort}")
    seen: list[Contact] = []
    cursor: list[str] = []
    while True:
        page = book.json("list", "--all", f"--sort={sort}", "--limit", "2", *cursor)
        assert page["total"] == 5
        seen += page["items"]
        if page["next"] is None:
            break
        cursor = ["--cursor", page["next"]]
    assert seen == whole["items"]


def test_the_table_says_how_to_go_on(book: CommandLine) -> None:
    """The cursor that the table ends with can be copied to the next command."""
    text = book("list", "--limit", "3").text
    assert "3 of 4 contacts" in text
    assert "Grace Hopper" in text
    cursor = text.rsplit("--cursor ", 1)[1].strip()
    assert names(book.json("list", "--limit", "3", "--cursor", cursor)) == ["Ada"]


def test_a_cursor_belongs_to_its_list(book: CommandLine) -> None:
    """With another sort, other filters, another organizer or on a timeline it is refused."""
    cursor = ["--limit", "1", "--cursor", book.json("list", "--limit", "1")["next"]]
    assert names(book.json("list", *cursor)) == ["Bob"]
    for other in (
        ["--sort", "email"],
        ["--sort=-name"],
        ["--search", "a"],
        ["--tag", "vip"],
        ["--any-tag", "vip"],
        ["--group", "investors"],
        ["--all"],
        ["--inactive"],
        ["--organizer", "acme"],
    ):
        assert book("list", *other, *cursor, "--json").refusal == (1, "invalid_cursor"), other
    on_a_timeline = book("timeline", "ada@example.org", *cursor, "--json")
    assert on_a_timeline.refusal == (1, "invalid_cursor")


def test_a_damaged_cursor_is_refused(book: CommandLine) -> None:
    """A cursor that was cut, changed or invented is refused and not guessed at."""
    cursor = book.json("list", "--limit", "1")["next"]
    for damaged in ("", "x", "ä", "e30", "WzEsMiwzXQ", cursor[:-4], cursor[4:], cursor + "AAAA"):
        ran = book("list", "--limit", "1", f"--cursor={damaged}", "--json")
        assert ran.refusal == (1, "invalid_cursor"), damaged


@pytest.mark.parametrize("key", ["many", [], None, 10**30, 1e308], ids=repr)
def test_a_forged_cursor_is_refused(book: CommandLine, key: Any) -> None:
    """No value that somebody writes into a cursor gets further than its check."""
    cursor = book.json("list", "--limit", "1", "--sort", "total_bookings")["next"]
    digest, *_, contact_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps([digest, key, contact_id]).encode()).decode()
    ran = book("list", "--sort", "total_bookings", "--cursor", forged, "--json")
    assert ran.refusal == (1, "invalid_cursor")


def test_limits_and_sorts_out_of_bounds_are_refused(book: CommandLine) -> None:
    """A page holds 1 to 500; a sort key that does not exist is answered with those that do."""
    for limit in ("0", "501", "-1"):
        assert book("list", "--limit", limit, "--json").refusal == (1, "invalid_query")
        assert book("timeline", "ada@example.org", "--limit", limit, "--json").refusal == (
            1,
            "invalid_query",
        )
    assert len(book.json("list", "--limit", "500")["items"]) == 4
    assert "last_booking_date" in book("list", "--sort", "shoe_size").sentence
