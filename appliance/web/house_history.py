"""What was played on a stage, what the hall said of it and why the house chose it: for its console, and as a table."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from appliance import wire
from appliance.domain.models import Play
from appliance.domain.rules import identity_key
from appliance.domain.sheets import safe_cell
from appliance.web import managers
from appliance.web.managers import Reach
from appliance.web.pages import plain
from appliance.web.site import Request, Site, site_of
from appliance.wire import track_out

SHOWN = 20
#: rows of a table at most: a house that never stops for a week of evenings
_TABLE_MOST = 2_000
_HEAD = ("began", "artist", "title", "bpm", "key", "played_by", "likes", "not_for_me")


async def _by_house(site: Site, may: Reach, *, limit: int) -> Sequence[Play]:
    """What somebody's players played on the stage, the latest first."""
    reader = site.ports.reader
    own = [play for one in may.players for play in await reader.plays_of_dj(one.dj_id, limit=limit)]
    there = [play for play in own if play.stage_id == may.stage_id]
    return sorted(there, key=lambda play: play.began_ms(), reverse=True)[:limit]


async def history(site: Site, may: Reach) -> list[dict[str, Any]]:
    """What was played last: on the whole stage, or by somebody's own players there."""
    reader, now = site.ports.reader, site.ports.clock.now()
    everybody = await reader.plays_of_stage(may.stage_id, limit=SHOWN) if may.runs else None
    plays = everybody if everybody is not None else await _by_house(site, may, limit=SHOWN)
    dislikes = await reader.dislikes_of_plays([play.id for play in plays])
    chosen = await reader.choices(may.stage_id, limit=3 * SHOWN)
    # Of a track that was chosen twice, the newest play has the newest reason.
    reasons: dict[tuple[str, str], list[str]] = {}
    for one in chosen:
        reasons.setdefault(one.key, []).append(one.why.text)
    players = {player.dj_id for player in await reader.players()}
    rows = []
    for play in plays:
        session = await reader.session(play.session_id)
        why = _next_reason(reasons, play) if session is not None and session.dj_id in players else ""
        rows.append(plain(track_out(play, now)) | {"dislikes": dislikes.get(play.id, 0), "why": why})
    return rows


def _next_reason(reasons: dict[tuple[str, str], list[str]], play: Play) -> str:
    waiting = reasons.get((identity_key(play.track.artist), identity_key(play.track.title)))
    return waiting.pop(0) if waiting else ""


async def table(request: Request) -> Response:
    """All that the house played on a stage, as a table that no spreadsheet runs."""
    site, may = site_of(request), await managers.reach(request, request.path_params["stage"])
    plays, names = await _by_house(site, may, limit=_TABLE_MOST), {}
    dislikes = await site.ports.reader.dislikes_of_plays([play.id for play in plays])
    for session_id in {play.session_id for play in plays}:
        session = await site.ports.reader.session(session_id)
        names[session_id] = session.dj_name if session else ""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEAD)
    for play in plays:
        track, said = play.track, (play.likes, dislikes.get(play.id, 0))
        labels = [safe_cell(text) for text in (track.artist, track.title)]
        writer.writerow(
            [wire.utc(play.began_ms()), *labels, track.bpm or "", track.key or "", names[play.session_id], *said]
        )
    headers = {"content-disposition": 'attachment; filename="house.csv"', "cache-control": "no-store"}
    return Response(("\ufeff" + out.getvalue()).encode(), media_type="text/csv; charset=utf-8", headers=headers)
