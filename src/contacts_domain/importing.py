"""What a row of an import makes of the address book: a new contact, new values, or nothing."""

from collections.abc import Iterator

from contacts_domain.commands import ImportContact
from contacts_domain.contact import DETAILS, Contact
from contacts_domain.errors import FieldProblem
from contacts_domain.events import ContactCreated, Event
from contacts_domain.learning import placeholder_name
from contacts_domain.names import PersonName
from contacts_domain.phones import IMPOSSIBLE, is_impossible, readable_phone


def created_from_row(row: ImportContact, default_region: str | None) -> ContactCreated:
    """The contact that a row with a free e-mail becomes."""
    name = _given_name(row)
    is_placeholder = not any(name)
    first_name, last_name = placeholder_name(row.email) if is_placeholder else name
    phone = readable_phone(row.phone, default_region)
    return ContactCreated(
        email=row.email,
        first_name=first_name,
        last_name=last_name,
        name_is_placeholder=is_placeholder,
        phone=phone.typed,
        phone_e164=phone.e164,
        company=row.company,
        job_title=row.job_title,
        notes=row.notes,
        tags=row.tags,
    )


def taken_in(row: ImportContact, contact: Contact, default_region: str | None) -> list[Event]:
    """What the row changes about the contact that has its e-mail, by the row's mode."""
    match row.on_duplicate:
        case "skip":
            return []
        case "update":
            return _updated(row, contact, default_region)
        case "merge":
            return _merged(row, contact, default_region)


def _updated(row: ImportContact, contact: Contact, default_region: str | None) -> list[Event]:
    """Filled cells overwrite; filled tags replace."""
    phone = readable_phone(row.phone, default_region) if row.phone else None
    edited = contact.edit(_filled(row, contact), phone)
    return [*edited, *(contact.replace_tags(row.tags) if row.tags else ())]


def _merged(row: ImportContact, contact: Contact, default_region: str | None) -> list[Event]:
    """Blanks are filled, tags united; what is there, notes included, stays."""
    filled = _filled(row, contact)
    blanks = {name for name in filled if not getattr(contact, name)}
    if contact.name_is_placeholder:
        blanks |= {"first_name", "last_name"}
    is_phoneless = not contact.phone.typed
    phone = readable_phone(row.phone, default_region) if row.phone and is_phoneless else None
    edited = contact.edit({name: filled[name] for name in filled if name in blanks}, phone)
    return [*edited, *contact.tag(row.tags)]


def warnings_of_new(row: ImportContact, default_region: str | None) -> Iterator[FieldProblem]:
    """What a new contact took from its row, but not as given."""
    if not row.first_name:
        substitute = "the last name" if row.last_name else "the text before the @"
        yield FieldProblem("first_name", f"blank; {substitute} is used instead", "")
    yield from warnings_of_phone(row, default_region)


def warnings_of_phone(row: ImportContact, default_region: str | None) -> Iterator[FieldProblem]:
    """A phone number that was taken in although it is none."""
    if is_impossible(row.phone, default_region):
        yield FieldProblem("phone", f"kept as typed: {IMPOSSIBLE}", row.phone)


def _filled(row: ImportContact, contact: Contact) -> dict[str, str]:
    """The cells that hold something, the name as this contact would have got it."""
    values = {name: getattr(row, name) for name in DETAILS}
    given = _given_name(row)
    if contact.name_is_placeholder or given == (contact.first_name, contact.last_name):
        values |= {"first_name": given.first, "last_name": given.last}
    return {name: value for name, value in values.items() if value}


def _given_name(row: ImportContact) -> PersonName:
    """A row with a last name only has it as the first name."""
    if row.first_name:
        return PersonName(row.first_name, row.last_name)
    return PersonName(row.last_name, "")
