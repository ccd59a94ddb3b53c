"""What the box is told, and what stays the DJ's own business."""

import json
from pathlib import Path
from typing import Any

import pytest

from appliance.domain.origins import FactOrigin
from appliance.errors import Invalid, Refused
from sync.journal.entries import Entry, read_line
from sync.link.desk import SET_ENDS_AFTER_MS, Choices, Desk
from sync.link.facts import Tempo, TempoRange
from sync.link.sources.source import Confidence, Sighting
from sync.link.store.database import LinkStore
from sync.link.truth import Decision, Deed
from sync.link.words import SkipRules
from tests.support.evening import NOON_MS, TurnedClock


def seen(title: str = "So What", *, native_id: str = "1", artist: str = "Miles Davis", **rest: Any) -> Sighting:
    return Sighting(source="vdj", native_id=native_id, confidence=Confidence.HEARD, title=title, artist=artist, **rest)


def announce(sighting: Sighting) -> Decision:
    return Decision(Deed.ANNOUNCE, sighting, (sighting.source, sighting.native_id))


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def store(tmp_path: Path) -> LinkStore:
    return LinkStore(tmp_path / "link.db")


@pytest.fixture
def desk(store: LinkStore, clock: TurnedClock) -> Desk:
    return Desk(store, clock=clock, choices=Choices())


def told(store: LinkStore, box: str = "") -> list[tuple[str, dict[str, Any]]]:
    found = [read_line(line, seq=1) for line in store.lines_after(box, 0, most=99)]
    assert all(isinstance(one, Entry) for one in found)
    return [(one.kind, json.loads(one.body)) for one in found if isinstance(one, Entry)]


def test_a_play_is_told_with_its_words_its_age_and_what_is_known(desk: Desk, store: LinkStore) -> None:
    sighting = seen("So What (Official Video)", bpm=136.004, key="5A", started_ms=NOON_MS - 3000)
    (play,) = desk.take([announce(sighting)], source="vdj", cursor="c1")
    ((kind, body),) = told(store)
    assert kind == "play.heard"
    assert body | {"set": ""} == {
        "play": play.id, "set": "", "title": "So What", "artist": "Miles Davis", "raw_artist": "Miles Davis",
        "raw_title": "So What (Official Video)", "source": "vdj", "confidence": "heard", "age_ms": 3000, "bpm": 136.0,
        "key": "Cm", "bpm_origin": "source", "key_origin": "source",
    }  # fmt: skip
    assert store.cursor("vdj") == "c1"


def test_the_same_play_again_is_told_once_also_after_a_restart(desk: Desk, store: LinkStore, tmp_path: Path) -> None:
    desk.take([announce(seen())], source="vdj", cursor=None)
    desk.take([announce(seen())], source="vdj", cursor="c1")
    again = LinkStore(tmp_path / "link.db")
    Desk(again, clock=TurnedClock(), choices=Choices()).take([announce(seen())], source="vdj", cursor="c1")
    assert len(told(store)) == 1


@pytest.mark.parametrize(("bpm", "shown"), [(0.0, None), (-1.0, None), (39.0, None), (301.0, None), (128.0, 128.0)])
def test_a_tempo_that_can_not_be_is_not_told(desk: Desk, store: LinkStore, bpm: float, shown: float | None) -> None:
    desk.take([announce(seen(bpm=bpm))], source="vdj", cursor=None)
    assert told(store)[0][1].get("bpm") == shown


def test_a_start_in_the_future_is_no_age(desk: Desk, store: LinkStore) -> None:
    desk.take([announce(seen(started_ms=NOON_MS + 10**9))], source="vdj", cursor=None)
    assert told(store)[0][1]["age_ms"] == 0


def test_more_that_is_known_is_a_second_message_about_the_same_play(desk: Desk, store: LinkStore) -> None:
    (play,) = desk.take([announce(seen())], source="vdj", cursor=None)
    desk.take([Decision(Deed.ENRICH, seen(bpm=136.0), ("vdj", "1"))], source="mixxx", cursor=None)
    assert told(store)[1] == (
        "play.known",
        {"play": play.id, "bpm": 136.0, "bpm_origin": "source"},
    )


def test_skipped_paused_and_private_plays_are_never_told(store: LinkStore, clock: TurnedClock) -> None:
    desk = Desk(store, clock=clock, choices=Choices(skip=SkipRules(("jingle",))))
    desk.take([announce(seen("Jingle 3", native_id="1"))], source="vdj", cursor=None)
    desk.pause(paused=True)
    desk.take([announce(seen("Secret", native_id="2"))], source="vdj", cursor=None)
    desk.pause(paused=False)
    desk.next_private()
    desk.take(
        [announce(seen("Surprise", native_id="3")), announce(seen("Shown", native_id="4"))], source="v", cursor=""
    )
    assert [body["title"] for _, body in told(store)] == ["Shown"]


def test_by_hand_undo_and_resend(desk: Desk, store: LinkStore) -> None:
    with pytest.raises(Refused):
        desk.undo()
    desk.take([announce(seen())], source="vdj", cursor=None)
    said = desk.now("Nina Simone - Sinnerman")
    assert (said.artist, said.title) == ("Nina Simone", "Sinnerman")
    assert desk.undo() == said
    assert desk.undo().title == "So What"
    with pytest.raises(Refused):
        desk.undo()
    desk.now("Untitled")
    assert desk.resend().title == "Untitled"
    with pytest.raises(Invalid):
        desk.now(" - ")
    kinds = [kind for kind, _ in told(store)]
    assert kinds == ["play.heard", "play.heard", "play.taken_back", "play.taken_back", "play.heard", "play.heard"]


def test_a_set_goes_on_over_restarts_and_ends_by_silence_or_by_word(
    desk: Desk, store: LinkStore, clock: TurnedClock
) -> None:
    def played() -> str:
        desk.now(f"A - {clock.boot_ms}")
        return str(told(store)[-1][1]["set"])

    first = played()
    clock.pass_s(3600)
    assert played() == first
    clock.pass_s(SET_ENDS_AFTER_MS / 1000 + 1)
    second = played()
    assert second != first
    desk.end_set()
    assert told(store)[-1] == ("set.over", {"set": second})
    desk.end_set()
    assert told(store)[-1][0] == "set.over"
    assert played() not in {first, second}


def test_plays_go_to_the_box_that_is_chosen_and_an_undo_to_where_the_play_went(desk: Desk, store: LinkStore) -> None:
    store.set_meta("box", "friday")
    desk.now("A - One")
    store.set_meta("box", "saturday")
    desk.undo()
    assert [kind for kind, _ in told(store, "friday")] == ["play.heard", "play.taken_back"]
    assert told(store, "saturday") == []


def enrich(sighting: Sighting) -> Decision:
    return Decision(Deed.ENRICH, sighting, (sighting.source, sighting.native_id))


def test_what_adds_nothing_is_not_told_again(desk: Desk, store: LinkStore) -> None:
    desk.take([announce(seen(bpm=136.0))], source="vdj", cursor=None)
    desk.take([enrich(seen("So What (Official Video)", bpm=136.001, duration_s=9.0))], source="vdj", cursor=None)
    assert len(told(store)) == 1


def test_better_words_are_told_with_the_raw_ones(desk: Desk, store: LinkStore) -> None:
    (play,) = desk.take([announce(seen("So What", artist=""))], source="vdj", cursor=None)
    desk.take([enrich(seen("So What [HD]"))], source="vdj", cursor=None)
    assert told(store)[1] == (
        "play.known",
        {
            "play": play.id, "artist": "Miles Davis", "title": "So What", "raw_artist": "Miles Davis",
            "raw_title": "So What [HD]",
        },
    )  # fmt: skip
    assert store.last_plays(1)[0].artist == "Miles Davis"


def test_a_lesser_word_changes_nothing_also_after_a_restart(store: LinkStore, tmp_path: Path) -> None:
    first = Desk(store, clock=TurnedClock(), choices=Choices())
    first.take([announce(seen(bpm=136.0, bpm_origin=FactOrigin.DATABASE))], source="vdj", cursor=None)
    store.close()
    again = LinkStore(tmp_path / "link.db")
    desk = Desk(again, clock=TurnedClock(), choices=Choices())
    tags = seen(bpm=68.0, bpm_origin=FactOrigin.TAGS, key="Dm", key_origin=FactOrigin.TAGS)
    desk.take([enrich(tags)], source="vdj", cursor=None)
    body = told(again)[1][1]
    assert (body["bpm"], body["bpm_origin"], body["key"], body["key_origin"]) == (136.0, "database", "Dm", "tags")
    again.close()


def test_another_tempo_is_offered_and_only_the_djs_word_changes_it(store: LinkStore, clock: TurnedClock) -> None:
    desk = Desk(store, clock=clock, choices=Choices(tempo=TempoRange(70, 140)))
    assert desk.offer() is None
    (play,) = desk.take([announce(seen(bpm=60.0, key="Dm"))], source="vdj", cursor=None)
    assert told(store)[0][1]["bpm"] == 60.0
    offer = desk.offer()
    assert offer is not None
    assert (offer[0].id, offer[1]) == (play.id, Tempo.DOUBLE)
    desk.tempo(Tempo.DOUBLE)
    assert told(store)[1] == ("play.known", {"play": play.id, "bpm": 120.0, "bpm_origin": "dj"})
    assert desk.offer() is None
    # What becomes known later is not louder than the DJ.
    desk.take([enrich(seen(bpm=61.0))], source="vdj", cursor=None)
    assert len(told(store)) == 2
    desk.tempo(Tempo.AS_IS)
    assert told(store)[2][1] == {"play": play.id, "bpm": 60.0, "bpm_origin": "dj"}
    assert desk.offer() is None


def test_a_tempo_that_nobody_knows_can_not_be_halved(desk: Desk, store: LinkStore) -> None:
    with pytest.raises(Refused, match="Nothing was announced yet"):
        desk.tempo(Tempo.HALF)
    desk.now("A - B")
    with pytest.raises(Refused, match="No tempo is known"):
        desk.tempo(Tempo.HALF)
    desk.take([announce(seen(bpm=70.0))], source="vdj", cursor=None)
    with pytest.raises(Refused, match="35 is no tempo"):
        desk.tempo(Tempo.HALF)
    assert [kind for kind, _ in told(store)] == ["play.heard", "play.heard"]
    assert store.last_plays(1)[0].tempo is None


def test_what_follows_a_play_from_before_any_box_goes_to_the_box_that_has_it(desk: Desk, store: LinkStore) -> None:
    desk.take([announce(seen(bpm=60.0))], source="vdj", cursor=None)
    store.choose("friday")
    desk.tempo(Tempo.DOUBLE)
    desk.take([enrich(seen(key="Dm"))], source="vdj", cursor=None)
    desk.undo()
    assert [kind for kind, _ in told(store, "friday")] == ["play.heard", "play.known", "play.known", "play.taken_back"]


def test_a_private_play_stays_private_whatever_other_programs_say_of_it(desk: Desk, store: LinkStore) -> None:
    desk.next_private()
    desk.take([announce(seen("Secret"))], source="vdj", cursor=None)
    desk.take([enrich(seen("Secret", bpm=136.0))], source="mixxx", cursor=None)
    desk.take([announce(seen("Secret"))], source="vdj", cursor=None)
    assert told(store) == []
    desk.pause(paused=True)
    desk.take([announce(seen("Also secret", native_id="2"))], source="vdj", cursor=None)
    desk.pause(paused=False)
    desk.take([announce(seen("Also secret", native_id="2"))], source="vdj", cursor=None)
    assert told(store) == []
