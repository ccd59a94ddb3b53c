"""How the box is: `/health` for staff's tools, `/metrics` for Prometheus. Nothing about any person."""

import contextlib

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from appliance import __version__
from appliance.domain.certificate import Certificate, CertificateState
from appliance.domain.status import Level
from appliance.errors import Unavailable
from appliance.web import lights
from appliance.web.site import Request, Site, site_of
from appliance.web.words import LANGUAGES

#: without these the box is no use, so `/health` answers 503; a broken optional part is shown and not fatal
_VITAL = frozenset({"store", "live"})


async def health(request: Request) -> Response:
    """Every part with what is wrong with it, if anything."""
    site = site_of(request)
    # First: what is asked after it is of the same moment.
    seen = await lights.look(site, language=LANGUAGES[0])
    problems = {part.name: part.problem() for part in site.parts}
    broken = {name for name, problem in problems.items() if problem}
    status = "down" if broken & _VITAL else "degraded" if broken else "ok"
    parts = {
        name: {"state": "problem", "problem": problem} if problem else {"state": "ok"}
        for name, problem in problems.items()
    }
    now = site.ports.clock.now()
    answer = {
        "status": status,
        "version": __version__,
        "box": site.box_id,
        "clock": now.trust.value,
        "portal": site.portal_mode().value,
        "certificate": _certificate(_look_at_certificate(site)),
        "parts": parts,
        "lights": {light.name: light.level.value for light in seen.lights},
    }
    return JSONResponse(answer, status_code=503 if status == "down" else 200)


def _look_at_certificate(site: Site) -> Certificate:
    try:
        return site.certificate()
    except Unavailable as error:
        return Certificate(CertificateState.UNUSABLE, problem=error.detail)


def _certificate(found: Certificate) -> dict[str, str | bool | int | None]:
    ends = found.not_after_ms
    return {
        "state": found.state.value,
        "in_use": found.in_use,
        "not_after_s": ends // 1000 if ends is not None else None,
    }


class _Live(Collector):
    """Counters that parts keep themselves, read when asked for."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def collect(self) -> list[CounterMetricFamily]:
        delivered = CounterMetricFamily("pika_box_deliveries", "Messages written to phones.")
        delivered.add_metric([], self._site.hub.delivered())
        cut = CounterMetricFamily("pika_box_streams_cut", "Streams cut because the phone fell behind.")
        cut.add_metric([], self._site.hub.cut())
        return [delivered, cut]


def _add_certificate(found: Certificate, *, registry: CollectorRegistry) -> None:
    words = "1 for the state that the certificate is in."
    states = Gauge("pika_box_certificate_state", words, ["state"], registry=registry)
    for state in CertificateState:
        states.labels(state.value).set(state is found.state)
    words = "1 while encrypted pages are served."
    Gauge("pika_box_certificate_in_use", words, registry=registry).set(found.in_use)
    if found.not_after_ms is not None:
        words = "When the certificate ends, seconds since 1970 UTC."
        ends = Gauge("pika_box_certificate_not_after_seconds", words, registry=registry)
        ends.set(found.not_after_ms // 1000)


async def _journal(site: Site, registry: CollectorRegistry) -> None:
    try:
        span = await site.ports.reader.journal_span()
    except Unavailable:
        return  # absent rather than wrong; the light of the store says why
    Gauge("pika_box_journal_last_seq", "Highest journal sequence.", registry=registry).set(span.last_seq)
    with contextlib.suppress(Unavailable):
        cloud = site.cloud.carrying()
        # Rows that the cloud has stay for a while.
        waiting = cloud.waiting if cloud.is_set_up else span.waiting
        Gauge("pika_box_journal_waiting", "Journal rows that wait for the cloud.", registry=registry).set(waiting)


async def _lights(site: Site, registry: CollectorRegistry) -> None:
    """The lights of the status page: 1 at the level that each has, 0 at the others."""
    gauge = Gauge("pika_box_light", "1 at the level that a light has.", ["light", "level"], registry=registry)
    for light in (await lights.look(site, language=LANGUAGES[0])).lights:
        for level in Level:
            gauge.labels(light.name, level.value).set(light.level is level)


async def metrics(request: Request) -> Response:
    """Prometheus text format."""
    site = site_of(request)
    registry = CollectorRegistry()
    up = Gauge("pika_box_part_up", "1 while a part of the box works.", ["part"], registry=registry)
    for part in site.parts:
        up.labels(part.name).set(0 if part.problem() else 1)
    listeners = Gauge("pika_box_listeners", "Phones that watch a stage.", ["stage"], registry=registry)
    for state in site.board.states():
        listeners.labels(state.stage.id).set(state.listeners)
    Gauge("pika_box_streams", "Open event streams.", registry=registry).set(site.hub.streams())
    _add_certificate(_look_at_certificate(site), registry=registry)
    await _journal(site, registry)
    await _lights(site, registry)
    with contextlib.suppress(OSError):
        free = site.space().free_bytes
        Gauge("pika_box_disk_free_bytes", "Room on the disk with the data.", registry=registry).set(free)
    registry.register(_Live(site))
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")


ROUTES = [Route("/health", health), Route("/metrics", metrics)]
