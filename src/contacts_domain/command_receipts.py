"""What is kept of a command that came with an id of its own: the text that holds its claim."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from contacts_domain.errors import CorruptDatabase

UNKNOWN_CONTENT = "-"
"""In place of a digest that was lost: the events of a command do not tell what it said."""


@dataclass(frozen=True, slots=True)
class CommandReceipt:
    """The answer to a command, for whoever sends it again."""

    stream_id: UUID
    """What the command was about."""
    events: int
    """How many events it caused, perhaps none."""
    digest: str
    """Of the command's content, SHA-256 in hexadecimal, or `UNKNOWN_CONTENT`."""

    @property
    def holder(self) -> str:
        """The text that stands in the claim."""
        return f"{self.stream_id} {self.events} {self.digest}"

    @classmethod
    def of_holder(cls, holder: str) -> Self:
        """The receipt that such a text means. Raises CorruptDatabase."""
        try:
            stream_id, events, digest = holder.split(" ")
            return cls(UUID(stream_id), int(events), digest)
        except ValueError:
            raise CorruptDatabase(
                "The claim of a command id holds no receipt; `contacts claims rebuild` mends it."
            ) from None

    def is_of(self, digest: str) -> bool:
        """Whether a command of this digest may be the same command; an unknown one always is."""
        return self.digest in (digest, UNKNOWN_CONTENT)
