"""A guest's link at the cloud: the likes of the night once the box told of it, subscriptions before, and a way out."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import httpx
import pytest

from appliance.errors import Refused
from sync.cloud.push import signing_key
from sync.cloud.push.guests import BROWSERS_MOST
from sync.cloud.push.worker import Pushing
from sync.cloud.spreading import TooOften
from sync.cloud.store.engine import migrate, open_database
from sync.cloud.web.pace import AT_ONCE, Pace
from tests.cloud.boxes import NOW_MS, History
from tests.cloud.running import command
from tests.cloud.stories import rows
from tests.push.cloud import EVENT, hall
from tests.push.night import Guest, Night


def test_likes_are_shown_once_the_box_told_of_the_link_and_subscribing_may_come_first(tonight: Night) -> None:
    guest = tonight.guest()
    assert guest.night() == {"known": False, "topics": [], "event": "", "stages": [], "likes": []}
    assert guest.subscribes("early", "", "main-floor").status_code == 204
    assert guest.night("early")["topics"] == ["", "main-floor"]
    tonight.tells_of(guest, "ann")
    found = guest.night("early")
    assert (found["event"], found["stages"]) == ("Summer Ball", [{"id": "main-floor", "name": "Main Floor"}])
    likes = [(like["title"], like["dj"], like["at_ms"]) for like in found["likes"]]
    assert likes == [("Track p1", "DJ Anna", 1_790_000_060_000), ("Track p2", "DJ Anna", 1_790_000_120_000)]
    assert found["topics"] == ["", "main-floor"]
    assert guest.subscribes("early", "*").status_code == 204
    assert guest.night("early")["topics"] == ["*"]
    # Another box's name with this secret is another link.
    assert Guest(tonight.cloud, "0" * 16, guest.secret).night()["known"] is False


def test_a_secret_is_kept_as_its_digest_and_is_in_no_log(tonight: Night) -> None:
    guest = tonight.guest()
    assert guest.subscribes("quiet").status_code == 204
    assert guest.asks("subscribe", subscription={"endpoint": "x"}).status_code == 422
    found = asyncio.run(rows(tonight.cloud.database, "SELECT * FROM push_subscriptions"))
    assert guest.digest in str(found)
    assert guest.secret not in str(found) + tonight.cloud.log.read_text(encoding="utf-8")


def test_a_link_has_sixteen_browsers_and_the_latest_stay(tonight: Night) -> None:
    guest = tonight.guest()
    for number in range(BROWSERS_MOST + 3):
        assert guest.subscribes(f"b{number}").status_code == 204
    found = [number for number in range(BROWSERS_MOST + 3) if guest.night(f"b{number}")["topics"]]
    assert len(found) == BROWSERS_MOST
    assert BROWSERS_MOST + 2 in found


def test_who_wants_nothing_any_more_is_told_nothing(tonight: Night) -> None:
    guest = tonight.guest()
    guest.subscribes("gone")
    guest.subscribes("here")
    assert guest.asks("unsubscribe", endpoint="https://fcm.googleapis.com/fcm/send/gone").status_code == 204
    assert (guest.night("gone")["topics"], guest.night("here")["topics"]) == ([], [""])


def test_who_is_forgotten_leaves_nothing_in_the_cloud(tonight: Night) -> None:
    guest = tonight.guest()
    guest.subscribes("bobs")
    early = guest.asks("forget")
    assert (early.status_code, early.json()["code"]) == (404, "link_unknown")
    assert guest.night("bobs")["topics"] == []
    tonight.tells_of(guest, "bob")
    guest.subscribes("bobs")
    assert len(guest.night("bobs")["likes"]) == 1
    assert guest.asks("forget").status_code == 204
    assert guest.night("bobs") == {"known": False, "topics": [], "event": "", "stages": [], "likes": []}
    told = "SELECT body FROM events WHERE body ->> 'guest' = 'bob'"
    kept = "SELECT guest_id FROM likes WHERE guest_id = 'bob'"
    assert asyncio.run(rows(tonight.cloud.database, told)) == asyncio.run(rows(tonight.cloud.database, kept)) == []
    # The box tells the same again after it was restored: it stays forgotten.
    tonight.history = History(box=tonight.box.id, epoch="e2")
    tonight.tells_of(tonight.guest(), "cyd")
    assert guest.night()["known"] is False
    assert asyncio.run(rows(tonight.cloud.database, told + " AND kind = 'claim.made'")) == []


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("endpoint_refused", {"subscription": {"endpoint": "https://10.0.0.1/x", "keys": {"p256dh": "", "auth": ""}}}),
        (
            "subscription_broken",
            {"subscription": {"endpoint": "https://fcm.googleapis.com/x", "keys": {"p256dh": "AAAA", "auth": "AAAA"}}},
        ),
        ("body_wrong", {"secret": "../../etc/passwd"}),
        ("body_wrong", {"stages": []}),
        ("body_too_large", {"stages": ["x" * 90] * 40, "more": "x" * 4096}),
    ],
)
def test_what_no_page_of_ours_sends_is_refused(tonight: Night, code: str, more: dict[str, object]) -> None:
    usual: dict[str, object] = {"subscription": {"endpoint": "", "keys": {"p256dh": "", "auth": ""}}, "stages": [""]}
    guest = tonight.guest()
    said = {"box": guest.box, "secret": guest.secret, **usual, **more}
    answer = httpx.post(f"{tonight.cloud.url}/c/subscribe", json=said, headers={"origin": tonight.cloud.url})
    assert answer.json()["code"] == code


def test_another_sites_page_and_a_form_are_refused(tonight: Night) -> None:
    guest = tonight.guest()
    assert guest.asks("night", origin="https://evil.example").json()["code"] == "origin_foreign"
    form = httpx.post(f"{tonight.cloud.url}/c/night", data={"box": "x"}, headers={"origin": tonight.cloud.url})
    assert form.json()["code"] == "json_needed"


def test_the_page_speaks_six_languages_and_holds_nothing_of_a_guest(tonight: Night) -> None:
    for language, word in (("en", "Be told"), ("de", "Bescheid bekommen"), ("hu", "Értesítések")):
        page = httpx.get(f"{tonight.cloud.url}/c", headers={"accept-language": language})
        assert word in page.text
    assert (page.headers["referrer-policy"], page.headers["cache-control"]) == ("no-referrer", "no-store")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert 'data-key="B' in page.text
    worker = httpx.get(f"{tonight.cloud.url}/push-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert "start_url" not in httpx.get(f"{tonight.cloud.url}/c/manifest.json").json()


def test_asking_without_end_is_slowed_down_by_address_and_no_address_is_kept() -> None:
    moment = [0.0]
    pace = Pace(monotonic=lambda: moment[0])
    for _ in range(AT_ONCE):
        pace.check("2001:db8::1")
    with pytest.raises(TooOften):
        pace.check("2001:db8::2")
    pace.check("192.0.2.1")
    moment[0] += 1.0
    pace.check("2001:db8::1")
    assert "192.0.2.1" not in repr(pace)


def test_the_key_is_made_once_and_never_in_place_of_a_lost_one(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/cloud.db"
    assert command(url, "push-key") == command(url, "push-key")

    async def lose() -> None:
        async with hall(url, tmp_path) as found:
            await found.subscribe("anna", found.claim("g1", event=EVENT))
            with contextlib.closing(sqlite3.connect(tmp_path / "cloud.db", isolation_level=None)) as file:
                file.execute("DELETE FROM secrets")
            with pytest.raises(Refused, match="not here any more"):
                await signing_key.make(found.database)
            pushing = Pushing(found.database, "mailto:a@example.org", "https://c.example", lambda: NOW_MS)
            assert pushing.problem() is None
            pushing.start()
            while pushing.problem() is None:
                await asyncio.sleep(0.01)
            assert "do not make another" in str(pushing.problem())
            assert pushing.public_key is None
            await pushing.stop()

    asyncio.run(lose())


def test_without_a_contact_or_an_address_nothing_is_begun(tmp_path: Path) -> None:
    async def check() -> None:
        async with open_database(f"sqlite:///{tmp_path}/cloud.db") as database:
            await migrate(database)
            for contact, site in (("", "https://c.example"), ("mailto:a@example.org", "")):
                pushing = Pushing(database, contact, site, lambda: NOW_MS)
                pushing.start()
                assert pushing.problem() is None
                await pushing.stop()

    asyncio.run(check())
