"""What goes wrong between the two: connections, proxies, portals, names. Must not judge what came of it."""

import random
import time

from tests.chaos.cloud.front import NAME, Order, Rule, canned, standing
from tests.chaos.cloud.names import LIAR, looking_up
from tests.chaos.cloud.round import Round, carrying, now_and_then
from tests.chaos.cloud.world import World, writing
from tests.support.authority import Authority

PORTAL = canned("200 OK", b"<html><title>Free Wi-Fi</title><body>Please accept our terms.</body></html>")


def _misbehaving(world: World, rule: Rule, *, seconds: float) -> Round:
    box = carrying(world)
    done = world.front.done
    world.front.rule = rule
    with writing(box, each=40):
        time.sleep(seconds)
    happened = world.front.done - done
    world.heal()
    return Round([box], [f"{happened} times"], [] if happened else ["nothing went wrong"])


def answers_lost(world: World, chance: random.Random) -> Round:
    """F5, F6: the cloud has committed, and the box never hears of it."""
    return _misbehaving(world, now_and_then(chance, Order(lose_answer=True)), seconds=2.0)


def requests_cut(world: World, chance: random.Random) -> Round:
    """F3: the connection ends in the middle of a body."""
    return _misbehaving(world, now_and_then(chance, Order(cut_request=True)), seconds=2.0)


def answers_flipped(world: World, chance: random.Random) -> Round:
    """F6: a bit of an answer is turned over behind TLS."""
    return _misbehaving(world, now_and_then(chance, Order(flip_answer=True), only="/v1/"), seconds=2.0)


def requests_flipped(world: World, chance: random.Random) -> Round:
    """F15: a bit of a body is turned over behind TLS."""
    return _misbehaving(world, now_and_then(chance, Order(flip_request=True)), seconds=2.0)


def replayed(world: World, chance: random.Random) -> Round:
    """F14: old requests come again, in any order, between the new ones."""
    return _misbehaving(world, now_and_then(chance, Order(again=4), share=0.5), seconds=1.5)


def portal(world: World, chance: random.Random) -> Round:
    """F17: the venue's portal says 200 to everything."""
    del chance
    return _misbehaving(world, lambda *_: Order(instead=PORTAL), seconds=1.5)


def storm(world: World, chance: random.Random) -> Round:
    """F19: 429 and 503, with and without a time to come again."""
    refusals = [
        canned("429 Too Many Requests", b"{}", kind="application/problem+json", Retry_After="1"),
        canned("503 Service Unavailable", b"<h1>Busy</h1>"),
    ]
    return _misbehaving(world, lambda *_: Order(instead=chance.choice(refusals)), seconds=2.0)


def hung(world: World, chance: random.Random) -> Round:
    """F16: no answer, and no end."""
    del chance
    round_ = _misbehaving(world, lambda *_: Order(hang=True), seconds=2.0)
    world.front.rule = lambda *_: Order()
    return round_


def crooked(world: World, chance: random.Random) -> Round:
    """F3, F5, F6, F14, F15, F17, F19: everything that stands between the two does what it likes."""
    orders = [
        Order(lose_answer=True),
        Order(cut_request=True),
        Order(flip_answer=True),
        Order(flip_request=True),
        Order(again=3),
        Order(instead=PORTAL),
        Order(instead=canned("503 Service Unavailable", b"<h1>Busy</h1>")),
        Order(wait_s=0.1),
    ]
    return _misbehaving(
        world, lambda *_: chance.choice(orders) if chance.random() < 0.4 else Order(wait_s=0.01), seconds=1.5
    )


def names_gone(world: World, chance: random.Random) -> Round:
    """F18: nobody answers for the cloud's name, then somebody lies about it, and then it is as it should be."""
    after = world.after
    names = after.enter_context(looking_up(world.folder / f"names-{world.boxes}"))
    port = world.front.port
    liar = after.enter_context(standing([], world.folder, Authority(), host=LIAR, port=port))
    liar.rule = lambda *_: Order(instead=PORTAL)
    box = world.box()
    box.url, box.inside = f"https://{NAME}:{port}", names.inside
    names.answer = None
    with writing(box):
        box.start()
        time.sleep(chance.uniform(0.5, 1.5))
        names.answer = LIAR
        time.sleep(chance.uniform(0.5, 1.5))
        early = world.count(box.id)
        names.answer = "127.0.0.1"
    wrong = [f"{early} came while nobody could know the way"] if early else []
    asked = f"{names.asked} questions"
    return Round([box], [asked], wrong if names.asked > 1 else ["nobody asked for the name"])
