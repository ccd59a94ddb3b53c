"""One message over real TLS: it opens only on its phone, its sender is proven, and it goes nowhere else."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from appliance.errors import Invalid
from sync.cloud.push.answers import Fate
from sync.cloud.push.intents import Intent, Urgency
from sync.cloud.push.letters import Keys, Signer, new_key, plain_text, public_key, seal
from sync.cloud.push.posting import Letter, Message, Poster, open_session
from tests.push.phones import PushedPhone, vapid_claims
from tests.push.service import Loopback, PushService, push_service

SITE = "https://cloud.example.org"
HEARD = Intent("i1", "dj_live", "e1", "main", "live", 900, Urgency.HIGH, "DJ Bé is live", "Main Floor", "/e/1", 1)


def run(folder: Path, check: Callable[[PushService, Poster], Coroutine[None, None, None]]) -> None:
    async def all_of_it() -> None:
        async with push_service(folder) as service, open_session(Loopback(), may_be=lambda _: True) as session:
            signer = Signer(new_key(), "mailto:night@example.org")
            await check(service, Poster(session, signer, service.services, service.tls))

    asyncio.run(all_of_it())


def message(service: PushService, phone: PushedPhone, *, ttl_s: int = 900) -> Message:
    body = seal(plain_text(HEARD, site=SITE, tag="t"), phone.keys)
    return Message(service.endpoint(phone), body, Letter(ttl_s, "abc", "high"))


def test_only_the_phone_it_is_for_can_open_it(tmp_path: Path) -> None:
    async def check(service: PushService, poster: Poster) -> None:
        anna, ben = PushedPhone("anna"), PushedPhone("ben")
        assert (await poster.post(message(service, anna))).fate is Fate.SENT
        got = service.received[0]
        said = anna.opened(got.body)["notification"]
        assert said == {
            "title": "DJ Bé is live",
            "body": "Main Floor",
            "navigate": f"{SITE}/e/1",
            "tag": "t",
            "lang": "",
        }
        assert (got.headers["TTL"], got.headers["Topic"], got.headers["Urgency"]) == ("900", "abc", "high")
        with pytest.raises(Exception, match=r"^$"):
            ben.opened(got.body)

    run(tmp_path, check)


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    async def check(service: PushService, poster: Poster) -> None:
        service.answer = lambda phone: (307, {"Location": f"{service.origin}/send/ben"} if phone == "anna" else {})
        assert (await poster.post(message(service, PushedPhone("anna")))).fate is Fate.FAILED
        assert dict(service.requests) == {"anna": 1}

    run(tmp_path, check)


def test_a_name_that_leads_inside_gets_no_connection(tmp_path: Path) -> None:
    async def all_of_it() -> None:
        async with push_service(tmp_path) as service, open_session(Loopback()) as session:
            poster = Poster(session, Signer(new_key(), "mailto:a@example.org"), service.services, service.tls)
            assert (await poster.post(message(service, PushedPhone("anna")))).fate is Fate.UNKNOWN
            assert not service.requests

    asyncio.run(all_of_it())


def test_a_name_that_changes_its_mind_leads_nowhere_else(tmp_path: Path) -> None:
    """The address that was looked at is the one that is connected to: it is not asked for again in between."""

    async def all_of_it() -> None:
        names = Loopback("127.0.0.1", "169.254.169.254")
        async with (
            push_service(tmp_path) as service,
            open_session(names, may_be=lambda ip: ip == "127.0.0.1") as session,
        ):
            poster = Poster(session, Signer(new_key(), "mailto:a@example.org"), service.services, service.tls)
            assert (await poster.post(message(service, PushedPhone("anna")))).fate is Fate.SENT
            assert names.asked == 1

    asyncio.run(all_of_it())


def test_an_endpoint_that_is_not_allowed_any_more_is_gone_without_a_connection(tmp_path: Path) -> None:
    async def check(service: PushService, poster: Poster) -> None:
        wrong = Message("https://127.0.0.1/x", b"x", Letter(60, "t", "high"))
        assert (await poster.post(wrong)).fate is Fate.GONE

    run(tmp_path, check)


def test_each_service_gets_claims_of_its_own_and_the_same_for_hours() -> None:
    moment = [1_790_000_000.0]
    signer = Signer(new_key(), "mailto:a@example.org", now=lambda: moment[0])
    one, other = signer.headers("https://one.example"), signer.headers("https://other.example")
    assert vapid_claims(one["Authorization"])["aud"] == "https://one.example"
    assert vapid_claims(other["Authorization"])["aud"] == "https://other.example"
    moment[0] += 5 * 3600
    assert signer.headers("https://one.example") is one
    moment[0] += 2 * 3600
    anew = vapid_claims(signer.headers("https://one.example")["Authorization"])
    assert anew["exp"] == int(moment[0]) + 12 * 3600


@pytest.mark.parametrize(
    "keys", [Keys("", ""), Keys("AAAA", "AAAA"), Keys("é", "AAAAAAAAAAAAAAAAAAAAAA"), Keys("BA" * 44, "A" * 22)]
)
def test_keys_that_nothing_can_be_sealed_for_are_refused(keys: Keys) -> None:
    with pytest.raises(Invalid, match="sealed"):
        seal(b"x", keys)


def test_the_longest_words_fit_into_what_every_service_takes() -> None:
    longest = Intent("i", "k", "e", None, "c", 60, Urgency.LOW, "€" * 120, "€" * 500, "/" + "x" * 299, 1)
    assert len(seal(plain_text(longest, site="https://" + "c" * 200, tag="t" * 32), PushedPhone("a").keys)) <= 4096


def test_a_key_is_an_uncompressed_point_for_browsers() -> None:
    assert len(public_key(new_key())) == 65
