"""Fields of classes in words: what they may hold, and what they are if left out."""

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from contacts_domain import command_fields, emails, free_text, instants, tags
from contacts_domain.personal_data import Sensitivity


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
    yield only_validator(command_fields.Color), "a hex code such as `#0066cc`"
    yield only_validator(command_fields.Region), "an ISO 3166-1 alpha-2 code"
    yield (
        only_validator(command_fields.Metadata),
        f"a JSON object, at most {command_fields.MAX_METADATA_BYTES:,} bytes",
    )
    yield only_validator(command_fields.SearchCriteria), "criteria of `contact_list.page`"
    yield (
        only_validator(command_fields.OrganizerId),
        "one line, 1 to 100 characters in NFC, no white space around it",
    )
    yield command_fields.NotNull.func, ""
    yield only_validator(instants.Instant), ""
    yield tags.checked_tag, f"1 to {tags.MAX_LENGTH} characters, no comma, no line break"
    yield tags.distinct, "each once, compared without case"


def only_validator(annotated: Any) -> Any:
    """The function of the one validator that a type has."""
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
    raise TypeError(f"describe {hint} in tools/reference/fields.py")


def _limited(base: Any, metadata: Sequence[Any]) -> str:
    limits = []
    for each in metadata:
        if isinstance(each, (Sensitivity, FieldInfo)):
            continue
        if each.func not in VALIDATORS:
            raise TypeError(f"describe {each.func} in VALIDATORS of tools/reference/fields.py")
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
