"""What this phone liked: a page that needs no script and no account, a table, a playlist, and text to share.

The phone is another guest at each event; here all of them come together, on this phone alone.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.domain.models import Event
from appliance.domain.sheets import safe_cell
from appliance.usecases import my_likes
from appliance.usecases.my_likes import Liked, LikedNight
from appliance.web import asking, attending, keep
from appliance.web.pages import like_by_form
from appliance.web.site import Request, Site, site_of

PAGE = "/likes"
_SEARCH_MOST = 100
_SHARED_MOST = 50
_COLUMNS = ("event", "night", "time", "title", "artist", "dj", "stage", "bpm", "key")


def _event_of(site: Site, stage_id: str) -> Event | None:
    state = site.board.event_of(stage_id)
    return state.event if state else None


async def _nights(request: Request, *, phone_id: str, words: str = "") -> list[LikedNight]:
    site = site_of(request)
    return await my_likes.nights(
        site.ports,
        guest_ids=attending.guests_of(site, phone_id),
        event_of=lambda stage_id: _event_of(site, stage_id),
        words=words,
    )


def _day(site: Site, language: str, night: date | None) -> str:
    if night is None:
        return site.pages.words.text(language, "likes.no_date")
    midnight = datetime(night.year, night.month, night.day, tzinfo=UTC)
    return site.pages.words.day(language, int(midnight.timestamp() * 1000))


def _like_words(one: Liked) -> dict[str, str]:
    play = one.liked.play
    return {
        "play": play.id,
        "title": play.track.title,
        "artist": play.track.artist,
        "dj": one.liked.dj_name,
        "stage_name": one.liked.stage_name,
        "stage_id": play.stage_id,
        "time": one.time,
    }


def _shared(site: Site, nights: Sequence[LikedNight], language: str) -> str:
    """What a dancer sends to friends: the newest, one a line."""
    rows = [f"♥ {_named(one)}" for night in nights for one in night.likes]
    return "\n".join([site.pages.words.text(language, "likes.share_head"), *rows[:_SHARED_MOST]])


def _named(one: Liked) -> str:
    track = one.liked.play.track
    return f"{track.artist} - {track.title}"


def _searched(request: Request) -> str:
    return request.query_params.get("q", "").strip()[:_SEARCH_MOST]


async def show(request: Request) -> Response:
    """The page."""
    site, language, words = site_of(request), asking.language(request), _searched(request)
    phone = asking.phone_or_new(request)
    nights = [] if phone.new else await _nights(request, phone_id=phone.id, words=words)
    response = site.pages.page(
        "likes.html",
        {
            "nights": [
                {
                    "event": night.event.name,
                    "event_id": night.event.id,
                    "day": _day(site, language, night.night),
                    "likes": [_like_words(one) for one in night.likes],
                }
                for night in nights
            ],
            "count": sum(len(night.likes) for night in nights),
            "words": words,
            "shared": _shared(site, nights, language),
            "has_cloud": keep.is_offered(site),
        },
        language=language,
    )
    response.headers["cache-control"] = "no-cache"
    asking.remember_language(request, response)
    asking.remember_phone(request, response, phone)
    return response


async def remove(request: Request) -> Response:
    """Taking a like back in the list, without a script."""
    fields = await like_by_form(request)
    words = fields.get("q", "").strip()[:_SEARCH_MOST]
    return RedirectResponse(f"{PAGE}?{urlencode({'q': words})}" if words else PAGE, status_code=303)


def _rows(nights: Sequence[LikedNight]) -> Iterator[list[str]]:
    for night in nights:
        for one in night.likes:
            track = one.liked.play.track
            bpm = f"{track.bpm:g}" if track.bpm is not None else ""
            when = [night.event.name, night.night.isoformat() if night.night else "", one.time]
            texts = [track.title, track.artist, one.liked.dj_name, one.liked.stage_name]
            yield [safe_cell(cell) for cell in (*when, *texts)] + [bpm, safe_cell(track.key or "")]


def _file(text: str, *, name: str, kind: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(text.encode(), media_type=kind, headers=headers)


async def table(request: Request) -> Response:
    """All of them as a table. The mark at its beginning tells spreadsheets that it is UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    writer.writerows(_rows(await _nights(request, phone_id=asking.phone(request))))
    return _file("\ufeff" + out.getvalue(), name="my-likes.csv", kind="text/csv; charset=utf-8")


def _one_line(text: str) -> str:
    return " ".join(text.split())


async def playlist(request: Request) -> Response:
    """All of them as a playlist: players look for files of these names."""
    lines = ["#EXTM3U"]
    for night in await _nights(request, phone_id=asking.phone(request)):
        for one in night.likes:
            name = _one_line(_named(one))
            # A name with a slash would be a folder, and one that begins with # no name at all.
            lines += [f"#EXTINF:-1,{name}", f"{name.replace('/', '_').replace(chr(92), '_').lstrip('#')}.mp3"]
    return _file("\n".join([*lines, ""]), name="my-likes.m3u8", kind="application/vnd.apple.mpegurl")


ROUTES = [
    Route(PAGE, show),
    Route(PAGE, remove, methods=["POST"]),
    Route(f"{PAGE}.csv", table),
    Route(f"{PAGE}.m3u8", playlist),
]
