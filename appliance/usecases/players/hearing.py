"""What a player says becomes what dancers see: its plays are a set like a DJ's, wherever no DJ is on."""

from dataclasses import replace

from appliance.domain import happenings, players, rules
from appliance.domain.events import PlayStopped, SessionStarted
from appliance.domain.identity import Identity, Reason, Verdict, spoken
from appliance.domain.library import LibraryTrack
from appliance.domain.models import Doors, Event, Play, Session, Stage, Stamp, TrackInfo
from appliance.domain.origins import FactOrigin
from appliance.domain.players import Orders, Player, ToldSong, ToldWord, Word
from appliance.errors import Refused
from appliance.ports import Ports, Transaction
from appliance.ports.house import StageHouse
from appliance.usecases import house, plays, recognising, sessions
from appliance.usecases.players.entering import token_wrong


async def hear(ports: Ports, *, player: Player, told: ToldWord) -> Orders:
    """Takes a player's word: shows what it plays, and tells it what it is to do now.

    What it plays while it should be silent is not shown: a song that fades out is no play.

    Raises: Invalid for an id; NotAllowed with the code `token_wrong` when it was taken away meanwhile.
    """
    now = ports.clock.now()
    for song in (*told.before, *filter(None, [told.on])):
        rules.checked_play_id(song.play_id)

    def change(tx: Transaction) -> Orders:
        known = tx.player(player.id)
        if known is None or known.revoked_ms is not None:
            raise token_wrong()
        session = tx.active_session(known.stage_id)
        orders = orders_for(tx, known, session=session, now=now)
        word = _word(tx, told, at=now)
        own = session if session is not None and session.dj_id == known.dj_id else None
        if orders.plays and told.on is not None:
            _show(tx, own or _begin(tx, known, new_id=ports.new_id(), at=now), told=told, at=now)
        elif own is not None and told.on is None:
            _stop(tx, own, at=now)
        if players.is_due(word, known.word):
            tx.put_player_word(known.id, word)
            if own is not None and told.on is not None:
                sessions.hear_of(tx, own, at=now)
        return orders

    return await ports.store.write(change)


async def orders_now(ports: Ports) -> dict[str, Orders]:
    """What every player that works is to do now, by its handle."""
    now = ports.clock.now()

    def look(tx: Transaction) -> dict[str, Orders]:
        sessions = {player.stage_id: tx.active_session(player.stage_id) for player in tx.players()}
        return {one.handle: orders_for(tx, one, session=sessions[one.stage_id], now=now) for one in tx.players()}

    return await ports.store.write(look)


def orders_for(tx: Transaction, player: Player, *, session: Session | None, now: Stamp) -> Orders:
    """What a player is to do while `session` runs on its stage, inside a transaction."""
    stage, event = tx.stage(player.stage_id), tx.event_of_stage(player.stage_id)
    is_open = stage is not None and event is not None and _may_be_heard(tx, event, stage, now=now)
    is_house = session is not None and tx.player_of_dj(session.dj_id) is not None
    return players.orders(player, session=session, is_open=is_open, is_house=is_house)


def _may_be_heard(tx: Transaction, event: Event, stage: Stage, *, now: Stamp) -> bool:
    """Whether the house may play on a stage at all. A break is one for the house, too."""
    if stage.doors is not Doors.OPEN or not happenings.is_open(event, stage):
        return False
    try:
        house.check_open(StageHouse(event.zone, tx.house_rules(stage.id)), now=now)
    except Refused:
        return False
    return True


def _word(tx: Transaction, told: ToldWord, *, at: Stamp) -> Word:
    error = rules.clean_text(told.error)[: players.ERROR_MAX]
    word = Word(heard=at, is_paused=told.is_paused, volume=told.volume, error=error)
    if told.on is None:
        return word
    track = _track(tx, told.on)
    return replace(word, play_id=told.on.play_id, track_id=told.on.track_id, artist=track.artist, title=track.title)


def _begin(tx: Transaction, player: Player, *, new_id: str, at: Stamp) -> Session:
    """A player's set begins. Nobody is notified: that the house plays again is no news."""
    name = players.dj_name(player.name)
    session = Session(new_id, player.stage_id, player.dj_id, name, started=at, seen=at)
    tx.add_session(session)
    tx.record(SessionStarted(session), at=at)
    return session


def _show(tx: Transaction, session: Session, *, told: ToldWord, at: Stamp) -> None:
    assert told.on is not None
    for song in (*told.before, told.on):
        if tx.play(song.play_id) is None:
            running = tx.session(session.id)
            assert running is not None  # it runs
            play = Play(song.play_id, session.id, session.stage_id, _track(tx, song), at, song.age_ms)
            plays.add(tx, running, play, now=at)
            if tx.library_track(song.track_id) is not None:
                # Nobody has to guess by its name: two files may be called the same.
                own = Identity(play.id, spoken(play.track), song.track_id, 1.0, Reason.HOUSE, Verdict.FOUND)
                recognising.note(tx, own, now=at)


def _stop(tx: Transaction, session: Session, *, at: Stamp) -> None:
    play = tx.play(session.current_play_id) if session.current_play_id else None
    if play is not None:
        tx.set_current(session.id, None)
        tx.record(PlayStopped(play), at=at)


def _track(tx: Transaction, song: ToldSong) -> TrackInfo:
    """What dancers are shown: what the library knows of it, or what the player says."""
    known = tx.library_track(song.track_id) if song.track_id else None
    if known is not None:
        return of_library(known)
    title = rules.clean_text(song.title)[: rules.TEXT_MAX] or "?"
    return TrackInfo(artist=rules.clean_text(song.artist)[: rules.TEXT_MAX], title=title)


def of_library(known: LibraryTrack) -> TrackInfo:
    """A track of the library as phones are told of it."""
    sound, character = known.analysis, known.analysis.character
    scores = {name: float(value) for name in rules.SCORES if (value := getattr(character, name, None)) is not None}
    track = TrackInfo(
        artist=rules.clean_text(known.labels.artist)[: rules.TEXT_MAX],
        title=rules.clean_text(known.labels.title)[: rules.TEXT_MAX] or "?",
        bpm=round(sound.tempo.bpm, 1) if sound.tempo else None,
        key=sound.key.name if sound.key else None,
        bpm_origin=FactOrigin.LIBRARY if sound.tempo else None,
        key_origin=FactOrigin.LIBRARY if sound.key else None,
        **scores,
    )
    return rules.without_unusable_tempo(track)
