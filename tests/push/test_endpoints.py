"""Which addresses messages may go to."""

import pytest

from appliance.errors import Invalid
from sync.cloud.push.answers import Fate, verdict
from sync.cloud.push.endpoints import allowed, origin_of
from sync.cloud.push.posting import is_public


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc:def", "https://fcm.googleapis.com"),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", "https://updates.push.services.mozilla.com"),
        ("https://web.push.apple.com/QBC", "https://web.push.apple.com"),
        ("https://db5p.notify.windows.com/w/?token=1", "https://db5p.notify.windows.com"),
        ("https://fcm.googleapis.com:443/x", "https://fcm.googleapis.com"),
    ],
)
def test_the_services_of_real_browsers(url: str, origin: str) -> None:
    assert allowed(url).origin == origin


def test_the_origin_of_an_endpoint_is_the_one_it_was_allowed_with() -> None:
    assert origin_of("https://web.push.apple.com/Q/B?c") == "https://web.push.apple.com"


@pytest.mark.parametrize(
    "url",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilfcm.googleapis.com/x",
        "https://notify.windows.com.evil.example/",
        "https://evilnotify.windows.com/",
        "https://user@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@127.0.0.1/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://localhost/x",
        "https://fcm.googleapis.com\\@127.0.0.1/",
        "https://fcm.googleapis.com/x#y",
        "https://fcm.googleapis.com:99999/x",
        "https://fcm.googleapis.com/\nHost: evil",
        "https://fcm.googleapis.com/" + "x" * 2000,
        "https://ﬁcm.googleapis.com/",
        "",
    ],
)
def test_nothing_else(url: str) -> None:
    with pytest.raises(Invalid, match="push service"):
        allowed(url)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("142.250.1.95", True),
        ("2a00:1450:4001::5f", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
    ],
)
def test_only_addresses_on_the_internet_are_connected_to(address: str, expected: bool) -> None:
    assert is_public(address) is expected


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (201, Fate.SENT),
        (202, Fate.SENT),
        (404, Fate.GONE),
        (410, Fate.GONE),
        (400, Fate.REFUSED),
        (401, Fate.REFUSED),
        (403, Fate.REFUSED),
        (413, Fate.TOO_LARGE),
        (429, Fate.PAUSED),
        (503, Fate.PAUSED),
        (500, Fate.FAILED),
        (302, Fate.FAILED),
        (100, Fate.FAILED),
    ],
)
def test_what_an_answer_means(status: int, fate: Fate) -> None:
    assert verdict(status).fate is fate


def test_a_service_is_waited_for_as_long_as_it_says_within_reason() -> None:
    waits = [verdict(429, retry_after=said).wait_s for said in ("7", "99999999", "", "Wed, 21 Oct 2026 07:28:00 GMT")]
    assert waits == [7.0, 3600.0, 120.0, 120.0]
