"""The program `contacts`: reads global options, runs a command, turns errors into exit codes.

Exit 0: done. 1: refused or failed. 2: wrong usage. Global options stand before or after the
subcommand.
"""

import logging
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated

import structlog
from cyclopts import App, CycloptsError, Parameter

from adapters.cli import (
    booking_commands,
    bulk_commands,
    claims_commands,
    contacts_commands,
    demo,
    export_commands,
    group_commands,
    import_commands,
    interaction_commands,
    migration_commands,
    organizer_commands,
    projection_commands,
)
from adapters.cli.output import Output
from adapters.cli.session import Session
from adapters.settings import Settings
from contacts_domain.errors import ContactsError, UnwritableFile

DONE, FAILED, WRONG_USAGE = 0, 1, 2
BROKEN_PIPE = 141
INTERRUPTED = 130


def build_app() -> App:
    """The command tree."""
    app = App(
        name="contacts",
        help="An address book of the people who book you.",
        version=version("contacts-domain"),
        help_format="plaintext",
        result_action="return_value",
    )
    app.command(demo.demo)
    for commands in (
        contacts_commands,
        bulk_commands,
        group_commands,
        interaction_commands,
        organizer_commands,
        import_commands,
        export_commands,
        booking_commands,
        projection_commands,
        claims_commands,
        migration_commands,
    ):
        commands.register(app)

    def launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        database: str | None = None,
        organizer: str | None = None,
        actor: str | None = None,
        default_region: str | None = None,
        json: Annotated[bool, Parameter(negative="")] = False,
    ) -> None:
        """Run a command.

        Parameters
        ----------
        database
            An SQLAlchemy URL or the path of an SQLite file (CONTACTS_DATABASE; contacts.db).
        organizer
            Whose address book (CONTACTS_ORGANIZER; default).
        actor
            Who acts, for the history (CONTACTS_ACTOR; the user of the operating system).
        default_region
            ISO country for phone numbers without a country code, unless the organizer's settings
            name one (CONTACTS_DEFAULT_REGION).
        json
            One JSON document on standard output; errors as JSON on standard error.
        """
        command, bound, unparsed = app.parse_args(tokens, exit_on_error=False, print_error=False)
        settings = Settings.read(
            database=database, organizer=organizer, actor=actor, default_region=default_region
        )
        session = Session(settings, organizer, default_region, Output(is_json=json))
        command(*bound.args, **bound.kwargs, **dict.fromkeys(unparsed, session))

    app.meta.default(launch)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code."""
    output = Output(is_json=any(each.partition("=")[0] == "--json" for each in arguments))
    if not all(map(_is_text, (*arguments, *_own_environment()))):
        output.fail("wrong_usage", "Arguments and CONTACTS_ settings must be UTF-8 text.", {})
        return WRONG_USAGE
    try:
        build_app().meta(list(arguments), exit_on_error=False, print_error=False)
    except CycloptsError as error:
        output.fail("wrong_usage", f"{error} See contacts --help.", {})
        return WRONG_USAGE
    except ContactsError as error:
        output.refuse(error)
        return FAILED
    except BrokenPipeError:
        _discard_output()  # whoever read us is gone; so is the need to complain
        return BROKEN_PIPE
    except OSError as error:
        _discard_output()
        output.fail(UnwritableFile.code, f"The output cannot be written: {error.strerror}.", {})
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return DONE


def _is_text(argument: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in argument)


def _own_environment() -> list[str]:
    return [value for name, value in os.environ.items() if name.startswith("CONTACTS_")]


def _discard_output() -> None:
    """Leave nothing to be flushed at exit: it would fail again, and louder."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def main() -> None:
    """Run the command line of this process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    sys.exit(run(sys.argv[1:]))
