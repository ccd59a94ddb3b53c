"""Making a poster as a PDF: what staff choose on the poster's page, and the sheet of it."""

from dataclasses import dataclass
from functools import partial

from starlette.responses import Response
from starlette.routing import Route

from appliance import qr
from appliance.domain.wifi import Wifi
from appliance.errors import BoxError, Invalid
from appliance.posters import making
from appliance.posters.content import Paper, Sheet, wording
from appliance.usecases import posters
from appliance.web import asking
from appliance.web.pages import known_stage
from appliance.web.printing import by_number, poster_page, reached_at
from appliance.web.site import Request, Site, site_of
from appliance.web.words import LANGUAGES


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form asks for."""

    paper: Paper
    #: at least one
    languages: tuple[str, ...]
    #: None for a poster without
    wifi: Wifi | None
    #: whether the Wi-Fi is the venue's, typed here
    is_typed: bool


def _own_wifi(site: Site) -> Wifi:
    own = site.settings.wifi
    if not own.ssid:
        raise Invalid("wifi_unknown", "The box has no Wi-Fi of its own.", advice="Type the venue's, or leave it out.")
    return Wifi(own.ssid, own.passphrase.reveal(), own.hidden)


def _wanted(fields: dict[str, str], *, site: Site, language: str) -> Wanted:
    """The form as it was sent.

    Raises: Invalid.
    """
    kind = fields.get("wifi", "none")
    if kind not in {"own", "venue", "none"} or fields.get("paper") not in {*Paper}:
        raise Invalid("poster_invalid", "Such a poster can't be made.", advice="Choose paper and Wi-Fi on the page.")
    wifi = None
    if kind == "own":
        wifi = _own_wifi(site)
    elif kind == "venue":
        wifi = Wifi(fields.get("ssid", ""), fields.get("passphrase", ""), fields.get("hidden") == "yes")
        qr.wifi_text(wifi.ssid, wifi.passphrase)  # says what is wrong with it
    chosen = tuple(code for code in LANGUAGES if fields.get(f"lang_{code}") == "yes") or (language,)
    # The language of the page is the one that is read here first.
    first = sorted(chosen, key=lambda code: code != language)
    return Wanted(Paper(fields["paper"]), tuple(first), wifi, is_typed=kind == "venue")


async def _sheet(site: Site, stage_id: str, wanted: Wanted) -> Sheet:
    stage = known_stage(site, stage_id).stage
    logo = await site.ports.reader.logo(stage.event_id)
    address = reached_at(site, stage.id)
    return Sheet(
        name=stage.name,
        plain_name=stage.id,
        address=address,
        by_number=by_number(site, stage.id, address),
        wifi=wanted.wifi,
        logo=logo.content if logo else None,
        words=tuple(wording(partial(site.pages.words.text, code)) for code in wanted.languages),
        paper=wanted.paper,
    )


async def make(request: Request) -> Response:
    """The poster as a PDF; what can't be made is said on the page, with what was typed."""
    site = site_of(request)
    stage_id = known_stage(site, request.path_params["stage"]).stage.id
    await asking.admin(request)
    fields = await asking.form(request)
    try:
        wanted = _wanted(fields, site=site, language=asking.language(request))
        drawn = await making.pdf(await _sheet(site, stage_id, wanted))
    except BoxError as error:
        return await poster_page(request, error=error, typed=fields)
    if wanted.is_typed:
        await posters.keep_venue_wifi(site.ports, wanted.wifi if fields.get("keep") == "yes" else None)
    name = f"poster-{stage_id}-{wanted.paper}.pdf"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(drawn, media_type="application/pdf", headers=headers)


ROUTES = [Route("/poster/{stage}/pdf", make, methods=["POST"])]
