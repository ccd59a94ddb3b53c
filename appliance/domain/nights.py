"""What counts for one night: longer than any evening, shorter than until the next one. Pure."""

from appliance.domain.models import Stamp
from appliance.domain.timekeeping import gone_ms

NIGHT_MS = 14 * 3600 * 1000


def left_of_night_ms(since: Stamp, now: Stamp) -> int:
    """How long something that began at `since` still counts.

    Unless it is plain that less than a night went by, it is over: 0.
    """
    gone = gone_ms(since, now)
    return 0 if gone is None else max(0, NIGHT_MS - gone)
