"""From command to decision: `HANDLERS` is the table of contents of what the library does."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from contacts_domain import commands, events, import_commands, import_handlers
from contacts_domain.claims import (
    booking_claim,
    email_claim,
    group_name_claim,
    message_claim,
)
from contacts_domain.contact import DETAILS, Contact, begin_contact
from contacts_domain.errors import EmailAlreadyUsed, GroupNameAlreadyUsed
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.importing import (
    created_from_row,
    taken_in,
    warnings_of_new,
    warnings_of_phone,
)
from contacts_domain.learning import created_from_booking
from contacts_domain.phones import entered_phone
from contacts_domain.unit_of_work import Decision, UnitOfWork

# --- contacts ----------------------------------------------------------------------------------


def create_contact(command: commands.CreateContact, unit: UnitOfWork) -> Decision:
    """A new contact, with its tags and memberships."""
    _require_free_email(command.organizer_id, command.email, unit)
    phone = entered_phone(command.phone, unit.region_of(command.organizer_id))
    groups = [unit.group(command.organizer_id, group_id) for group_id in command.group_ids]
    created = events.ContactCreated(
        email=command.email,
        first_name=command.first_name,
        last_name=command.last_name,
        phone=phone.typed,
        phone_e164=phone.e164,
        company=command.company,
        job_title=command.job_title,
        notes=command.notes,
        tags=command.tags,
    )
    joined = [events.ContactGrouped(group_id=each) for each in {group.id: None for group in groups}]
    return Decision(uuid7(), [created, *joined])


def edit_contact(command: commands.EditContact, unit: UnitOfWork) -> Decision:
    """New values for the given fields."""
    contact = unit.contact(command)
    decided: list[events.Event] = []
    if command.email is not None:
        _require_free_email(command.organizer_id, command.email, unit, unless=contact.id)
        decided += contact.change_email(command.email)
    given = {name: getattr(command, name) for name in DETAILS}
    phone = command.phone
    decided += contact.edit(
        {name: value for name, value in given.items() if value is not None},
        None if phone is None else entered_phone(phone, unit.region_of(command.organizer_id)),
    )
    return Decision(contact.id, decided)


def import_contact(command: commands.ImportContact, unit: UnitOfWork) -> Decision:
    """A row of an import, by its mode."""
    region = unit.region_of(command.organizer_id)
    contact = unit.holding_contact(email_claim(command.organizer_id, command.email))
    if contact is None:
        created = created_from_row(command, region)
        return Decision(uuid7(), [created], tuple(warnings_of_new(command, region)))
    decided = taken_in(command, contact, region)
    took_phone = any(
        isinstance(each, events.ContactDetailsChanged) and each.phone is not None
        for each in decided
    )
    warnings = tuple(warnings_of_phone(command, region)) if took_phone else ()
    return Decision(contact.id, decided, warnings)


def tag_contact(command: commands.TagContact, unit: UnitOfWork) -> Decision:
    """Tags put on."""
    contact = unit.contact(command)
    return Decision(contact.id, contact.tag(command.tags))


def untag_contact(command: commands.UntagContact, unit: UnitOfWork) -> Decision:
    """Tags taken off."""
    contact = unit.contact(command)
    return Decision(contact.id, contact.untag(command.tags))


def add_contact_to_group(command: commands.AddContactToGroup, unit: UnitOfWork) -> Decision:
    """A membership begins."""
    contact, group = unit.contact(command), unit.group(command.organizer_id, command.group_id)
    return Decision(contact.id, contact.join(group.id))


def remove_contact_from_group(
    command: commands.RemoveContactFromGroup, unit: UnitOfWork
) -> Decision:
    """A membership ends."""
    contact, group = unit.contact(command), unit.group(command.organizer_id, command.group_id)
    return Decision(contact.id, contact.leave(group.id))


def deactivate_contact(command: commands.DeactivateContact, unit: UnitOfWork) -> Decision:
    """Set aside."""
    contact = unit.contact(command)
    return Decision(contact.id, contact.deactivate())


def reactivate_contact(command: commands.ReactivateContact, unit: UnitOfWork) -> Decision:
    """In use again."""
    contact = unit.contact(command)
    return Decision(contact.id, contact.reactivate())


def delete_contact(command: commands.DeleteContact, unit: UnitOfWork) -> Decision:
    """Hidden, its e-mail free."""
    contact = unit.contact_even_if_deleted(command)
    return Decision(contact.id, contact.delete())


def restore_contact(command: commands.RestoreContact, unit: UnitOfWork) -> Decision:
    """A deletion undone."""
    contact = unit.contact_even_if_deleted(command)
    _require_free_email(command.organizer_id, contact.email, unit, unless=contact.id)
    return Decision(contact.id, contact.restore())


def _require_free_email(
    organizer_id: str, email: str, unit: UnitOfWork, unless: UUID | None = None
) -> None:
    holder = unit.holding_contact(email_claim(organizer_id, email))
    if holder is not None and holder.id != unless:
        raise EmailAlreadyUsed(email, holder.id, is_active=holder.is_active)


# --- interactions ------------------------------------------------------------------------------


def log_interaction(command: commands.LogInteraction, unit: UnitOfWork) -> Decision:
    """A touchpoint written down."""
    contact = unit.contact(command)
    logged = events.ContactInteractionLogged(
        interaction_id=command.interaction_id,
        type=command.type,
        description=command.description,
        occurred_at=command.occurred_at or unit.now(),
        booking_id=command.booking_id,
        metadata=command.metadata,
    )
    return Decision(contact.id, contact.log(logged))


def correct_interaction(command: commands.CorrectInteraction, unit: UnitOfWork) -> Decision:
    """A touchpoint corrected."""
    contact = unit.contact(command)
    return Decision(contact.id, contact.correct(command))


def remove_interaction(command: commands.RemoveInteraction, unit: UnitOfWork) -> Decision:
    """A touchpoint taken off."""
    contact = unit.contact(command)
    return Decision(contact.id, contact.remove_interaction(command.interaction_id))


# --- bookings ----------------------------------------------------------------------------------


def take_in_booking(command: commands.BookingCommand, unit: UnitOfWork) -> Decision:
    """A booking message, recorded at the booking's home contact."""
    home, region = _home_of(command, unit), unit.region_of(command.organizer_id)
    if home is not None:
        return Decision(home.id, home.record_booking(command, region))
    contact_id = uuid7()
    created = created_from_booking(command, region)
    contact = _newborn(contact_id, command.organizer_id, created)
    return Decision(contact_id, [created, *contact.record_booking(command, region)])


def _home_of(command: commands.BookingCommand, unit: UnitOfWork) -> Contact | None:
    """Where the message was recorded, else where its booking is, else who has the e-mail."""
    organizer_id, email = command.organizer_id, command.invitee_email
    return (
        unit.holding_contact(
            message_claim(organizer_id, command.message_source, command.message_id)
        )
        or unit.holding_contact(booking_claim(organizer_id, command.booking_id, email))
        or unit.holding_contact(email_claim(organizer_id, email))
    )


def _newborn(contact_id: UUID, organizer_id: str, created: events.ContactCreated) -> Contact:
    contact = begin_contact(RecordedEvent(contact_id, 1, organizer_id, created))
    contact.apply(created)
    return contact


# --- groups ------------------------------------------------------------------------------------


def create_group(command: commands.CreateGroup, unit: UnitOfWork) -> Decision:
    """A new group, with its first members."""
    _require_free_group_name(command.organizer_id, command.name, unit)
    group_id = uuid7()
    created = events.GroupCreated(
        group_name=command.name, description=command.description, color=command.color
    )
    members = [unit.contact_of(command.organizer_id, each) for each in command.contact_ids]
    joined = {contact.id: contact.join(group_id) for contact in members}
    return Decision(group_id, [created], elsewhere=[*joined.items()])


def change_group(command: commands.ChangeGroup, unit: UnitOfWork) -> Decision:
    """New values for the given fields."""
    group = unit.group(command.organizer_id, command.group_id)
    if command.name is not None:
        _require_free_group_name(command.organizer_id, command.name, unit, unless=group.id)
    return Decision(group.id, group.change(command.name, command.description, command.color))


def delete_group(command: commands.DeleteGroup, unit: UnitOfWork) -> Decision:
    """A group's end."""
    group = unit.group_even_if_deleted(command.organizer_id, command.group_id)
    return Decision(group.id, group.delete())


def _require_free_group_name(
    organizer_id: str, name: str, unit: UnitOfWork, unless: UUID | None = None
) -> None:
    holder = unit.holder(group_name_claim(organizer_id, name))
    if holder is not None and holder != unless:
        raise GroupNameAlreadyUsed(name, holder)


# --- organizers --------------------------------------------------------------------------------


def change_settings(command: commands.ChangeSettings, unit: UnitOfWork) -> Decision:
    """Another way of working."""
    organizer = unit.organizer(command.organizer_id)
    return Decision(organizer.id, organizer.change(command.default_region, command.name_order))


def save_search(command: commands.SaveSearch, unit: UnitOfWork) -> Decision:
    """A filter got a name."""
    organizer = unit.organizer(command.organizer_id)
    return Decision(organizer.id, organizer.save_search(command.name, command.criteria))


def delete_search(command: commands.DeleteSearch, unit: UnitOfWork) -> Decision:
    """A name is gone."""
    organizer = unit.organizer(command.organizer_id)
    return Decision(organizer.id, organizer.delete_search(command.name))


Handler = Callable[[Any, UnitOfWork], Decision]

HANDLERS: Mapping[type[commands.Command], Handler] = {
    commands.CreateContact: create_contact,
    commands.EditContact: edit_contact,
    commands.ImportContact: import_contact,
    commands.TagContact: tag_contact,
    commands.UntagContact: untag_contact,
    commands.AddContactToGroup: add_contact_to_group,
    commands.RemoveContactFromGroup: remove_contact_from_group,
    commands.DeactivateContact: deactivate_contact,
    commands.ReactivateContact: reactivate_contact,
    commands.DeleteContact: delete_contact,
    commands.RestoreContact: restore_contact,
    commands.LogInteraction: log_interaction,
    commands.CorrectInteraction: correct_interaction,
    commands.RemoveInteraction: remove_interaction,
    commands.RecordBooking: take_in_booking,
    commands.RescheduleBooking: take_in_booking,
    commands.CompleteBooking: take_in_booking,
    commands.CancelBooking: take_in_booking,
    commands.CreateGroup: create_group,
    commands.ChangeGroup: change_group,
    commands.DeleteGroup: delete_group,
    commands.ChangeSettings: change_settings,
    commands.SaveSearch: save_search,
    commands.DeleteSearch: delete_search,
    import_commands.SaveMapping: import_handlers.save_mapping,
    import_commands.DeleteMapping: import_handlers.delete_mapping,
    import_commands.StartImport: import_handlers.start_import,
    import_commands.ConfirmImport: import_handlers.confirm_import,
    import_commands.TakeInRows: import_handlers.take_in_rows,
    import_commands.CancelImport: import_handlers.cancel_import,
    import_commands.UndoImport: import_handlers.undo_import,
    import_commands.UndoImportOfContact: import_handlers.undo_import_of_contact,
    import_commands.NoteContactsUndone: import_handlers.note_contacts_undone,
    import_commands.NoteExport: import_handlers.note_export,
}
"""Which function decides which command."""
