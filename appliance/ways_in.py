"""The ways into a box beside its plain pages: encrypted pages, and the door for DJs' links.

Part of the composition root.
"""

from collections.abc import Callable

from appliance import network
from appliance.clock import Clock
from appliance.config import Settings
from appliance.domain.certificate import api_url
from appliance.domain.pairing import Code, invitation
from appliance.firmware.plan import API_FILE
from appliance.handout.shelf import FOLDER as LINK_FOLDER
from appliance.handout.shelf import Shelf
from appliance.part import Part
from appliance.portal.switch import tell_api
from appliance.ports import PartState
from appliance.tls.door import LINKS, Door
from appliance.tls.keeper import Keeper
from appliance.tls.links import LinkIdentity
from appliance.web.runs import Runs
from appliance.web.site import Links


def encryption(settings: Settings, *, clock: Clock, parts: list[PartState]) -> tuple[Keeper, Door | None]:
    """The certificate's keeper; and the door for encrypted pages, as a part, if the box has a name for it."""

    def tell(is_open: bool) -> None:
        tell_api(settings.data / API_FILE, url=api_url(settings.tls.host_name) if is_open else None)

    keeper = Keeper(settings.tls, folder=settings.tls_folder, clock=clock)
    if not settings.tls.host_name:
        tell(False)
        return keeper, None
    door = Door(keeper, host=settings.http.host, port=settings.tls.port, tell=tell)
    parts.append(Part("certificate", door.problem))
    return keeper, door


def _invitation(settings: Settings, identity: LinkIdentity) -> Callable[[Code], str | None]:
    """What a link needs where it can't find the box by itself: looked up when asked for."""

    def invite(code: Code) -> str | None:
        found = network.reachable_addresses(settings.http.host)
        if not found or not settings.links.enabled or identity.context() is None:
            return None
        host = network.host_in_url(found[0].ip)
        return invitation(code, host=host, port=settings.links.port, fingerprint=identity.fingerprint())

    return invite


def links(settings: Settings, *, parts: list[PartState]) -> Links:
    """What there is for DJs' links; their door is a part, if they may come."""
    identity = LinkIdentity(settings.tls_folder)
    door = None
    if settings.links.enabled:
        door = Door(identity, host=settings.http.host, port=settings.links.port, sign=LINKS)
        parts.append(Part("links", door.problem))
    shelf = Shelf(settings.data / LINK_FOLDER)
    return Links(door, Runs(identity.fingerprint), _invitation(settings, identity), shelf)
