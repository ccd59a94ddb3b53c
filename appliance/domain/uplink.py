"""How the carrying to the cloud stands: what its program leaves in a file for the pages, and what staff are told. Pure.

Times are boot-relative where they can be: the wall clock may be set in between.
"""

import json
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

from appliance.domain.facts import Cloud
from appliance.domain.models import Stamp

#: beside the database, in the folder of the program that carries
FOLDER, FILE_NAME = "sync", "status.json"
#: fact of the database: rows up to this one may be known elsewhere
JOURNAL_SENT = "journal_sent"
#: fact of the database: how much was given up for want of room, since the box was new
SHED = "shed_rows"
#: with the cloud within reach, something must get through within this time
STUCK_MS = 10 * 60 * 1000
#: what is said of the last contact while the program writes nothing
_STALE_MS = 3 * 60 * 1000
_CODE_MS_MOST = 15 * 60 * 1000


class Uplink(StrEnum):
    """How it goes."""

    #: no answer from the cloud
    OFFLINE = "offline"
    #: nobody has said yet whose box this is
    UNCLAIMED = "unclaimed"
    #: there is a connection, and everything is there or on its way
    ONLINE = "online"
    #: the cloud says no until somebody acts
    REFUSED = "refused"
    #: the organiser has taken this box off
    REVOKED = "revoked"
    #: the cloud can't be trusted by this clock
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class UplinkState:
    """What the program knows."""

    state: Uplink = Uplink.OFFLINE
    #: shown to staff until the box is claimed; empty when there is none
    code: str = ""
    #: until when the code counts, by boot time
    code_until_ms: int = 0
    #: the boot in which the boot times here were taken
    boot: str = ""
    #: when the cloud last answered, by boot time; 0 for not in this boot
    seen_ms: int = 0
    #: and by the wall clock as believed; 0 for never
    seen_wall_ms: int = 0
    #: when the cloud last took something that was waiting, or nothing waited; by boot time
    progress_ms: int = 0
    #: up to this row everything is durable there
    acked_seq: int = 0
    #: stable word for why, for whoever mends it
    reason: str = ""
    #: rows of which only a note was sent, because the cloud broke down over them
    kept_back: int = 0

    def text(self) -> str:
        """For the file."""
        return json.dumps(asdict(self), indent=1)


def read(text: str) -> UplinkState:
    """What stands in the file; an empty state for what can't be read, also from a newer version."""
    try:
        found = json.loads(text)
        known = {one.name: found[one.name] for one in fields(UplinkState) if one.name in found}
        known["state"] = Uplink(known.get("state", Uplink.OFFLINE))
        made = UplinkState(**known)
    except (ValueError, TypeError, AttributeError):
        return UplinkState()
    numbers = (made.code_until_ms, made.seen_ms, made.seen_wall_ms, made.progress_ms, made.acked_seq, made.kept_back)
    texts = (made.code, made.boot, made.reason)
    is_sound = all(type(one) is int for one in numbers) and all(isinstance(one, str) for one in texts)
    return made if is_sound else UplinkState()


def as_fact(state: UplinkState, *, now: Stamp, last_seq: int, url: str, dropped: int) -> Cloud:
    """What staff are told, by how the journal stands now. `dropped` counts what was given up for want of room."""
    here = state.boot == now.boot
    seen_ms: int | None = None
    if here and state.seen_ms:
        seen_ms = max(0, now.boot_ms - state.seen_ms)
    elif state.seen_wall_ms:
        seen_ms = max(0, now.wall_ms - state.seen_wall_ms)
    waiting = max(0, last_seq - state.acked_seq)
    is_fresh = seen_ms is not None and seen_ms <= _STALE_MS
    is_online = state.state is Uplink.ONLINE and is_fresh
    left_ms = state.code_until_ms - now.boot_ms if here else 0
    return Cloud(
        is_set_up=True,
        seen_ms=seen_ms,
        waiting=waiting,
        is_online=is_online,
        state=state.state.value if state.state is not Uplink.ONLINE or is_fresh else Uplink.OFFLINE.value,
        code=state.code if 0 < left_ms <= _CODE_MS_MOST else "",
        url=url,
        stuck_ms=max(0, now.boot_ms - state.progress_ms) if is_online and waiting else 0,
        reason=state.reason,
        dropped=dropped,
        kept_back=state.kept_back,
    )
