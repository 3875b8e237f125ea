"""Marks every field of every event as personal data or not.

The marks are part of the storage format: what is `Personal` will be encrypted field by field
under a key per contact, what is `NotPersonal` stays readable after that key is destroyed.
"""

from enum import Enum
from typing import Annotated, TypeVar

from pydantic import BaseModel

T = TypeVar("T")


class Sensitivity(Enum):
    """Whether a field tells something about a person."""

    PERSONAL = "personal"
    NOT_PERSONAL = "not_personal"


Personal = Annotated[T, Sensitivity.PERSONAL]
NotPersonal = Annotated[T, Sensitivity.NOT_PERSONAL]


def sensitivities(model: type[BaseModel]) -> dict[str, Sensitivity]:
    """The mark of each field of `model`; TypeError names a field without exactly one mark."""
    marks = {}
    for name, field in model.model_fields.items():
        found = [mark for mark in field.metadata if isinstance(mark, Sensitivity)]
        if len(found) != 1:
            raise TypeError(f"{model.__name__}.{name} must be marked Personal or NotPersonal, once")
        marks[name] = found[0]
    return marks
