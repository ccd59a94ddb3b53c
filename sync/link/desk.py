"""The DJ's desk: decisions and the DJ's own words become entries for the box.

One transaction for each: the entry, what is remembered of the play, and how far its source was read. Used by the
running link and by the commands beside it, which share nothing but the store's file.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec

from appliance.clock import Clock
from appliance.errors import Invalid, Refused
from sync.journal.entries import Entry
from sync.link.facts import Tempo, TempoRange, better, facts_of
from sync.link.sources.source import Confidence, Sighting
from sync.link.store.database import NO_BOX, KnownPlay, LinkStore
from sync.link.store.sounds import SoundsStore
from sync.link.truth import Decision, Deed
from sync.link.words import SkipRules, displayed, raw

#: a set goes on until the DJ was silent for this long
SET_ENDS_AFTER_MS = 3 * 3600 * 1000
BY_HAND = "by-hand"
_HIDDEN_MOST = 64
_BODY_VERSION = 1


@dataclass(frozen=True, slots=True)
class Choices:
    """What the DJ chose about words."""

    #: where plays are shown; None for the only stage there is
    stage: str | None = None
    #: whether what says nothing about the music is left out of titles
    tidy: bool = True
    skip: SkipRules = field(default_factory=SkipRules)
    #: the tempos that people dance to here
    tempo: TempoRange = field(default_factory=TempoRange)


class Desk:
    """Writes entries for the box that was chosen."""

    def __init__(self, store: LinkStore, *, clock: Clock, choices: Choices) -> None:
        self._store, self._clock, self._choices = store, clock, choices

    @property
    def box(self) -> str:
        """The id of the box that plays go to; empty before one was chosen."""
        return self._store.meta("box") or NO_BOX

    def take(self, decisions: Sequence[Decision], *, source: str, cursor: str | None) -> list[KnownPlay]:
        """Keeps what a poll led to and how far it read, at once; the plays that are new.

        With `cursor` None the source is read again from where it was: something of it is not decided yet.
        """
        with self._store.transaction():
            kept = [play for decision in decisions if (play := self._keep(decision))]
            if cursor is not None:
                self._store.set_cursor(source, cursor)
        return kept

    def _keep(self, decision: Decision) -> KnownPlay | None:
        known = self._store.play_of(*decision.identity)
        if decision.deed is Deed.ENRICH:
            if known is not None and not known.retracted:
                self._enrich(known, decision.sighting)
            return None
        play_id = self._play_id(decision.identity)
        if known is not None or self._choices.skip.skips(decision.sighting) or play_id in self._hidden():
            return None
        if self._is_private():
            # A crash before its cursor is kept brings it here once more.
            self._store.set_meta("hidden", " ".join([*self._hidden(), play_id][-_HIDDEN_MOST:]))
            return None
        return self._announce(decision.sighting, identity=decision.identity)

    def _hidden(self) -> list[str]:
        """Plays that stayed private lately, by what their ids would be."""
        return (self._store.meta("hidden") or "").split()

    def _is_private(self) -> bool:
        if self._store.meta("paused") == "yes":
            return True
        if self._store.meta("private_next") == "yes":
            self._store.set_meta("private_next", "no")
            return True
        return False

    def _announce(self, sighting: Sighting, *, identity: tuple[str, str]) -> KnownPlay | None:
        now = self._clock.now()
        told = raw(sighting)
        shown = displayed(told, tidy=self._choices.tidy)
        if not any(char.isalnum() for char in shown.title + shown.artist):
            return None
        play = KnownPlay(
            self._play_id(identity),
            self.box,
            *identity,
            shown.artist,
            shown.title,
            now.wall_ms,
            facts=facts_of(sighting),
        )
        if not self._store.add_play(play):
            return None
        age_ms = max(0, now.wall_ms - sighting.started_ms) if sighting.started_ms is not None else 0
        body: dict[str, object] = {
            "play": play.id,
            "set": self._set_id(now.wall_ms),
            "title": shown.title or shown.artist,
            "artist": shown.artist if shown.title else "",
            "raw_title": told.title,
            "raw_artist": told.artist,
            "source": sighting.source,
            "confidence": sighting.confidence.value,
            "age_ms": age_ms,
            "stage": self._choices.stage,
            **play.told.on_the_wire(),
        }
        self._write("play.heard", body)
        return play

    def _enrich(self, known: KnownPlay, sighting: Sighting) -> None:
        told = raw(sighting)
        shown = displayed(told, tidy=self._choices.tidy)
        play = replace(known, facts=better(known.facts, facts_of(sighting)))
        words: dict[str, object] = {}
        if shown.title and (shown.artist, shown.title) != (known.artist, known.title):
            play = replace(play, artist=shown.artist, title=shown.title)
            words = {"artist": shown.artist, "title": shown.title}
            words |= {"raw_artist": told.artist, "raw_title": told.title}
        if play != known:
            self._store.set_known(play)
            self._write("play.known", {"play": play.id, **words, **play.told.on_the_wire()}, box=self._box_of(play))

    def tempo(self, choice: Tempo) -> KnownPlay:
        """The DJ says that the last play's tempo is half or double of what is known, or just that; the play as told.

        Raises: Refused with the code `nothing_to_undo` or `tempo_unknown`.
        """
        with self._store.transaction():
            last = self._last()
            play = replace(last, tempo=choice)
            bpm = last.facts.bpm
            if bpm is None or play.told.bpm != round(bpm * choice.factor, 2):
                raise Refused(
                    "tempo_unknown",
                    f"No tempo is known of {last.title!r}." if bpm is None else f"{bpm * choice.factor:g} is no tempo.",
                    advice="Nothing was changed.",
                )
            self._store.set_known(play)
            told = play.told
            self._write(
                "play.known",
                {"play": play.id, "bpm": told.bpm, "bpm_origin": told.bpm_origin.value},
                box=self._box_of(play),
            )
        return play

    def offer(self) -> tuple[KnownPlay, Tempo] | None:
        """The last play, when its tempo is outside of what the DJ plays and half or double of it is not.

        None when there is nothing to ask, also because the DJ has answered.
        """
        last = self.last()
        if last is None or last.tempo is not None:
            return None
        other = self._choices.tempo.offer(last.facts.bpm)
        return (last, other) if other else None

    def now(self, text: str) -> KnownPlay:
        """The DJ says what is heard: "Artist - Title", or a title alone.

        Raises: Invalid with the code `words_empty`.
        """
        native_id = secrets.token_hex(8)
        sighting = Sighting(source=BY_HAND, native_id=native_id, confidence=Confidence.HEARD, title=text)
        with self._store.transaction():
            play = self._announce(sighting, identity=(BY_HAND, native_id))
        if play is None:
            raise Invalid("words_empty", "There is no letter in that.", advice='Say it like: now "Artist - Title"')
        return play

    def undo(self) -> KnownPlay:
        """Takes the last play back, everywhere.

        Raises: Refused with the code `nothing_to_undo`.
        """
        play = self._last()
        with self._store.transaction():
            self._store.retract_play(play.id)
            self._write("play.taken_back", {"play": play.id}, box=self._box_of(play))
        return play

    def resend(self) -> KnownPlay:
        """Says the last play once more, as heard now.

        Raises: Refused with the code `nothing_to_undo`.
        """
        last = self._last()
        return self.now(f"{last.artist} - {last.title}" if last.artist else last.title)

    def pause(self, *, paused: bool) -> None:
        """While paused, nothing that programs play is told; it is not told later either."""
        self._store.set_meta("paused", "yes" if paused else "no")

    def tell_sounds(self, sounds: SoundsStore, play: KnownPlay, told: bytes | None) -> None:
        """Tells how the file of a play sounds: `told` is the fields of the entry beside the play, as JSON.

        The play waits no more; where nothing can be told, that is all.
        """
        with self._store.transaction():
            sounds.drop_unheard(play.id)
            if told is not None and not play.retracted:
                body = msgspec.json.decode(told, type=dict[str, object])
                self._write("track.sounds", {"play": play.id, **body}, box=self._box_of(play))

    def next_private(self) -> None:
        """The next play is nobody's business."""
        self._store.set_meta("private_next", "yes")

    def end_set(self) -> None:
        """The DJ has finished."""
        set_id = self._current_set()
        if set_id is not None:
            with self._store.transaction():
                self._write("set.over", {"set": set_id})
                self._store.set_meta("set", "")

    def _box_of(self, play: KnownPlay) -> str:
        """Where a play went. One from before any box was chosen went to the first that was."""
        return play.box or self.box

    def last(self) -> KnownPlay | None:
        """The last play that was not taken back."""
        return next((play for play in self._store.last_plays(50) if not play.retracted), None)

    def _last(self) -> KnownPlay:
        found = self.last()
        if found is None:
            raise Refused("nothing_to_undo", "Nothing was announced yet.")
        return found

    def _current_set(self) -> str | None:
        return (self._store.meta("set") or "").partition(" ")[0] or None

    def _set_id(self, wall_ms: int) -> str:
        set_id, _, last_ms = (self._store.meta("set") or "").partition(" ")
        if not set_id or abs(wall_ms - int(last_ms or 0)) > SET_ENDS_AFTER_MS:
            set_id = secrets.token_hex(10)
        self._store.set_meta("set", f"{set_id} {wall_ms}")
        return set_id

    def _play_id(self, identity: tuple[str, str]) -> str:
        text = "\0".join((self._store.install_id, *identity))
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:24]

    def _write(self, kind: str, body: dict[str, object], *, box: str | None = None) -> None:
        now = self._clock.now()
        text = msgspec.json.encode({name: value for name, value in body.items() if value is not None}).decode()
        entry = Entry(0, kind, _BODY_VERSION, now.boot, now.boot_ms, now.wall_ms, now.trust.value, text)
        self._store.append(self.box if box is None else box, entry)
