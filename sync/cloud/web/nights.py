"""Nights for organisers, and for whoever has a link: the list, the report, tables to take away, links to share."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.errors import NotKnown
from appliance.web.words import LANGUAGES, chosen
from sync.cloud.derive.nights import nights
from sync.cloud.night.records import Night
from sync.cloud.report import csvs, page, plain, reading, shares
from sync.cloud.report.hours import Hours
from sync.cloud.report.page import Way
from sync.cloud.report.reading import Told
from sync.cloud.web import asking
from sync.cloud.web.site import Request, site_of

_SILENT = {"x-robots-tag": "noindex, nofollow", "referrer-policy": "no-referrer"}
_TABLES: dict[str, Callable[[Night, Hours], str]] = {
    "set-list.csv": csvs.set_list,
    "plays.csv": csvs.plays,
    "presence.csv": csvs.presence,
}
_DOCUMENT = "night.json"


async def _told(request: Request, *, org: str, box: str, event: str) -> Told:
    site = site_of(request)
    async with site.reports.at_work():
        async with site.database.transaction(org=org) as tx:
            found = await reading.read(tx, site.shelf, org=org, box=box, event=event)
        # With no transaction open, and beside the boxes that send meanwhile.
        return await asyncio.to_thread(reading.tell, found)


async def _report(request: Request, told: Told, *, base: str) -> Response:
    wanted = request.query_params.get("lang")
    language = chosen(wanted=wanted, accepted=request.headers.get("accept-language", ""))
    way = Way(base=base, languages=tuple((one, f"?lang={one}") for one in LANGUAGES))
    site = site_of(request)
    async with site.reports.at_work():
        content = await asyncio.to_thread(
            site.report.page, told.figures, venue=told.venue, zone=told.zone, language=language, way=way
        )
    headers = {**_SILENT, "content-security-policy": page.policy(), "vary": "accept-language"}
    return Response(content, media_type="text/html", headers=headers)


def _document(told: Told) -> Response:
    found = plain.document(told.figures, venue=told.venue, hours=Hours(told.zone), zone_name=told.zone.key)
    return Response(msgspec.json.encode(found), media_type="application/json", headers=_SILENT)


def _file(told: Told, name: str) -> Response:
    if name == _DOCUMENT:
        return _document(told)
    if name not in _TABLES:
        raise NotKnown("page_unknown", "There is nothing at this address.")
    totals = told.figures.totals
    day = Hours(told.zone).local(totals.began_ms).strftime("-%Y-%m-%d") if totals.began_ms is not None else ""
    stem, _, ending = name.partition(".")
    headers = {**_SILENT, "content-disposition": f'attachment; filename="{stem}{day}.{ending}"'}
    return Response(_TABLES[name](told.figures.night, Hours(told.zone)), media_type="text/csv", headers=headers)


# With a link.


async def _shared(request: Request) -> Told:
    site = site_of(request)
    async with site.database.transaction(org=None) as tx:
        signed = request.path_params["signed"]
        share = await shares.shown_by(tx, signed, key=site.keys.cookie, now_ms=site.now_ms())
    try:
        return await _told(request, org=share.org_id, box=share.box_id, event=share.event_id)
    except NotKnown:
        raise shares.unknown() from None


async def shared_report(request: Request) -> Response:
    """The report, for whoever has the link."""
    return await _report(request, await _shared(request), base=f"/r/{request.path_params['signed']}")


async def shared_file(request: Request) -> Response:
    """What there is to take away, for whoever has the link."""
    return _file(await _shared(request), request.path_params["file"])


# Signed in.


def _place(request: Request) -> str:
    return "/nights/{box}/{event}".format_map(request.path_params)


async def _own(request: Request) -> Told:
    who = await asking.organiser(request)
    params = request.path_params
    return await _told(request, org=who.org_id, box=params["box"], event=params["event"])


async def nights_page(request: Request) -> Response:
    """The organisation's nights, the latest first."""
    site = site_of(request)
    who = await asking.organiser(request)
    async with site.database.transaction(org=who.org_id) as tx:
        heads = await nights(tx, who.org_id)
        zones = {head.box: await shares.zone_of(tx, org=who.org_id, box=head.box) for head in heads}
    rows = [{"head": head, "day": Hours(zones[head.box]).stamp(head.began_ms)[:16].replace("T", " ")} for head in heads]
    return site.pages.page("nights.html", {"organisation": who.name, "nights": rows})


async def night_page(request: Request) -> Response:
    """One night: its report, its files, its links."""
    site = site_of(request)
    who = await asking.organiser(request)
    box, event = request.path_params["box"], request.path_params["event"]
    async with site.database.transaction(org=who.org_id) as tx:
        head = await reading.head_of(tx, org=who.org_id, box=box, event=event)
        known = await shares.of_night(tx, org=who.org_id, box=box, event=event, now_ms=site.now_ms())
        zone = await shares.zone_of(tx, org=who.org_id, box=box)
    home = site.settings.public_url or str(request.base_url).rstrip("/")
    links = [
        {
            "id": one.id,
            "address": home + shares.address(one, key=site.keys.cookie),
            "until": datetime.fromtimestamp(one.expires_ms / 1000, UTC).strftime("%Y-%m-%d"),
        }
        for one in known
    ]
    words = {"head": head, "place": _place(request), "links": links, "days": shares.DAYS, "zone": zone.key}
    return site.pages.page("night.html", {**words, "organisation": who.name})


async def own_report(request: Request) -> Response:
    """The report, for those whose night it is."""
    return await _report(request, await _own(request), base=_place(request))


async def own_file(request: Request) -> Response:
    """What there is to take away, for those whose night it is."""
    return _file(await _own(request), request.path_params["file"])


async def document(request: Request) -> Response:
    """The figures for programs."""
    site = site_of(request)
    who = await asking.organiser(request)
    event = request.path_params["event"]
    async with site.database.transaction(org=who.org_id) as tx:
        box = await reading.box_of(tx, org=who.org_id, event=event)
    return _document(await _told(request, org=who.org_id, box=box, event=event))


async def share(request: Request) -> Response:
    """A new link."""
    site = site_of(request)
    who = await asking.organiser(request)
    days = (await asking.form(request)).get("days", "")
    box, event = request.path_params["box"], request.path_params["event"]
    async with site.database.transaction(org=who.org_id) as tx:
        await reading.head_of(tx, org=who.org_id, box=box, event=event)
        wanted = int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0
        await shares.add(tx, org=who.org_id, box=box, event=event, days=wanted, now_ms=site.now_ms())
    return RedirectResponse(_place(request), status_code=303)


async def revoke(request: Request) -> Response:
    """Takes a link back."""
    site = site_of(request)
    who = await asking.organiser(request)
    share_id = (await asking.form(request)).get("share", "")
    async with site.database.transaction(org=who.org_id) as tx:
        await shares.revoke(tx, org=who.org_id, share_id=share_id, now_ms=site.now_ms())
    return RedirectResponse(_place(request), status_code=303)


async def set_zone(request: Request) -> Response:
    """Says where the box of a night stands."""
    site = site_of(request)
    who = await asking.organiser(request)
    zone = (await asking.form(request)).get("zone", "").strip()
    box, event = request.path_params["box"], request.path_params["event"]
    async with site.database.transaction(org=who.org_id) as tx:
        await reading.head_of(tx, org=who.org_id, box=box, event=event)
        await shares.set_zone(tx, org=who.org_id, box=box, zone=zone)
    return RedirectResponse(_place(request), status_code=303)


ROUTES = [
    Route("/r/{signed}", shared_report, methods=["GET"]),
    Route("/r/{signed}/{file}", shared_file, methods=["GET"]),
    Route("/v1/nights/{event}.json", document, methods=["GET"]),
    Route("/nights", nights_page, methods=["GET"]),
    Route("/nights/{box}/{event}", night_page, methods=["GET"]),
    Route("/nights/{box}/{event}/report", own_report, methods=["GET"]),
    Route("/nights/{box}/{event}/share", share, methods=["POST"]),
    Route("/nights/{box}/{event}/revoke", revoke, methods=["POST"]),
    Route("/nights/{box}/{event}/zone", set_zone, methods=["POST"]),
    Route("/nights/{box}/{event}/{file}", own_file, methods=["GET"]),
]
