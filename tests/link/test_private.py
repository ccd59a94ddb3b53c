"""What a DJ notes for himself never leaves the laptop: no comment and no grouping of any program is on the wire."""

import json
import sqlite3
from pathlib import Path

from appliance.clock import SystemClock
from sync.journal.entries import Entry, read_line
from sync.link.desk import Choices, Desk
from sync.link.sources.http_now import sighting_in
from sync.link.sources.icecast import names_in_query
from sync.link.sources.mixxx import Mixxx
from sync.link.sources.mpris import playing
from sync.link.sources.ogg import OggNames
from sync.link.sources.pika_desktop import _Conversation
from sync.link.sources.serato.sessions import SeratoSessions
from sync.link.sources.source import Confidence, Sighting
from sync.link.sources.virtualdj.history import VirtualDjHistory
from sync.link.store.database import LinkStore
from sync.link.tags import Tags
from sync.link.truth import Decision, Deed
from tests.link import test_mixxx, test_serato
from tests.link.laptops import laptop
from tests.link.test_icecast import comment_packet, pages
from tests.link.test_tags import mp3
from tests.link.test_virtualdj import played

NOTE = "boring ex-girlfriend song"
NOON_S = 1_795_000_000
#: everything that an entry about a play may say
FIELDS = {
    "play", "set", "title", "artist", "raw_title", "raw_artist", "source", "confidence", "age_ms", "stage", "bpm",
    "bpm_origin", "key", "key_origin",
}  # fmt: skip


def virtualdj(home: Path) -> Sighting:
    history = home / "Documents" / "VirtualDJ" / "History" / "a.m3u"
    history.parent.mkdir(parents=True)
    history.write_text(played("So What", NOON_S, comment=NOTE, user1=NOTE, genre=NOTE, grouping=NOTE))
    source = VirtualDjHistory(laptop(home))
    source.probe()
    (found,) = source.poll(None, now_ms=NOON_S * 1000).sightings
    return found


def serato(home: Path) -> Sighting:
    sessions = home / "Music" / "_Serato_" / "History" / "Sessions"
    sessions.mkdir(parents=True)
    row = test_serato.record(1, "So What", artist="Artist", comment=NOTE, played=True)
    (sessions / "1.session").write_bytes(test_serato.HEAD + row)
    source = SeratoSessions(laptop(home))
    source.probe()
    (found,) = source.poll(None, now_ms=NOON_S * 1000).sightings
    return found


def mixxx(home: Path) -> Sighting:
    program = test_mixxx.Running(home)
    for column in ("comment", "grouping"):
        program.database.execute(f"ALTER TABLE library ADD COLUMN {column} TEXT DEFAULT '{NOTE}'")
    program.add(1)
    program.database.close()
    source = Mixxx(laptop(home))
    source.probe()
    (found,) = source.poll(None, now_ms=test_mixxx.NOON_MS).sightings
    return found


def now(_: Path) -> Sighting:
    return sighting_in({"title": "So What", "artist": "A", "comment": NOTE, "grouping": NOTE})


def icecast(_: Path) -> Sighting:
    tags = {"ARTIST": "A", "TITLE": "So What", "COMMENT": NOTE, "DESCRIPTION": NOTE}
    (comment,) = OggNames().feed(pages([b"\x01vorbis" + bytes(23), comment_packet(tags), bytes(300)], serial=1))
    assert NOTE not in names_in_query(f"song=A+-+So+What&comment={NOTE}")
    return Sighting(
        source="icecast", native_id="1", confidence=Confidence.HEARD, title=comment["title"], artist=comment["artist"]
    )


def mpris(_: Path) -> Sighting:
    metadata = {"xesam:title": "So What", "xesam:artist": ["A"], "xesam:comment": [NOTE], "xesam:asText": NOTE}
    found = playing("vlc", {"PlaybackStatus": "Playing", "Metadata": metadata})
    assert found is not None
    assert NOTE not in repr(found)
    return Sighting(source="mpris", native_id="1", confidence=Confidence.HEARD, title=found.title, artist=found.artist)


def pika(_: Path) -> Sighting:
    told: list[Sighting] = []
    track = {"title": "So What", "artist": "A", "comment": NOTE, "grouping": NOTE}
    _Conversation(told.append).answers(json.dumps({"type": "BROADCAST_TRACK", "track": track}))
    return told[0]


def test_no_note_of_any_program_is_on_the_wire(tmp_path: Path) -> None:
    store = LinkStore(tmp_path / "link.db")
    desk = Desk(store, clock=SystemClock(), choices=Choices(stage="main-floor"))
    for build in (virtualdj, serato, mixxx, now, icecast, mpris, pika):
        sighting = build(tmp_path / build.__name__)
        assert NOTE not in repr(sighting), build.__name__
        identity = (sighting.source, sighting.native_id)
        desk.take([Decision(Deed.ANNOUNCE, sighting, identity)], source=sighting.source, cursor=None)
    entries = [read_line(line, seq=1) for line in store.lines_after("", 0, most=99)]
    assert len(entries) == 7
    for entry in entries:
        assert isinstance(entry, Entry)
        body = json.loads(entry.body)
        assert (body["title"], set(body) - FIELDS) == ("So What", set())
        assert (body["raw_title"], bool(body["raw_artist"])) == ("So What", True)
        # Where a file lies says who the DJ is, too.
        assert "/" not in entry.body
    store.close()
    with sqlite3.connect(tmp_path / "link.db") as database:
        assert NOTE not in "\n".join(database.iterdump())
    database.close()


def test_of_a_files_tags_only_tempo_and_key_are_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(mp3({"TBPM": "128", "TIT1": NOTE, "TIT2": NOTE, "TKEY": "Am"}))
    assert NOTE not in repr(Tags().of(str(path)))
