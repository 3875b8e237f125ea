"""`contacts settings|search|tags`: what belongs to the organizer and not to one contact."""

from typing import Annotated

import orjson
from cyclopts import App, Parameter

from adapters.bulk import delete_tag, rename_tag
from adapters.cli.documents import (
    bulk_tables,
    receipt_document,
    receipt_tables,
    searches_tables,
    settings_tables,
    tags_tables,
)
from adapters.cli.filters import NO_FILTER, FilterOptions
from adapters.cli.session import InSession
from contacts_domain.commands import ChangeSettings, DeleteSearch, SaveSearch
from contacts_domain.contact_filter import ContactFilter
from contacts_domain.errors import InvalidQuery
from contacts_domain.events import NameOrder

Flag = Parameter(negative="")


def register(app: App) -> None:
    """Add the commands of this module."""
    settings = App(name="settings", help="How the address book works.")
    settings.command(show_settings, name="show")
    settings.command(set_settings, name="set")
    app.command(settings)
    search = App(name="search", help="Saved searches, for `list --saved NAME`.")
    search.command(save_search, name="save")
    search.command(list_searches, name="list")
    search.command(delete_search, name="delete")
    app.command(search)
    tags = App(name="tags", help="All tags with the number of their contacts.")
    tags.default(list_tags)
    tags.command(rename, name="rename")
    tags.command(delete, name="delete")
    app.command(tags)


def show_settings(*, session: InSession) -> None:
    """Show the settings."""
    with session.open() as contacts:
        settings = contacts.organizers.settings(session.organizer)
    session.output.show(settings, lambda: settings_tables(settings))


def set_settings(
    *, region: str | None = None, name_order: NameOrder | None = None, session: InSession
) -> None:
    """Change settings; what is left out stays.

    Parameters
    ----------
    region
        ISO 3166-1 code for phone numbers without a country code; "" for the installation's. The
        global option --default-region is understood as well.
    name_order
        How full names are written.
    """
    region = session.default_region_given if region is None else region
    given = {"default_region": region, "name_order": name_order}
    changes = {name: value for name, value in given.items() if value is not None}
    with session.open() as contacts:
        receipt = contacts.handle(ChangeSettings.model_validate({**session.about, **changes}))
    session.output.show(receipt_document(receipt), lambda: receipt_tables(receipt))


def save_search(name: str, *, where: FilterOptions = NO_FILTER, session: InSession) -> None:
    """Save the given filter options under a name.

    Parameters
    ----------
    name
        A name in use gets the new filter.
    """
    with session.open() as contacts:
        if not where.is_given:
            raise InvalidQuery("Give the options of `list` that the search shall stand for.")
        criteria = where.criteria(contacts, session.organizer)
        ContactFilter.of(criteria)  # before it is made JSON, which knows no other kinds
        text = orjson.dumps(criteria, option=orjson.OPT_UTC_Z).decode()
        receipt = contacts.handle(SaveSearch(**session.about, name=name, criteria=text))
    session.output.show(receipt_document(receipt), lambda: receipt_tables(receipt))


def list_searches(*, session: InSession) -> None:
    """List the saved searches."""
    with session.open() as contacts:
        searches = contacts.organizers.searches(session.organizer)
    session.output.show({"items": searches}, lambda: searches_tables(searches))


def delete_search(name: str, *, session: InSession) -> None:
    """Delete a saved search."""
    with session.open() as contacts:
        receipt = contacts.handle(DeleteSearch(**session.about, name=name))
    session.output.show(receipt_document(receipt), lambda: receipt_tables(receipt))


def list_tags(*, prefix: str = "", session: InSession) -> None:
    """List tags, the most used first.

    Parameters
    ----------
    prefix
        Only tags that begin with this.
    """
    with session.open() as contacts:
        tags = contacts.tags.list(session.organizer, prefix=prefix)
    session.output.show({"items": tags}, lambda: tags_tables(tags))


def rename(tag: str, new_tag: str, *, session: InSession) -> None:
    """Give a tag another name on every contact that has it."""
    with session.open() as contacts, session.output.progress("Renaming") as on_progress:
        report = rename_tag(
            contacts,
            session.organizer,
            tag,
            new_tag,
            on_progress=on_progress,
            actor=session.actor,
            source="cli",
        )
    session.output.show(report, lambda: bulk_tables(report))


def delete(tag: str, *, yes: Annotated[bool, Flag] = False, session: InSession) -> None:
    """Take a tag off every contact that has it.

    Parameters
    ----------
    tag
        The tag, in any letter case.
    yes
        Do not ask.
    """
    if not yes:
        session.output.confirm(f"Take the tag {tag} off all contacts?")
    with session.open() as contacts, session.output.progress("Removing") as on_progress:
        report = delete_tag(
            contacts,
            session.organizer,
            tag,
            on_progress=on_progress,
            actor=session.actor,
            source="cli",
        )
    session.output.show(report, lambda: bulk_tables(report))
