"""The page of commands."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from contacts_domain import command_fields, emails, errors, tags
from contacts_domain.commands import Command
from contacts_domain.handlers import HANDLERS
from tools.reference.fields import (
    attribute_docstrings,
    default_in_words,
    only_validator,
    type_in_words,
)
from tools.reference.markdown import json_block, page, sentences, table

COMMANDS_INTRODUCTION = """
# Commands

What may be asked for, in the order of `contacts_domain.handlers.HANDLERS`. A command is made and
handed to `contacts.handle(command)`, which answers a receipt or raises a refusal. A field that a
command does not have is refused. Where a field left out means *unchanged*, null is refused and `""`
clears. A command that changes nothing answers a receipt with 0 events.

The JSON Schema tells the shape; the limits stand in the tables only.
"""

REFUSED_ANYWHERE = (errors.InvalidCommand, errors.CommandIdReused, errors.ConcurrentModification)
REFUSED_BY_VALIDATOR: Mapping[Any, type[errors.ContactsError]] = {
    emails.checked_email: errors.InvalidEmail,
    tags.checked_tag: errors.InvalidTag,
    only_validator(command_fields.Color): errors.InvalidColor,
}


def commands_page() -> str:
    """Every command, with the fields that all share said once."""
    shared = [
        "## Fields of every command",
        fields_table(Command, Command.model_fields),
        f"Every command may be refused with {_codes(REFUSED_ANYWHERE)}; see [errors](errors.md).",
    ]
    return page(COMMANDS_INTRODUCTION.strip(), *shared, *map(_command, HANDLERS))


def _command(command: type[Command]) -> str:
    own = [
        name
        for name, field in command.model_fields.items()
        if name not in Command.model_fields or field.default != Command.model_fields[name].default
    ]
    refusals = _codes(_refusals(command)) or "nothing but what refuses every command"
    return "\n\n".join(
        [
            f"## {command.__name__}",
            sentences(command),
            fields_table(command, own),
            f"Refused with: {refusals}.",
            json_block(command.model_json_schema()),
        ]
    )


def fields_table(command: type[Command], names: Iterable[str]) -> str:
    """A row for each of these fields."""
    hints = get_type_hints(command, include_extras=True)
    said = attribute_docstrings(command)
    return table(
        ("field", "may hold", "if left out", "meaning"),
        (
            (
                f"`{name}`",
                type_in_words(hints[name]),
                _default_of(command, name, hints[name]),
                said.get(name, ""),
            )
            for name in names
        ),
    )


def _default_of(command: type[Command], name: str, hint: Any) -> str:
    if command_fields.NotNull in get_args(hint)[1:]:
        return "unchanged"
    return default_in_words(command.model_fields[name])


def _refusals(command: type[Command]) -> list[type[errors.ContactsError]]:
    """What the docstrings of the command and of those above it name, and what its fields refuse."""
    named = [
        getattr(errors, word)
        for each in reversed(command.__mro__)
        for refused in re.findall(r"Refused: (.*?\.)", each.__doc__ or "", re.DOTALL)
        for word in re.findall(r"\b[A-Z]\w+", refused)
    ]
    hints = get_type_hints(command, include_extras=True)
    validators = [
        validator for name in command.model_fields for validator in _validators_in(hints[name])
    ]
    by_field = [error for v, error in REFUSED_BY_VALIDATOR.items() if v in validators]
    return list(dict.fromkeys(by_field + named))


def _validators_in(hint: Any) -> Iterator[Any]:
    if get_origin(hint) is Annotated:
        yield from (getattr(each, "func", None) for each in hint.__metadata__)
    for each in get_args(hint):
        yield from _validators_in(each)


def _codes(refusals: Iterable[type[errors.ContactsError]]) -> str:
    return ", ".join(f"`{each.code}`" for each in refusals)
