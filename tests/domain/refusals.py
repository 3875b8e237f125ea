"""What a command that cannot be made was refused for."""

from collections.abc import Callable

import pytest

from contacts_domain.errors import InvalidCommand


def refusal_of(make: Callable[[], object]) -> InvalidCommand:
    """The refusal that making a command raises."""
    with pytest.raises(InvalidCommand) as caught:
        make()
    return caught.value


def refused_fields(make: Callable[[], object]) -> list[str]:
    """The names of the fields that a refusal complains about, in its order."""
    return [problem.field for problem in refusal_of(make).errors]
