"""Bulk operations: one command for many contacts, resumable, and harmless to neighbours."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters import Contacts
from adapters.bulk import (
    BulkReport,
    delete_tag,
    rename_tag,
    resolve_ids,
    resolve_known,
    run_bulk,
    select_ids,
)
from contacts_domain import commands
from contacts_domain.errors import ContactNotFound, InvalidCommand
from contacts_domain.outcomes import Receipt
from tests.builders import ORGANIZER, a_contact, a_group
from tests.scenario import Scenario, head

OPERATIONS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("tag", {"tags": ("vip",)}, {"tags": ["old", "vip"]}),
    ("untag", {"tags": ("OLD",)}, {"tags": []}),
    ("deactivate", {}, {"is_active": False}),
]


def some_contacts(contacts: Contacts, count: int, **fields: Any) -> list[UUID]:
    """Contacts in one transaction, in the order they were added."""
    receipts = contacts.handle_all([a_contact(**fields) for _ in range(count)])
    return [each.id for each in receipts if isinstance(each, Receipt)]


def counts(report: BulkReport) -> tuple[int, int, int, int]:
    """Contacts, changed, unchanged, refused."""
    return (report.contacts, report.changed, report.unchanged, report.refused)


def tags_of(contacts: Contacts, contact_id: UUID) -> list[str]:
    """The tags of a contact."""
    return contacts.contact_list.find(ORGANIZER, contact_id).tags


@pytest.mark.parametrize(("operation", "fields", "shown"), OPERATIONS, ids=lambda x: str(x)[:12])
@pytest.mark.parametrize("how", ["ids", "filter"])
def test_an_operation_changes_those_it_is_about_once(
    contacts: Contacts, operation: str, fields: dict[str, Any], shown: dict[str, Any], how: str
) -> None:
    """Nobody else; the second time all is so already."""
    ids, (bystander,) = some_contacts(contacts, 3, tags=("old",)), some_contacts(contacts, 1)
    before = contacts.contact_list.find(ORGANIZER, bystander)
    chosen = ids if how == "ids" else select_ids(contacts, ORGANIZER, {"tags": ["Old"]})
    assert chosen == ids
    report = run_bulk(contacts, ORGANIZER, operation, chosen, **fields)
    assert counts(report) == (3, 3, 0, 0)
    assert [(each.id, each.outcome) for each in report.records] == [(i, "changed") for i in ids]
    for contact_id in ids:
        view = contacts.contact_list.find(ORGANIZER, contact_id)
        assert {name: getattr(view, name) for name in shown} == shown
    assert contacts.contact_list.find(ORGANIZER, bystander) == before
    assert counts(run_bulk(contacts, ORGANIZER, operation, chosen, **fields)) == (3, 0, 3, 0)


def test_groups_are_joined_and_left(scenario: Scenario) -> None:
    """By all at once."""
    contacts, group_id = scenario.contacts, scenario.given(a_group(name="Friends"))
    ids = some_contacts(contacts, 3)
    for operation, members in (("group_add", 3), ("group_remove", 0)):
        report = run_bulk(contacts, ORGANIZER, operation, ids, group_id=group_id)
        assert counts(report) == (3, 3, 0, 0)
        assert contacts.contact_list.page(ORGANIZER, group="Friends").total == members


def test_contacts_come_back_and_go(contacts: Contacts) -> None:
    """Reactivated, then deleted; a deleted contact is deleted already."""
    ids = some_contacts(contacts, 2)
    run_bulk(contacts, ORGANIZER, "deactivate", ids)
    inactive = select_ids(contacts, ORGANIZER, {"is_active": False})
    assert counts(run_bulk(contacts, ORGANIZER, "reactivate", inactive)) == (2, 2, 0, 0)
    assert counts(run_bulk(contacts, ORGANIZER, "delete", ids)) == (2, 2, 0, 0)
    assert contacts.contact_list.page(ORGANIZER, is_active=None).total == 0
    assert counts(run_bulk(contacts, ORGANIZER, "delete", ids)) == (2, 0, 2, 0)


def test_a_refusal_harms_no_neighbour(scenario: Scenario) -> None:
    """Unknown, foreign and deleted contacts are told one by one, between those that change."""
    contacts = scenario.contacts
    first, gone, last = some_contacts(contacts, 3)
    foreign = scenario.given(a_contact(organizer_id="other"))
    scenario.given(commands.DeleteContact(organizer_id=ORGANIZER, contact_id=gone))
    chosen = [first, uuid4(), foreign, gone, last]
    report = run_bulk(contacts, ORGANIZER, "tag", chosen, tags=("vip",))
    assert counts(report) == (5, 2, 0, 3)
    assert [each.id for each in report.records] == chosen
    assert [each.code for each in report.records] == [
        None, "contact_not_found", "contact_not_found", "contact_not_found", None,
    ]  # fmt: skip
    assert all(bool(each.reason) == (each.outcome == "refused") for each in report.records)
    assert tags_of(contacts, first) == tags_of(contacts, last) == ["vip"]
    assert contacts.contact_list.find("other", foreign).tags == []


def test_a_group_that_is_none_refuses_every_contact(contacts: Contacts) -> None:
    """And changes nothing."""
    ids = some_contacts(contacts, 2)
    before = head(contacts)
    report = run_bulk(contacts, ORGANIZER, "group_add", ids, group_id=uuid4())
    assert [each.code for each in report.records] == ["group_not_found"] * 2
    assert head(contacts) == before


def test_fields_that_cannot_be_accepted_refuse_the_whole(contacts: Contacts) -> None:
    """Before anything is recorded."""
    ids = some_contacts(contacts, 2)
    before = head(contacts)
    with pytest.raises(InvalidCommand):
        run_bulk(contacts, ORGANIZER, "tag", ids, tags=("a,b",))
    assert head(contacts) == before


def test_nobody_is_nothing(contacts: Contacts) -> None:
    """An empty choice is an empty report."""
    assert run_bulk(contacts, ORGANIZER, "deactivate", []) == BulkReport()


def test_five_hundred_contacts_are_a_unit_and_an_interrupted_run_starts_again(
    contacts: Contacts,
) -> None:
    """What was done stays done and answers `unchanged`; the end is the same."""
    ids = some_contacts(contacts, 1_100)
    told: list[tuple[int, int]] = []

    def interrupted(done: int, total: int) -> None:
        told.append((done, total))
        if done == 1_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_bulk(contacts, ORGANIZER, "tag", ids, on_progress=interrupted, tags=("vip",))
    assert told == [(500, 1_100), (1_000, 1_100)]
    assert contacts.contact_list.page(ORGANIZER, tags=["vip"]).total == 1_000
    told.clear()
    report = run_bulk(
        contacts, ORGANIZER, "tag", ids, on_progress=lambda *of: told.append(of), tags=("vip",)
    )
    assert told == [(500, 1_100), (1_000, 1_100), (1_100, 1_100)]
    assert counts(report) == (1_100, 100, 1_000, 0)
    assert contacts.contact_list.page(ORGANIZER, tags=["vip"]).total == 1_100


def test_references_are_ids_or_emails_each_once(contacts: Contacts) -> None:
    """An unknown id stays, to be refused later; an unknown e-mail is refused at once."""
    (ada,), unknown = some_contacts(contacts, 1, email="ada@example.org"), uuid4()
    references = ["ADA@example.org", str(unknown), str(ada)]
    assert resolve_ids(contacts, ORGANIZER, references) == [ada, unknown]
    with pytest.raises(ContactNotFound):
        resolve_ids(contacts, ORGANIZER, ["nobody@example.org"])
    known = resolve_known(contacts, ORGANIZER, [*references, "nobody@example.org", "nobody@x.y"])
    assert known == ([ada, unknown], ["nobody@example.org", "nobody@x.y"])


@pytest.mark.parametrize(
    ("tags", "new", "expected"),
    [
        (("vip", "press"), "Lead", {"press", "Lead"}),
        (("VIP",), "Vip", {"Vip"}),
        (("vip", "LEAD"), "lead", {"LEAD"}),
        (("press",), "lead", {"press"}),
    ],
    ids=["another name", "another spelling", "one that is there", "not there"],
)
@pytest.mark.parametrize("is_active", [True, False])
def test_a_tag_is_renamed_on_everyone_who_has_it(
    contacts: Contacts, tags: tuple[str, ...], new: str, expected: set[str], *, is_active: bool
) -> None:
    """Inactive contacts too; the second time there is nothing to do."""
    ids = some_contacts(contacts, 2, tags=tags)
    if not is_active:
        run_bulk(contacts, ORGANIZER, "deactivate", ids)
    report = rename_tag(contacts, ORGANIZER, "vip", new)
    assert report.changed == report.contacts == (0 if tags == ("press",) else 2)
    assert [set(tags_of(contacts, each)) for each in ids] == [expected] * 2
    assert rename_tag(contacts, ORGANIZER, "vip", new).changed == 0


def test_blanks_around_a_new_name_do_not_matter(contacts: Contacts) -> None:
    """Trimmed as everywhere, so that the second time there is nothing to do."""
    (contact_id,) = some_contacts(contacts, 1, tags=("VIP",))
    assert rename_tag(contacts, ORGANIZER, " vip ", " Vip ").changed == 1
    assert tags_of(contacts, contact_id) == ["Vip"]
    assert rename_tag(contacts, ORGANIZER, " vip ", " Vip ").changed == 0


def test_an_interrupted_renaming_starts_again(contacts: Contacts) -> None:
    """Everybody has one of the two names in between, never both or none."""
    some_contacts(contacts, 600, tags=("vip",))

    def interrupted(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rename_tag(contacts, ORGANIZER, "vip", "lead", on_progress=interrupted)
    assert {each.tag: each.contacts for each in contacts.tags.list(ORGANIZER)} == {
        "lead": 500,
        "vip": 100,
    }
    assert counts(rename_tag(contacts, ORGANIZER, "vip", "lead")) == (100, 100, 0, 0)
    assert [(each.tag, each.contacts) for each in contacts.tags.list(ORGANIZER)] == [("lead", 600)]


def test_a_tag_is_taken_off_everyone_of_one_organizer(scenario: Scenario) -> None:
    """Inactive contacts too; nobody else loses it."""
    contacts = scenario.contacts
    ids = some_contacts(contacts, 2, tags=("VIP", "press"))
    run_bulk(contacts, ORGANIZER, "deactivate", ids[:1])
    foreign = scenario.given(a_contact(organizer_id="other", tags=("vip",)))
    assert counts(delete_tag(contacts, ORGANIZER, "vip", actor="ada")) == (2, 2, 0, 0)
    assert [tags_of(contacts, each) for each in ids] == [["press"]] * 2
    assert contacts.contact_list.find("other", foreign).tags == ["vip"]
    assert contacts.history(ORGANIZER, ids[1])[-1].actor == "ada"
    assert counts(delete_tag(contacts, ORGANIZER, "vip")) == (0, 0, 0, 0)
