"""Time zones by their names in the tz database. Its tables are data like Unicode's: the system's, or the ones we ship.

Nothing here says what time it is.
"""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from appliance.errors import Invalid


@cache
def names() -> frozenset[str]:
    """Every zone by its name, such as `Europe/Vienna`. Reads the tables once: some milliseconds."""
    # "posixrules" and the like are files beside the zones, and "Factory" says that nobody chose one.
    return frozenset(name for name in available_timezones() if name not in {"Factory", "localtime", "posixrules"})


def zone(name: str) -> ZoneInfo:
    """The zone of that name.

    Raises: Invalid with the code `time_zone_unknown`.
    """
    if name not in names():
        raise Invalid(
            "time_zone_unknown",
            "There is no such time zone.",
            advice="Give its name in the tz database, such as Europe/Vienna.",
        )
    return ZoneInfo(name)
