"""The page of the command line."""

import inspect
import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import get_origin

from cyclopts import App
from cyclopts.argument import Argument

from adapters.cli.main import build_app
from tools.reference.fields import PLAIN_TYPES, type_in_words, value_in_words
from tools.reference.markdown import page, sentences, table

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
        _options_table(arguments_of(app.meta)),
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
    shown = arguments_of(app)
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


def arguments_of(app: App) -> list[Argument]:
    """The arguments that its help shows."""
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
