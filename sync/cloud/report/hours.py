"""Hours as people there read them: local time, 24 hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

HOUR_MS = 3_600_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Hours:
    """Times of one night in one time zone."""

    zone: tzinfo

    def local(self, at_ms: int) -> datetime:
        """The local time."""
        return (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(self.zone)

    def clock(self, at_ms: int | None) -> str:
        """`23:05`, or empty where nobody knows."""
        return "" if at_ms is None else self.local(at_ms).strftime("%H:%M")

    def stamp(self, at_ms: int | None) -> str:
        """ISO 8601 with the offset, to the second, or empty."""
        return "" if at_ms is None else self.local(at_ms).isoformat(timespec="seconds")

    def offset(self, at_ms: int) -> str:
        """`UTC+01:00` on that night."""
        return f"UTC{self.local(at_ms).isoformat(timespec='seconds')[-6:]}"

    def local_ms(self, at_ms: int) -> int:
        """Milliseconds that, read as UTC, show the local time."""
        offset = self.local(at_ms).utcoffset() or timedelta()
        return at_ms + int(offset.total_seconds() * 1000)

    def marks(self, began_ms: int, ended_ms: int, *, most: int) -> Sequence[int]:
        """Full hours of the local clock between two moments, no more than `most`."""
        shift = self.local_ms(began_ms) - began_ms
        first = -(-(began_ms + shift) // HOUR_MS)
        last = (ended_ms + shift) // HOUR_MS
        every = next((n for n in (1, 2, 3, 4, 6, 12, 24) if (last - first) // n < most), 24)
        return [n * HOUR_MS - shift for n in range(first, last + 1) if n % every == 0]
