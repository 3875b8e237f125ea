"""The program `contacts`: reads global options, runs a command, turns errors into exit codes.

Exit 0: done. 1: refused or failed. 2: wrong usage. Global options stand before or after the
subcommand.
"""

import logging
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import structlog
from cyclopts import App, CycloptsError, Parameter

from adapters.cli import contacts_commands, demo, exchange_commands, projection_commands
from adapters.cli.output import Output
from adapters.cli.session import Session
from adapters.settings import Settings
from contacts_domain.errors import ContactsError

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
    )
    app.command(demo.demo)
    contacts_commands.register(app)
    exchange_commands.register(app)
    projection_commands.register(app)

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
            ISO country for phone numbers without a country code (CONTACTS_DEFAULT_REGION).
        json
            One JSON document on standard output; errors as JSON on standard error.
        """
        command, bound, unparsed = app.parse_args(tokens, exit_on_error=False, print_error=False)
        settings = Settings.read(
            database=database, organizer=organizer, actor=actor, default_region=default_region
        )
        session = Session(settings, organizer, Output(is_json=json))
        command(*bound.args, **bound.kwargs, **dict.fromkeys(unparsed, session))

    app.meta.default(launch)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code."""
    output = Output(is_json="--json" in arguments)
    try:
        build_app().meta(list(arguments), exit_on_error=False, print_error=False)
    except CycloptsError as error:
        output.fail("wrong_usage", f"{error} See contacts --help.", {})
        return WRONG_USAGE
    except ContactsError as error:
        output.refuse(error)
        return FAILED
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us is gone; so is the need to complain
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    return DONE


def main() -> None:
    """Run the command line of this process."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    sys.exit(run(sys.argv[1:]))
