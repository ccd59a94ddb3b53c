"""From rows to what the rules and the pages speak of. A box may tell anything; what can't be used is left out."""

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from sync.cloud.fleet.rules import HEARD_MS, Alarm, BoxNow, Told, Watched
from sync.cloud.store.ports import Row, Tx

_STAGES_MOST = 100
_TELL = {field.name: field.type for field in msgspec.structs.fields(Told)}
_Text = Annotated[str, msgspec.Meta(max_length=200)]


class Stage(msgspec.Struct, frozen=True):
    """One stage as a box last told it."""

    stage: _Text
    name: _Text = ""
    artist: _Text = ""
    title: _Text = ""
    likes: int = 0
    listeners: int = 0


class _Live(msgspec.Struct, frozen=True):
    stages: list[Stage] = []
    box: dict[str, Any] = {}


def told(said: object) -> Told:
    """What a box told of itself, as far as it makes sense."""
    if not isinstance(said, dict):
        return Told()
    found = {}
    for name, kind in _TELL.items():
        try:
            found[name] = msgspec.convert(said.get(name), kind)
        except msgspec.ValidationError:
            continue
    return Told(**found)


def box_of(row: Row, said: object) -> BoxNow:
    """A box from its row."""
    about = told(said)
    return BoxNow(
        box_id=row["id"],
        name=row["name"],
        version=about.version or row["version"],
        epoch=row["epoch"],
        claimed_ms=row["claimed_ms"],
        released_ms=row["released_ms"],
        last_seen_ms=row["last_seen_ms"],
        last_progress_ms=row["last_progress_ms"],
        told=about,
        told_ms=row["told_ms"],
    )


def watched_of(row: Row) -> Watched:
    """What was remembered of a box."""
    dropped = row["dropped"]
    if dropped is None:
        # Whatever it gave up before anybody looked is no news.
        dropped = told(_json(row["told"])).dropped or 0
    return Watched(row["heard_since_ms"], dropped, row["dropped_ms"])


def alarm_of(row: Row) -> Alarm:
    """An alarm from its row."""
    return Alarm(row["kind"], row["subject"], row["raised_ms"], row["last_ms"], row["times"])


def _json(text: str | None) -> object:
    return msgspec.json.decode(text) if text else None


def told_in(row: Row) -> BoxNow:
    """A box of which only the part about itself was read."""
    return box_of(row, _json(row["told"]))


def stages_in(body: str | None) -> list[Stage]:
    """The stages that a box told."""
    try:
        return msgspec.json.decode(body, type=_Live).stages[:_STAGES_MOST] if body else []
    except msgspec.ValidationError:
        return []


def with_stages(row: Row, *, now_ms: int) -> tuple[BoxNow, list[Stage]]:
    """A box and its stages; none when what it told is of another day."""
    said = _json(row["body"])
    box = box_of(row, said.get("box") if isinstance(said, dict) else None)
    fresh = row["told_ms"] is not None and now_ms - row["told_ms"] <= HEARD_MS
    return box, stages_in(row["body"]) if fresh else []


def by_box(rows: Iterable[Row]) -> dict[tuple[str, str], list[Alarm]]:
    """Alarms by organisation and box."""
    found: dict[tuple[str, str], list[Alarm]] = {}
    for row in rows:
        found.setdefault((row["org_id"], row["box_id"]), []).append(alarm_of(row))
    return found


async def boxes_of(tx: Tx, org: str, *, now_ms: int) -> list[tuple[BoxNow, list[Stage], list[Alarm]]]:
    """An organisation's boxes, their stages and their alarms. Raises: Unavailable."""
    rows = await tx.all("fleet_of", org=org)
    alarms: dict[str, list[Alarm]] = {}
    for row in await tx.all("alarms", org=org):
        alarms.setdefault(row["box_id"], []).append(alarm_of(row))
    return [(*with_stages(row, now_ms=now_ms), alarms.get(row["id"], [])) for row in rows]
