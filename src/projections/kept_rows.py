"""What a rebuild remembers of the rows it has written, within bounds, to load few of them again."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from projections.fold import Key, Row

FILTER_BITS = 1 << 26
"""8 MiB a part of a projection; of ten million keys it mistakes one in twelve."""
_SHIFT = FILTER_BITS.bit_length() - 1
_MASK = FILTER_BITS - 1


class SeenKeys:
    """A Bloom filter: tells most keys that were never added, and never forgets one that was."""

    def __init__(self) -> None:
        self._bits = bytearray(FILTER_BITS >> 3)

    def add(self, keys: Iterable[Key]) -> None:
        """Remember keys for ever."""
        bits = self._bits
        for key in keys:
            hashed = hash(key)
            one, other = hashed & _MASK, (hashed >> _SHIFT) & _MASK
            bits[one >> 3] |= 1 << (one & 7)
            bits[other >> 3] |= 1 << (other & 7)

    def perhaps(self, keys: Iterable[Key]) -> list[Key]:
        """The keys that may have been added, in their order."""
        bits, found = self._bits, []
        for key in keys:
            hashed = hash(key)
            one, other = hashed & _MASK, (hashed >> _SHIFT) & _MASK
            if bits[one >> 3] >> (one & 7) & 1 and bits[other >> 3] >> (other & 7) & 1:
                found.append(key)
        return found


class KeptRows:
    """The rows that were used last, at most `most` of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: OrderedDict[Key, Row] = OrderedDict()

    def take(self, keys: Sequence[Key]) -> tuple[dict[Key, Row], list[Key]]:
        """The rows under `keys` that are kept, and the keys of all others."""
        found: dict[Key, Row] = {}
        missing: list[Key] = []
        rows = self._rows
        for key in keys:
            row = rows.get(key)
            if row is None:
                missing.append(key)
            else:
                rows.move_to_end(key)
                found[key] = row
        return found, missing

    def put(self, rows: Iterable[tuple[Key, Row]]) -> None:
        """Keep these, which are new or were just taken, as they are now; the ones used longest ago
        make room."""
        kept = self._rows
        kept.update(rows)
        while len(kept) > self._most:
            kept.popitem(last=False)

    def remove(self, keys: Iterable[Key]) -> None:
        """Forget rows that are gone."""
        for key in keys:
            self._rows.pop(key, None)

    def clear(self) -> None:
        """Forget all."""
        self._rows.clear()
