"""The page of errors."""

import inspect
from collections.abc import Iterable

from contacts_domain import errors
from tools.reference.markdown import page, sentences, table

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
