"""What the library fails on with one message only, so that the others need not wait for a mend."""

from contacts_domain.errors import ContactsError, CorruptEvent, UnknownEvent


def defect_of(error: Exception) -> str:
    """The name of a failure that not every message meets; any other one is raised again."""
    if isinstance(error, CorruptEvent | UnknownEvent):
        return error.code
    if isinstance(error, ContactsError | MemoryError):
        raise error
    return type(error).__name__
