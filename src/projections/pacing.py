"""How many events a rebuild takes at once."""

FIRST = 1_000
LEAST = 50
TARGET_SECONDS = 0.1
"""How long a transaction shall take that keeps all other writers waiting."""
NEAR = 1_000


class Pace:
    """On a database with one writer at a time batches become as large as others can bear."""

    def __init__(self, most: int, *, adapts: bool) -> None:
        self._most = most
        self._adapts = adapts
        self.size = min(FIRST, most) if adapts else most
        """Events in the next batch."""

    @property
    def near(self) -> int:
        """How many events may be left to be folded while nobody else writes."""
        return max(1, min(self.size // 4, NEAR))

    def note(self, events: int, seconds: float) -> None:
        """A batch of so many events kept others waiting for so long."""
        if not self._adapts or (events < self.size and seconds <= TARGET_SECONDS):
            return
        factor = min(2.0, max(0.25, TARGET_SECONDS / max(seconds, 1e-6)))
        self.size = min(self._most, max(LEAST, int(self.size * factor)))
