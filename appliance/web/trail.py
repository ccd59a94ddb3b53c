"""`/admin/trail`: every act that needed a right: who, what, on what, when. Nobody can change it."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from appliance import wire
from appliance.domain.accounts import Person
from appliance.domain.audit import ActorKind, Entry
from appliance.domain.models import ClockTrust
from appliance.web.admin import ADMIN, before_in, for_admins
from appliance.web.console import page_with_error
from appliance.web.site import Request, site_of

TRAIL = f"{ADMIN}/trail"
SHOWN = 50

#: what was done, in words; an act without an entry is told by its name
SAID = {
    "account.approved": "let somebody in",
    "account.code_offered": "gave a code for a new password",
    "account.code_used": "chose a password with a code",
    "account.created": "made an account",
    "account.declined": "said no to somebody",
    "account.disabled": "switched an account off",
    "account.enabled": "switched an account on",
    "account.removed": "took their account out",
    "account.role_changed": "changed what an account is for",
    "announcement.cancelled": "took an announcement back",
    "announcement.made": "told the hall something",
    "backup.brought": "brought a backup",
    "backup.dropped": "put a backup away that was brought",
    "backup.taken": "took a backup",
    "box.named": "named the box",
    "box.restarted": "restarted the box",
    "bundle.taken": "took the support file",
    "clock.set": "set the clock",
    "dj.assigned": "let a DJ play at an event",
    "dj.unassigned": "let a DJ play at an event no more",
    "event.draft": "took an event back into a draft",
    "event.edited": "changed an event",
    "event.ended": "ended an event",
    "event.made": "made an event",
    "event.published": "published an event",
    "evening.taken": "took the evening home",
    "guest.banned": "let a guest’s words not count",
    "guest.unbanned": "let a guest’s words count again",
    "house.chosen": "chose what the house plays next",
    "house.ruled": "changed what the house may play",
    "library.looked": "had all music looked through again",
    "song.removed": "took a song away that was brought",
    "song.uploaded": "brought a song",
    "notice.dismissed": "read a notice and put it away",
    "pairing.offered": "made a pairing code",
    "part.restarted": "restarted a part",
    "player.edited": "changed a house player",
    "player.made": "made a house player",
    "player.revoked": "took a house player away",
    "player.token_renewed": "gave a house player another token",
    "player.tagged": "gave a house player a tag",
    "player.told": "told a house player what to do",
    "portal.mode_set": "set what phones see that join the Wi-Fi",
    "poll.asked": "asked a stage something",
    "poll.cancelled": "took a poll back",
    "poll.ended": "ended a poll",
    "reset.wanted": "asked for a reset",
    "restore.wanted": "asked for a backup to be taken up",
    "setup.redeemed": "used the setup code",
    "slot.changed": "changed a slot of the schedule",
    "slot.dropped": "took a slot out of the schedule",
    "slot.planned": "planned a slot",
    "stage.closed": "closed a stage",
    "stage.edited": "changed a stage",
    "stage.made": "made a stage",
    "stage.open": "opened a stage",
    "stage.paused": "paused a stage",
    "stages.ordered": "put the stages in another order",
    "token.issued": "made a token",
    "token.revoked": "took a token back",
}
_WHO = {ActorKind.STAFF: "Staff", ActorKind.TERMINAL: "The terminal", ActorKind.BOX: "The box"}


def who(entry_by: ActorKind, name: str) -> str:
    """Who acted, in words."""
    return _WHO.get(entry_by) or name or "Somebody whose account is gone"


def _entry_words(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": wire.utc(entry.at.wall_ms),
        "is_time_known": entry.at.trust is not ClockTrust.NONE,
        "who": who(entry.by.kind, entry.by_name),
        "said": SAID.get(entry.deed.act, entry.deed.act),
        "on": entry.on_name,
        "detail": entry.deed.detail,
    }


async def show(request: Request, person: Person) -> Response:
    """One page of the trail."""
    del person
    entries = await site_of(request).ports.reader.audit(before=before_in(request), limit=SHOWN + 1)
    shown = entries[:SHOWN]
    more = str(shown[-1].number) if len(entries) > SHOWN else ""
    words = {"entries": [_entry_words(entry) for entry in shown], "more": more}
    return page_with_error(request, "admin_trail.html", words, error=None)


ROUTES = [Route(TRAIL, for_admins(show))]
