"""What others know of the time, written down for whoever puts the night's times right later.

The box goes by none of it. Each source is heard once in a boot, and again only when it says something else, so that
restarts and chatty laptops fill no journal.
"""

import json

from appliance.domain import timekeeping
from appliance.domain.events import TimeAnchored
from appliance.domain.models import ClockTrust, Stamp
from appliance.domain.timekeeping import Anchor, Hint
from appliance.ports import Ports, Transaction

_HEARD = "time_hints"


def _heard(text: str | None, *, boot: str) -> dict[str, Hint]:
    """The last hint of each source in this boot; a fact of another boot is none."""
    kept = json.loads(text) if text else None
    if kept is None or kept["boot"] != boot:
        return {}
    return {
        who: Hint(Anchor(boot, boot_ms, wall_ms, ClockTrust.NONE), error_ms, source)
        for who, (boot_ms, wall_ms, error_ms, source) in kept["heard"].items()
    }


def _written(heard: dict[str, Hint], *, boot: str) -> str:
    rows = {who: [hint.anchor.boot_ms, hint.anchor.wall_ms, hint.error_ms, hint.source] for who, hint in heard.items()}
    return json.dumps({"boot": boot, "heard": rows})


def hear(tx: Transaction, hint: Hint, *, who: str, now: Stamp) -> bool:
    """Journals a hint inside a transaction; whether it was worth it. `who` tells several of one source apart."""
    heard = _heard(tx.meta(_HEARD), boot=hint.anchor.boot)
    if not timekeeping.says_more(hint, than=heard.get(who)):
        return False
    tx.set_meta(_HEARD, _written(heard | {who: hint}, boot=hint.anchor.boot))
    tx.record(TimeAnchored(hint), at=now)
    return True


async def note(ports: Ports, hint: Hint) -> bool:
    """Journals a hint that there is one source of; whether it was worth it."""
    now = ports.clock.now()
    return await ports.store.write(lambda tx: hear(tx, hint, who=hint.source, now=now))
