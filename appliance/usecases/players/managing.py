"""Players are made, changed, told what to do and taken away by the people of their event."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from appliance.domain import players, rules
from appliance.domain.accounts import EMAIL_MAX
from appliance.domain.audit import Actor, Deed
from appliance.domain.events import PlayerChanged
from appliance.domain.models import Dj, EndReason, Stamp
from appliance.domain.players import Player, Wish
from appliance.errors import Invalid, NotKnown, Refused
from appliance.ports import Ports, Transaction
from appliance.usecases import sessions
from appliance.usecases.people import digest
from appliance.usecases.players.entering import TOKEN_PREFIX
from appliance.usecases.stages import known_stage

_HANDLE_PREFIX = "player_"


@dataclass(frozen=True, slots=True)
class Draft:
    """A player as somebody describes it."""

    name: str
    stage_id: str
    #: the account that may tell it what to do; None for nobody but the event's people
    manager_id: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A new player. `secret` is shown once and kept nowhere."""

    player: Player
    secret: str


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody wants of a player now; None leaves things as they are."""

    is_paused: bool | None = None
    volume: int | None = None
    returns: bool | None = None
    #: cut short what is on
    skips: bool = False


def known_player(tx: Transaction, player_id: str) -> Player:
    """A player that works.

    Raises: NotKnown with the code `player_unknown`.
    """
    player = tx.player(player_id)
    if player is None:
        raise player_unknown()
    return working(player)


def player_unknown() -> NotKnown:
    """There is no player of an id."""
    return NotKnown("player_unknown", "There is no such player here.", advice="Choose one from the list.")


async def player_ever(ports: Ports, player_id: str) -> Player:
    """A player, taken away or not. Raises: NotKnown with the code `player_unknown`."""
    player = await ports.reader.player(player_id)
    if player is None:
        raise player_unknown()
    return player


def working(player: Player) -> Player:
    """The player, if it works. Raises: NotKnown with the code `player_unknown`."""
    if player.revoked_ms is not None:
        raise player_unknown()
    return player


def _free_name(tx: Transaction, name: str, *, but: str = "") -> str:
    """A player's name that no other one has. Raises: Invalid for the name; Refused with the code `player_exists`."""
    clean = rules.required_text(name, field="name", longest=players.NAME_MAX)
    same = {one.id for one in tx.players() if rules.identity_key(one.name) == rules.identity_key(clean)}
    if same - {but}:
        raise Refused("player_exists", "There is a player of this name already.", advice="Choose another name.")
    return clean


def _free_handle(tx: Transaction, name: str) -> str:
    """Names at the broker are never used twice, and a DJ's has no underscore."""
    wanted = _HANDLE_PREFIX + rules.slug(name)
    handle, number = wanted, 2
    while tx.player_with_handle(handle) is not None:
        handle, number = f"{wanted[:55]}-{number}", number + 1
    return handle


def _own_dj(tx: Transaction, name: str, *, new_id: str) -> Dj:
    """Under whom a player's sets go. Raises: Refused with the code `player_exists` where somebody has that name."""
    called = players.dj_name(name)
    dj = tx.dj_named(called)
    if dj is None:
        dj = Dj(id=new_id, name=called)
        tx.add_dj(dj)
    elif tx.player_of_dj(dj.id) is None:
        raise Refused("player_exists", f"A DJ is called {called} already.", advice="Choose another name.")
    return dj


async def account_of(ports: Ports, email: str) -> str:
    """The account that an e-mail is of, for whoever gives somebody a player.

    Raises: NotKnown with the code `manager_unknown`.
    """
    found = await ports.reader.account_with_email(email.strip()) if len(email) <= EMAIL_MAX else None
    if found is None:
        raise NotKnown(
            "manager_unknown",
            "No account on this box has this e-mail.",
            advice="Let them register at /register first; as a dancer is enough.",
        )
    return found.id


def _known_manager(tx: Transaction, account_id: str | None) -> str | None:
    if account_id is not None and tx.account(account_id) is None:
        raise NotKnown("account_unknown", "There is no such account.", advice="Choose one from the list.")
    return account_id


def _told(tx: Transaction, player: Player, *, act: str, by: Actor, at: Stamp) -> Player:
    """Keeps a player as it is from now on, with who did that."""
    event = tx.event_of_stage(player.stage_id)
    tx.put_player(player)
    tx.record(PlayerChanged(player), at=at)
    deed = Deed(act, on=player.id, name=player.name, event_id=event.id if event else None)
    tx.audit(deed, by=by, at=at)
    return player


async def add(ports: Ports, *, draft: Draft, verifier: Callable[[str], str], by: Actor) -> Made:
    """A new player with its token, which `verifier` hashes for the broker.

    Raises: Invalid for the name; NotKnown for the stage or the manager; Refused with the code `player_exists` or
    `players_many`.
    """
    now, secret = ports.clock.now(), TOKEN_PREFIX + secrets.token_urlsafe(24)

    def change(tx: Transaction) -> Player:
        stage, name = known_stage(tx, draft.stage_id), _free_name(tx, draft.name)
        if len(tx.players()) >= players.PLAYERS_MOST:
            raise Refused("players_many", f"A box has {players.PLAYERS_MOST} players at most.", advice="Remove one.")
        player = Player(
            id=ports.new_id(),
            name=name,
            stage_id=stage.id,
            dj_id=_own_dj(tx, name, new_id=ports.new_id()).id,
            handle=_free_handle(tx, name),
            digest=digest(secret),
            verifier=verifier(secret),
            created_ms=now.wall_ms,
            manager_id=_known_manager(tx, draft.manager_id),
        )
        return _told(tx, player, act="player.made", by=by, at=now)

    made = Made(await ports.store.write(change), secret)
    await ports.refresh_credentials()
    return made


async def edit(ports: Ports, *, player_id: str, draft: Draft, by: Actor) -> Player:
    """Another name, stage or manager. On another stage its set begins anew.

    Raises: as `add`; NotKnown with the code `player_unknown`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Player:
        before = known_player(tx, player_id)
        stage, name = known_stage(tx, draft.stage_id), _free_name(tx, draft.name, but=player_id)
        called = players.dj_name(name)
        other = tx.dj_named(called)
        if other is not None and other.id != before.dj_id:
            raise Refused("player_exists", f"A DJ is called {called} already.", advice="Choose another name.")
        if name != before.name:
            tx.rename_dj(before.dj_id, name=called)
        if stage.id != before.stage_id or name != before.name:
            _end_sets(tx, before, at=now)
        after = replace(before, name=name, stage_id=stage.id, manager_id=_known_manager(tx, draft.manager_id))
        return _told(tx, after, act="player.edited", by=by, at=now)

    return await ports.store.write(change)


def _end_sets(tx: Transaction, player: Player, *, at: Stamp) -> None:
    for session in tx.active_sessions_of(player.dj_id):
        sessions.end(tx, session, reason=EndReason.ENDED, at=at)


async def take_away(ports: Ports, *, player_id: str, by: Actor) -> None:
    """A player's token and tag work no more, and its set ends. Again changes nothing.

    Raises: NotKnown with the code `player_unknown`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        player = tx.player(player_id)
        if player is None:
            raise player_unknown()
        if player.revoked_ms is None:
            _end_sets(tx, player, at=now)
            gone = replace(player, revoked_ms=now.wall_ms, tag_digest=None)
            _told(tx, gone, act="player.revoked", by=by, at=now)

    await ports.store.write(change)
    await ports.refresh_credentials()


async def renew_token(ports: Ports, *, player_id: str, verifier: Callable[[str], str], by: Actor) -> Made:
    """Another token for a player whose own was lost, or seen by others: the old one works no more, all else stays.

    Raises: NotKnown with the code `player_unknown`.
    """
    now, secret = ports.clock.now(), TOKEN_PREFIX + secrets.token_urlsafe(24)

    def change(tx: Transaction) -> Player:
        player = replace(known_player(tx, player_id), digest=digest(secret), verifier=verifier(secret))
        return _told(tx, player, act="player.token_renewed", by=by, at=now)

    made = Made(await ports.store.write(change), secret)
    await ports.refresh_credentials()
    return made


async def set_tag(ports: Ports, *, player_id: str, tag: str, by: Actor) -> str:
    """Gives a player an NFC tag in the place of an earlier one; what the tag is to say, which is kept nowhere.

    With an empty `tag` the box makes one up. A tag leads phones to the player's stage and opens no right.

    Raises: Invalid with the code `tag_invalid`; NotKnown with `player_unknown`; Refused with `tag_taken`.
    """
    now, text = ports.clock.now(), players.checked_tag(tag) if tag else secrets.token_urlsafe(12)

    def change(tx: Transaction) -> None:
        player = known_player(tx, player_id)
        if any(one.tag_digest == digest(text) and one.id != player_id for one in tx.players()):
            raise Refused("tag_taken", "Another player has this tag.", advice="Take another one.")
        _told(tx, replace(player, tag_digest=digest(text)), act="player.tagged", by=by, at=now)

    await ports.store.write(change)
    return text


async def command(ports: Ports, *, player_id: str, wanted: Command, by: Actor) -> Player:
    """Tells a player what to do. It is told at once, or as soon as it is heard of.

    Raises: Invalid with the code `volume_out_of_range`; NotKnown with `player_unknown`; Refused with `nothing_on`.
    """
    now = ports.clock.now()
    if wanted.volume is not None and not 0 <= wanted.volume <= 100:
        raise Invalid("volume_out_of_range", "The volume is from 0 to 100.")

    def change(tx: Transaction) -> Player:
        player = known_player(tx, player_id)
        wish = _wish(player, wanted)
        return (
            player if wish == player.wish else _told(tx, replace(player, wish=wish), act="player.told", by=by, at=now)
        )

    return await ports.store.write(change)


def _wish(player: Player, wanted: Command) -> Wish:
    wish = player.wish
    if wanted.is_paused is not None:
        wish = replace(wish, is_paused=wanted.is_paused)
    if wanted.volume is not None:
        wish = replace(wish, volume=wanted.volume)
    if wanted.returns is not None:
        wish = replace(wish, returns=wanted.returns)
    if wanted.skips:
        if player.word is None or player.word.play_id is None:
            raise Refused("nothing_on", "This player plays nothing now.", advice="Wait until it does.")
        wish = replace(wish, skip=player.word.play_id)
    return wish
