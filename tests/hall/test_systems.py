"""The phones' systems as rules, for themselves: the hall's tests are only as right as these."""

import pytest

from tests.hall.systems import Android, Apple, Heard, Verdict

_BOX = "10.42.0.1"
_REFUSED = Heard(0, 0, 1.0)
_REDIRECT, _EMPTY = Heard(302, 0, 5.0), Heard(204, 0, 5.0)


@pytest.mark.parametrize(
    ("http", "https", "believed"),
    [
        (_REDIRECT, _REFUSED, Verdict.PORTAL),
        (Heard(200, 5, 5.0), _REFUSED, Verdict.PORTAL),
        # A page of four bytes is a broken answer and no page.
        (Heard(200, 4, 5.0), _REFUSED, Verdict.OFFLINE),
        (Heard(200, 0, 5.0), _REFUSED, Verdict.OFFLINE),
        (_EMPTY, _REFUSED, Verdict.PARTIAL),
        (_EMPTY, Heard(204, 0, 20.0), Verdict.ONLINE),
        (_REFUSED, _REFUSED, Verdict.OFFLINE),
        # Whichever is conclusive within three seconds decides; later only when nothing else did.
        (Heard(302, 0, 3500.0), Heard(204, 0, 20.0), Verdict.ONLINE),
        (Heard(302, 0, 3500.0), Heard(0, 0, 10_000.0), Verdict.PORTAL),
        (_EMPTY, Heard(204, 0, 3500.0), Verdict.ONLINE),
        (_REDIRECT, Heard(204, 0, 20.0), Verdict.PORTAL),
    ],
)
def test_android_believes(http: Heard, https: Heard, believed: Verdict) -> None:
    assert Android().verdict(address=_BOX, http=http, https=https) is believed


def test_android_without_an_address_for_its_probe_is_offline() -> None:
    assert Android().verdict(address=None, http=_REFUSED, https=_REFUSED) is Verdict.OFFLINE


@pytest.mark.parametrize("address", ["10.42.0.1", "172.16.3.4", "192.168.1.1", "169.254.7.7"])
def test_android_with_the_private_address_rule_sees_no_portal_at_a_private_address(address: str) -> None:
    strict = Android(private_means_offline=True)
    assert strict.verdict(address=address, http=_REDIRECT, https=_REFUSED) is Verdict.OFFLINE
    assert strict.verdict(address=address, http=_EMPTY, https=Heard(204, 0, 20.0)) is Verdict.ONLINE
    assert strict.verdict(address="198.51.100.1", http=_REDIRECT, https=_REFUSED) is Verdict.PORTAL


def test_an_iphone_believes_its_own_page_only() -> None:
    page = b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n"
    assert Apple().verdict(status=200, body=page) is Verdict.ONLINE
    assert Apple().verdict(status=200, body=b"Success") is Verdict.PORTAL
    assert Apple().verdict(status=302, body=b"") is Verdict.PORTAL
    assert Apple().verdict(status=0, body=b"") is Verdict.OFFLINE
