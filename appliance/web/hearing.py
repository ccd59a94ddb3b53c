"""A guest says something: how much may be said, and whether it counts."""

from appliance.web.site import Request, site_of


def host_of(request: Request) -> str:
    """The address that a request comes from: for limits and standing, and kept nowhere."""
    assert request.client is not None  # uvicorn on TCP always knows it
    return request.client.host


def looked(request: Request, guest_id: str) -> None:
    """A guest's phone was given a page or a state."""
    site_of(request).hearing.looked(guest_id, host=host_of(request))


def is_there(request: Request, guest_id: str) -> bool:
    """Whether what a guest says now counts. Takes one word of those that may come from where the guest is.

    Raises: TooMany with the code `too_many_requests`.
    """
    site, host = site_of(request), host_of(request)
    site.paces.addresses.take(host)
    is_heard = site.hearing.counts(guest_id, host=host)
    if not is_heard:
        site.paces.unseen.take(host)
    return is_heard
