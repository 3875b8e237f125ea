"""Criteria of lists become filters: checked once, refused with the name of what is wrong."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from contacts_domain.errors import InvalidQuery

T = TypeVar("T")


def checked(filter_type: type[T], criteria: Mapping[str, Any]) -> T:
    """The filter that criteria mean, also as JSON has them.

    Raises InvalidQuery for unknown criteria and for values of another kind.
    """
    try:
        wanted = _adapter(filter_type).validate_python(dict(criteria))
    except ValidationError as error:
        (first, *_) = error.errors(include_input=False)
        name = str(first["loc"][0]) if first["loc"] else "criteria"
        raise InvalidQuery(
            f"The filter {name!r} cannot be used: {first['msg']}.", filter=name
        ) from None
    for name, value in criteria.items():
        if "\0" in str(value):
            raise InvalidQuery(
                f"The filter {name!r} cannot be used: it holds a NUL character.", filter=name
            )
    return wanted


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}
"""Made once per type: making one takes longer than a query."""


def _adapter(filter_type: type[T]) -> TypeAdapter[T]:
    if filter_type not in _ADAPTERS:
        closed = with_config(ConfigDict(extra="forbid"))(filter_type)
        _ADAPTERS[filter_type] = TypeAdapter(closed)
    return _ADAPTERS[filter_type]
