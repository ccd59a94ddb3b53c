"""The organiser's pages of songs: what there is, how far each box is, which boxes get a song, and deleting one."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.domain.uploads import SIZE_MOST
from appliance.errors import BoxError
from sync.cloud.fleet.words import ago
from sync.cloud.organisations import Organiser
from sync.cloud.songs import book
from sync.cloud.store.ports import Row
from sync.cloud.web import asking
from sync.cloud.web.problems import problem_of
from sync.cloud.web.site import Request, site_of

PAGE = "/songs"
_SHOWN = 50
_WORDS_MOST = 100
#: an organisation with more boxes than that chooses all, or some of the first
_BOXES_MOST, _FORM_MOST = 1000, 100_000
_PAUSES = {
    "no_room": "Its disk is too full for more. Remove music there, or choose fewer songs for it.",
    "day_share": "It has fetched as much as it may in a day, and goes on later.",
    "off": "Its settings say that it fetches no songs.",
    "store": "Its disk can't be written.",
    "songs_away": "The store of songs did not answer it. It tries again.",
}
_REASONS = {
    "hash_wrong": "What came was not what was stored. It tries again once a day; delete the song and bring it anew.",
    "name_wrong": "Its version takes no songs of this kind. Update it.",
    "gone": "The store of songs does not have it any more. Delete the song and bring it anew.",
}


def _pause(row: Row, *, now_ms: int) -> str:
    return f"{_PAUSES.get(row['pause'], 'It waits.')} ({ago(row['told_ms'], now_ms=now_ms)})" if row["pause"] else ""


def _mb(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"


def _box_words(row: Row, *, now_ms: int) -> dict[str, Any]:
    left = max(0, row["wanted"] - row["here"] - row["refused"])
    return {
        "name": row["name"],
        "wanted": row["wanted"],
        "here": row["here"],
        "left": left,
        "refused": row["refused"],
        "pause": _pause(row, now_ms=now_ms) if left else "",
    }


def _song_words(row: Row, *, boxes: int) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "size": _mb(row["size"]),
        "here": row["here"],
        "of": boxes if row["is_for_all"] else row["chosen"],
        "refused": row["refused"],
    }


def _after(request: Request) -> int:
    given = request.query_params.get("after", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 7 else 0


async def page(request: Request, who: Organiser, *, error: BoxError | None = None) -> Response:
    """The page of songs, with what went wrong just now."""
    site = site_of(request)
    now_ms, org = site.now_ms(), who.org_id
    typed, after = request.query_params.get("q", "")[:_WORDS_MOST], _after(request)
    async with site.database.transaction(org=org) as tx:
        boxes = await tx.all("boxes_with_songs", org=org)
        found = await book.named(tx, org=org, words=typed, after=after, limit=_SHOWN + 1)
        kept = await tx.one("songs_kept", org=org)
    assert kept is not None  # a row of sums
    words = {
        "organisation": who.name,
        "error": problem_of(error) if error else None,
        "trouble": await site.bringing.trouble(),
        "waiting": [
            {"id": one.id, "name": one.name, "came": _mb(one.came), "size": _mb(one.size)}
            for one in await site.bringing.waiting(org)
        ],
        "boxes": [_box_words(row, now_ms=now_ms) for row in boxes],
        "songs": [_song_words(row, boxes=len(boxes)) for row in found[:_SHOWN]],
        "typed": typed,
        "more": urlencode({"q": typed, "after": after + _SHOWN}) if len(found) > _SHOWN else "",
        "count": kept["songs"],
        "count_most": site.settings.songs.songs_most,
        "gb": f"{kept['bytes'] / 1e9:.1f}",
        "gb_most": site.settings.songs.bytes_most // 1_000_000_000,
        "most_mb": SIZE_MOST // 1_000_000,
    }
    return site.pages.page("songs.html", words, status=problem_of(error).status if error else 200)


async def show(request: Request) -> Response:
    """The page of songs."""
    return await page(request, await asking.organiser(request))


def _at_box(row: Row, *, is_for_all: bool, size: int, now_ms: int) -> dict[str, Any]:
    is_chosen = bool(row["is_chosen"])
    words = "Not for this box."
    if row["released_ms"] is not None:
        words = "Given up."
    elif row["state"] == "here":
        words = f"Has it, {ago(row['told_ms'], now_ms=now_ms)}."
    elif row["state"] == "refused":
        words = f"Refuses it: {_REASONS.get(row['reason'], 'it says no more.')}"
    elif is_chosen or is_for_all:
        came = round(100 * row["came"] / size) if row["came"] else 0
        words = f"On its way, {came} % came." if came else "Waits for it."
    return {"id": row["id"], "name": row["name"], "is_chosen": is_chosen, "words": words}


async def show_song(request: Request) -> Response:
    """One song: which boxes get it and have it."""
    site = site_of(request)
    who = await asking.organiser(request)
    async with site.database.transaction(org=who.org_id) as tx:
        song = await book.song(tx, org=who.org_id, song_id=request.path_params["song"])
        rows: Sequence[Row] = await tx.all("song_boxes", org=who.org_id, song=song.id)
    now_ms = site.now_ms()
    boxes = [_at_box(row, is_for_all=song.is_for_all, size=song.size, now_ms=now_ms) for row in rows[:_BOXES_MOST]]
    words = {"organisation": who.name, "song": song, "size": _mb(song.size), "boxes": boxes}
    return site.pages.page("song.html", words | {"added": ago(song.added_ms, now_ms=now_ms)})


async def choose(request: Request) -> Response:
    """Says which boxes get a song."""
    site = site_of(request)
    who = await asking.organiser(request)
    given = await asking.fields(request, limit=_FORM_MOST, most=_BOXES_MOST + 2)
    is_for_all = ("for", "all") in given
    boxes = None if is_for_all else [value for name, value in given if name == "box"]
    song_id = request.path_params["song"]
    async with site.database.transaction(org=who.org_id) as tx:
        await book.give_to(tx, org=who.org_id, song_id=song_id, boxes=boxes)
    return RedirectResponse(f"{PAGE}/{song_id}", status_code=303)


async def delete(request: Request) -> Response:
    """A song leaves the cloud, and then every box."""
    site = site_of(request)
    who = await asking.organiser(request)
    await asking.form(request)
    song_id = request.path_params["song"]
    async with site.database.transaction(org=who.org_id) as tx:
        await book.delete(tx, org=who.org_id, song_id=song_id, now_ms=site.now_ms())
    return RedirectResponse(PAGE, status_code=303)


ROUTES = [
    Route(PAGE, show, methods=["GET"]),
    Route(f"{PAGE}/{{song}}", show_song, methods=["GET"]),
    Route(f"{PAGE}/{{song}}/boxes", choose, methods=["POST"]),
    Route(f"{PAGE}/{{song}}/delete", delete, methods=["POST"]),
]
