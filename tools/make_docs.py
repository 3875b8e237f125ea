"""Write the reference from the code: pages, schema and AsyncAPI document in ``docs/reference``.

Run ``python -m tools.make_docs``. With ``--check`` nothing is written; the exit code is 1 if a
page differs from what would be written, and those pages are named.
"""

import argparse
import ast
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import takewhile
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from cyclopts import App
from cyclopts.argument import Argument
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from adapters.bookings.message_schema import message_schema
from adapters.cli.main import build_app
from adapters.kafka.settings import KafkaSettings
from adapters.settings import Settings
from contacts_domain import command_fields, emails, errors, free_text, instants, tags
from contacts_domain.commands import ChangeSettings, Command
from contacts_domain.event_schema import EVENT_TYPES, current_version
from contacts_domain.handlers import HANDLERS
from contacts_domain.personal_data import Sensitivity
from tools.asyncapi import SCHEMA_FILE, asyncapi_document

CHECKOUT = Path(__file__).resolve().parent.parent
REFERENCE = CHECKOUT / "docs" / "reference"
GOLDEN = CHECKOUT / "tests" / "golden"

COMMAND = "python -m tools.make_docs"
GENERATED = f"<!-- Generated from the code by `{COMMAND}`. Do not edit; edit the code. -->"

# --- text --------------------------------------------------------------------------------------


def sentences(thing: Any) -> str:
    """The docstring, without its lists of parameters."""
    return inspect.cleandoc(thing.__doc__ or "").partition("\n\nParameters\n---")[0]


def one_line(text: str) -> str:
    """`text` as a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, or nothing if it has no rows."""
    lines = [f"| {' | '.join(map(one_line, row))} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(headers)} |", "|---" * len(headers) + "|", *lines])


def json_block(document: object) -> str:
    """A fenced block of indented JSON."""
    return f"```json\n{json.dumps(document, indent=2, ensure_ascii=False)}\n```"


def page(*parts: str) -> str:
    """The parts with blank lines between them, under the comment that warns editors."""
    return "\n\n".join(part for part in (GENERATED, *parts) if part) + "\n"


# --- classes and their fields ------------------------------------------------------------------


@cache
def attribute_docstrings(cls: type) -> Mapping[str, str]:
    """The strings under the attributes of a class and of the classes above it."""
    found: dict[str, str] = {}
    for each in reversed(cls.__mro__):
        if not each.__module__.startswith(("contacts_domain", "projections", "adapters")):
            continue
        (definition,) = ast.parse(inspect.getsource(each)).body
        assert isinstance(definition, ast.ClassDef)  # noqa: S101
        for node, following in zip(definition.body, definition.body[1:], strict=False):
            if (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.target, ast.Name)
                and isinstance(following, ast.Expr)
                and isinstance(following.value, ast.Constant)
            ):
                found[node.target.id] = inspect.cleandoc(str(following.value.value))
    return found


PLAIN_TYPES: Mapping[Any, str] = {
    str: "text",
    bool: "yes or no",
    int: "whole number",
    float: "number",
    UUID: "UUID",
    datetime: "time",
    AwareDatetime: "time",
    Path: "file",
}


def _validators() -> Iterator[tuple[Any, str]]:
    """What each validating function of a field type means, in words."""
    for name, annotated in vars(free_text).items():
        kind = re.fullmatch(r"(Line|Text)(\d+)", name)
        if kind:
            breaks = "one line, " if kind[1] == "Line" else ""
            yield annotated.__metadata__[0].func, f"{breaks}at most {int(kind[2]):,} characters"
    yield free_text.required, "not blank"
    yield free_text.sanitized, "any; what cannot be stored is replaced"
    yield emails.checked_email, f"an e-mail address, at most {emails.MAX_LENGTH} characters"
    yield _only_validator(command_fields.Color), "a hex code such as `#0066cc`"
    yield _only_validator(command_fields.Region), "an ISO 3166-1 alpha-2 code"
    yield (
        _only_validator(command_fields.Metadata),
        f"a JSON object, at most {command_fields.MAX_METADATA_BYTES:,} bytes",
    )
    yield _only_validator(command_fields.SearchCriteria), "criteria of `contact_list.page`"
    yield (
        _only_validator(command_fields.OrganizerId),
        "one line, 1 to 100 characters in NFC, no white space around it",
    )
    yield command_fields.NotNull.func, ""
    yield _only_validator(instants.Instant), ""
    yield tags.checked_tag, f"1 to {tags.MAX_LENGTH} characters, no comma, no line break"
    yield tags.distinct, "each once, compared without case"


def _only_validator(annotated: Any) -> Any:
    return annotated.__metadata__[-1].func


VALIDATORS: Mapping[Any, str] = dict(_validators())


def type_in_words(hint: Any) -> str:
    """What a field may hold; TypeError for a validator that `VALIDATORS` does not describe."""
    if hint in PLAIN_TYPES:
        return PLAIN_TYPES[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _limited(arguments[0], arguments[1:])
    if origin is Literal:
        return ", ".join(f"`{each}`" for each in arguments)
    if origin in (Union, UnionType):
        return " or ".join(type_in_words(each) for each in arguments if each is not NoneType)
    if origin is tuple:
        return f"list of {type_in_words(arguments[0])}"
    if inspect.isclass(hint) and issubclass(hint, BaseModel):
        return f"`{hint.__name__}`"
    raise TypeError(f"describe {hint} in tools/make_docs.py")


def _limited(base: Any, metadata: Sequence[Any]) -> str:
    limits = []
    for each in metadata:
        if isinstance(each, (Sensitivity, FieldInfo)):
            continue
        if each.func not in VALIDATORS:
            raise TypeError(f"describe {each.func} in VALIDATORS of tools/make_docs.py")
        limits.append(VALIDATORS[each.func])
    said = [limit for limit in limits if limit]
    within = "; " if ":" in type_in_words(base) else ": "
    return within.join([type_in_words(base), *([", ".join(said)] if said else [])])


def default_in_words(field: FieldInfo) -> str:
    """What holds when a field is left out."""
    if field.is_required():
        return "required"
    if field.default_factory is not None:
        return "made anew"
    return value_in_words(field.default)


def value_in_words(value: object) -> str:
    """A default, as JSON writes it."""
    if value is None or value == ():
        return "none"
    return f"`{json.dumps(value)}`"


# --- commands ----------------------------------------------------------------------------------

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
    _only_validator(command_fields.Color): errors.InvalidColor,
}


def commands_page() -> str:
    """Every command, with the fields that all share said once."""
    shared = [
        "## Fields of every command",
        _fields_table(Command, Command.model_fields),
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
            _fields_table(command, own),
            f"Refused with: {refusals}.",
            json_block(command.model_json_schema()),
        ]
    )


def _fields_table(command: type[Command], names: Iterable[str]) -> str:
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


# --- events ------------------------------------------------------------------------------------

EVENTS_INTRODUCTION = """
# Events

What happened, under the names they are stored with, in the order of
`contacts_domain.event_schema.EVENT_TYPES`. Names are for ever. A field may be added with a
default; anything else is a [new version](../how-to/evolve-an-event.md). Fields that are none are
not stored. The envelope (stream, version, organizer, who, when) lies
[beside the event](../adr/0006-events-and-envelope.md). The examples are the golden files, which
every later version of the library must still read.
"""


def events_page() -> str:
    """Every event."""
    return page(EVENTS_INTRODUCTION.strip(), *map(_event, EVENT_TYPES))


def _event(name: str) -> str:
    event, version = EVENT_TYPES[name], current_version(name)
    return "\n\n".join(
        part
        for part in [
            f"## {name}",
            f"Version {version}, class `{event.__name__}`. {sentences(event)}",
            _event_fields(event) or "It has no fields.",
            json_block(event.model_json_schema()),
            *_golden(name, version),
        ]
        if part
    )


def _event_fields(event: type[BaseModel]) -> str:
    hints = get_type_hints(event, include_extras=True)
    said = attribute_docstrings(event)
    return table(
        ("field", "holds", "if left out", "personal", "meaning"),
        (
            (
                f"`{name}`",
                type_in_words(hints[name]),
                default_in_words(field),
                "personal" if Sensitivity.PERSONAL in field.metadata else "not personal",
                said.get(name, ""),
            )
            for name, field in event.model_fields.items()
        ),
    )


def _golden(name: str, latest: int) -> Iterator[str]:
    for version in range(1, latest + 1):
        file = GOLDEN / f"{name}.v{version}.json"
        if file.exists():
            yield f"As version {version} was stored:"
            yield json_block(json.loads(file.read_text(encoding="utf-8")))


# --- errors ------------------------------------------------------------------------------------

ERRORS_INTRODUCTION = """
# Errors

Every refusal and failure is a subclass of `contacts_domain.errors.ContactsError`. Its `code` is
the class name in snake_case, `message` says what was wrong and what to do, `details` holds the
facts. The command line prints the message on standard error and exits with 1; with `--json` it
prints `{"error": {"code", "message", "details"}}` there.
"""

REFUSED = """
Subclasses of `Refused`: nothing of the command was recorded. In a batch with `on_refusal="report"`
all other commands are.
"""

WRONG_USAGE = "An unknown command or option, or a value of the wrong kind; exit code 2."


def errors_page() -> str:
    """Every code."""
    classes = [
        each
        for each in vars(errors).values()
        if inspect.isclass(each) and issubclass(each, errors.ContactsError)
    ]
    families = (errors.ContactsError, errors.Refused)
    refused = [each for each in classes if issubclass(each, errors.Refused)]
    storage = [each for each in classes if issubclass(each, errors.StorageError)]
    others = [each for each in classes if each not in [*refused, *storage, *families]]
    return page(
        ERRORS_INTRODUCTION.strip(),
        "## Refused commands",
        REFUSED.strip(),
        _errors_table(each for each in refused if each not in families),
        "## Queries, files, settings and questions",
        _errors_table(others),
        "## Storage",
        "Subclasses of `StorageError`.",
        _errors_table(storage),
        "## The command line's own",
        table(("code", "meaning"), [("`wrong_usage`", WRONG_USAGE)]),
    )


def _errors_table(classes: Iterable[type[errors.ContactsError]]) -> str:
    return table(("code", "meaning"), ((f"`{each.code}`", sentences(each)) for each in classes))


# --- settings ----------------------------------------------------------------------------------

SETTINGS_INTRODUCTION = """
# Settings

The command line reads these from the environment when it starts. An option given there comes
first. The library itself reads no environment: what it needs are arguments of `open_contacts`.
"""

KAFKA_INTRODUCTION = """
For consumers of booking messages ([how to](../how-to/consume-bookings.md)). In the library they are
fields of `KafkaSettings`, which `KafkaSettings.read()` takes from the environment.
"""

ORGANIZERS_INTRODUCTION = """
Every organizer may set these for itself. They are recorded as events, by the command
[ChangeSettings](commands.md#changesettings) or by
[contacts settings set](command-line.md#contacts-settings-set).
"""


def settings_page() -> str:
    """The settings of an installation, of its consumers, and those of an organizer."""
    app = build_app()
    own = [name for name in ChangeSettings.model_fields if name not in Command.model_fields]
    return page(
        SETTINGS_INTRODUCTION.strip(),
        _settings_table(Settings, app.meta),
        "## Kafka",
        KAFKA_INTRODUCTION.strip(),
        _settings_table(KafkaSettings, app["bookings"]["consume"]),
        "## Settings of an organizer",
        ORGANIZERS_INTRODUCTION.strip(),
        _fields_table(ChangeSettings, own),
    )


def _settings_table(settings: type[BaseSettings], command: App) -> str:
    """A row for each variable, with the option that comes before it."""
    prefix = settings.model_config["env_prefix"].upper()
    said = attribute_docstrings(settings)
    options = {name for each in _shown(command) for name in each.names}
    rows = (
        (
            f"`{prefix}{name.upper()}`",
            said[name],
            "" if field.default_factory else value_in_words(field.default),
            f"`{option}`" if (option := f"--{name.replace('_', '-')}") in options else "",
        )
        for name, field in settings.model_fields.items()
    )
    return table(("variable", "meaning", "default", "option"), rows)


# --- the command line --------------------------------------------------------------------------

COMMAND_LINE_INTRODUCTION = """
# The command line

Exit code 0: done. 1: refused or failed. 2: wrong usage. Every command has `--help`. Times without
an offset are UTC.
"""


def command_line_page() -> str:
    """The tree of commands, and the options that many of them share."""
    app = build_app()
    name = app.name[0]
    sections: list[str] = []
    shared: dict[type, list[Argument]] = {}
    for path, command in _commands([name], app):
        sections.append(_command_section(" ".join(path), command, shared))
    return page(
        COMMAND_LINE_INTRODUCTION.strip(),
        "## Global options",
        "They stand before or after the command.",
        _options_table(_shown(app.meta)),
        *sections,
        *(_shared_section(cls, options) for cls, options in shared.items()),
    )


def _commands(path: list[str], app: App) -> Iterator[tuple[list[str], App]]:
    for name in app:
        if not name.startswith("-"):
            yield [*path, name], app[name]
            yield from _commands([*path, name], app[name])


def _command_section(path: str, app: App, shared: dict[type, list[Argument]]) -> str:
    heading = f"## {path}"
    described = inspect.cleandoc(app.help).partition("\n\nParameters\n---")[0]
    if app.default_command is None:
        return f"{heading}\n\n{described}"
    shown = _shown(app)
    positional = [each for each in shown if _is_positional(each)]
    options = [each for each in shown if not _is_positional(each)]
    groups = [each.hint for each in _assembled(app) if each.names == ("*",)]
    for group in groups:
        shared.setdefault(group, [each for each in options if each.keys])
    if groups:
        options = [each for each in options if not each.keys]
    see_also = [f"And [these options]({_anchor(_shared_title(shared[each]))})." for each in groups]
    return "\n\n".join(
        part
        for part in [
            heading,
            described,
            f"```text\n{_usage(path, positional, options, is_filtered=bool(groups))}\n```",
            _arguments_table(positional),
            _options_table(options),
            *see_also,
        ]
        if part
    )


def _assembled(app: App) -> Iterable[Argument]:
    return app.assemble_argument_collection(parse_docstring=True)


def _shown(app: App) -> list[Argument]:
    return [each for each in _assembled(app) if each.parse and each.show]


def _is_positional(argument: Argument) -> bool:
    field = argument.field_info
    return field.kind in (field.VAR_POSITIONAL, field.POSITIONAL_ONLY, field.POSITIONAL_OR_KEYWORD)


def _usage(
    path: str, positional: list[Argument], options: list[Argument], *, is_filtered: bool
) -> str:
    words = [path]
    for each in positional:
        word = _argument_name(each) + ("..." if _is_repeated(each) else "")
        words.append(word if each.required else f"[{word}]")
    words += [f"{each.names[0]} ..." for each in options if each.required]
    if is_filtered or not all(each.required for each in options):
        words.append("[options]")
    return " ".join(words)


def _argument_name(argument: Argument) -> str:
    return argument.names[0].removeprefix("--").upper()


def _is_repeated(argument: Argument) -> bool:
    return get_origin(argument.hint) is tuple


def _arguments_table(arguments: Iterable[Argument]) -> str:
    rows = (
        (f"`{_argument_name(each)}`", _argument_type(each), each.parameter.help or "")
        for each in arguments
    )
    return table(("argument", "may hold", "meaning"), rows)


def _options_table(options: Iterable[Argument]) -> str:
    rows = (
        (
            ", ".join(f"`{name}`" for name in each.names),
            _argument_type(each),
            _argument_default(each),
            each.parameter.help or "",
        )
        for each in options
    )
    return table(("option", "may hold", "default", "meaning"), rows)


def _argument_type(argument: Argument) -> str:
    words = type_in_words(argument.hint)
    return "a switch" if words == PLAIN_TYPES[bool] else words


def _argument_default(argument: Argument) -> str:
    if argument.required:
        return "required"
    default = argument.field_info.default
    return "" if default in (None, "", (), False) else value_in_words(default)


def _shared_section(cls: type, options: list[Argument]) -> str:
    title = _shared_title(options)
    return "\n\n".join([f"## {title}", sentences(cls), _options_table(options)])


def _shared_title(options: list[Argument]) -> str:
    letters = zip(*(each.names[0] for each in options), strict=False)
    prefix = "".join(each[0] for each in takewhile(lambda each: len(set(each)) == 1, letters))
    return f"Options {prefix}…"


def _anchor(title: str) -> str:
    """The anchor that Markdown renderers give a heading."""
    return "#" + re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


# --- documents for machines --------------------------------------------------------------------

GENERATED_JSON = f"Generated from the code by `{COMMAND}`. Do not edit; edit the code."


def schema_file() -> str:
    """The JSON Schema of a booking message."""
    return _json_file({"$comment": GENERATED_JSON, **message_schema()})


def asyncapi_file() -> str:
    """The AsyncAPI document of the channel of bookings."""
    return _json_file({**asyncapi_document(), "x-generated": GENERATED_JSON})


def _json_file(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


# --- the program -------------------------------------------------------------------------------

PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "events.md": events_page,
    "errors.md": errors_page,
    "settings.md": settings_page,
    "command-line.md": command_line_page,
    SCHEMA_FILE: schema_file,
    "asyncapi.json": asyncapi_file,
}


def differing() -> list[str]:
    """The pages that are not what the code says, by name."""
    return [name for name, make in PAGES.items() if _written(REFERENCE / name) != make()]


def _written(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or check them; the exit code."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, name what differs")
    if parser.parse_args(arguments).check:
        differ = differing()
        for name in differ:
            print(f"docs/reference/{name} is not what the code says; run {COMMAND}")
        return 1 if differ else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
