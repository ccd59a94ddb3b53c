"""What a DJ asks for through the broker, and what they are answered. Pure.

Owns the limits of a request, the shape of a reply and the table that says which errors are worth another try. It
must not act on a request: that is the use cases' business.

A request is `appliance.wire.MqttIn` plus the action's own fields. A reply is

    {"v":1,"to":"play","ref":"a1","ok":true, ...what the action gives back}
    {"v":1,"to":"play","ref":"a1","ok":false,"code":"stage_taken","detail":"...","advice":"...","retry":false}

with `ref` only if the request had one, and `facts` only if the error has some.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance import wire
from appliance.domain.topics import DjAction
from appliance.errors import BoxError, Invalid, Refused, Unavailable
from appliance.wire_notices import AnnounceIn, CancelAnnouncementIn
from appliance.wire_voices import PollEndIn, PollIn

#: the largest request, in bytes
PAYLOAD_MOST = 10 * 1024

#: what an action gives back, JSON-able
Result = Mapping[str, object]

#: whether sending the same request again may help, by error class; the most particular class counts
RETRY: Mapping[type[BoxError], bool] = {
    BoxError: False,
    Invalid: False,
    Refused: False,
    Unavailable: True,
}


@dataclass(frozen=True, slots=True)
class DjRequest:
    """One message from a DJ's door."""

    #: the DJ's name at the broker; the broker has checked that it is theirs
    name: str
    #: what they ask for
    action: DjAction
    #: the rest, as it came
    payload: bytes

    def envelope(self) -> wire.MqttIn:
        """Which stage or session is meant, and the `ref` for the reply.

        Raises: Invalid, as `wire.decode` does or with the code `payload_too_big`.
        """
        return wire.decode(self._body(), wire.MqttIn)

    def play(self) -> wire.PlayIn:
        """The track, for `DjAction.PLAY`. Raises: as `envelope`."""
        return wire.decode(self._body(), wire.PlayIn)

    def start(self) -> wire.StartIn:
        """How to start, for `DjAction.START`. Raises: as `envelope`."""
        return wire.decode(self._body(), wire.StartIn)

    def handover(self) -> wire.HandoverIn:
        """To whom the stage goes, for `DjAction.HANDOVER`. Raises: as `envelope`."""
        return wire.decode(self._body(), wire.HandoverIn)

    def poll(self) -> PollIn:
        """What is asked, for `DjAction.POLL`. Raises: as `envelope`."""
        return wire.decode(self._body(), PollIn)

    def poll_end(self) -> PollEndIn:
        """Which poll is meant, for `DjAction.END_POLL` and `CANCEL_POLL`. Raises: as `envelope`."""
        return wire.decode(self._body(), PollEndIn)

    def announcement(self) -> AnnounceIn:
        """What is said, for `DjAction.ANNOUNCE`. Raises: as `envelope`."""
        return wire.decode(self._body(), AnnounceIn)

    def cancelled_announcement(self) -> CancelAnnouncementIn:
        """Which one is taken back, for `DjAction.CANCEL_ANNOUNCEMENT`. Raises: as `envelope`."""
        return wire.decode(self._body(), CancelAnnouncementIn)

    def check(self) -> None:
        """Raises: as `envelope`, for whichever part of the request can't be used."""
        self.envelope()
        match self.action:
            case DjAction.PLAY:
                self.play()
            case DjAction.START:
                self.start()
            case DjAction.HANDOVER:
                self.handover()
            case DjAction.POLL:
                self.poll()
            case DjAction.END_POLL | DjAction.CANCEL_POLL:
                self.poll_end()
            case DjAction.ANNOUNCE:
                self.announcement()
            case DjAction.CANCEL_ANNOUNCEMENT:
                self.cancelled_announcement()
            case DjAction.STOP | DjAction.END | DjAction.ALIVE:
                pass

    def ref(self) -> str | None:
        """The sender's mark for the reply, or None when there is none or it can't be read."""
        try:
            return self.envelope().ref
        except Invalid:
            return None

    def _body(self) -> bytes:
        if len(self.payload) > PAYLOAD_MOST:
            raise Invalid(
                "payload_too_big",
                f"The message has {len(self.payload)} bytes; {PAYLOAD_MOST} is the most.",
                advice="Send the fields of the API description only.",
            )
        # "Stop" says it all: a light desk's button may send nothing more. A play has no such short form, and its
        # absent title is what it is told about.
        return self.payload or b"{}"


@dataclass(frozen=True, slots=True)
class PlayerWord:
    """How a house player says that it is."""

    #: its name at the broker; the broker has checked that it is its own
    handle: str
    payload: bytes


def refusal(error: BoxError) -> bytes:
    """Why a player's word could not be used."""
    told: dict[str, object] = {"v": wire.VERSION, "ok": False, "code": error.code, "detail": error.detail}
    return wire.encode(told | {"advice": error.advice, "retry": may_retry(error)})


def busy() -> Unavailable:
    """The error of a request that came while too many others were in work."""
    return Unavailable("busy", "Too many requests are in work at once.", advice="Try again in a moment.")


def broken() -> Unavailable:
    """The error of a request over which the box itself stumbled; the log says how."""
    return Unavailable("internal_error", "The box could not do this.", advice="Try again, and tell the staff.")


def success(request: DjRequest, result: Result) -> bytes:
    """The reply to a request that was done. What the action gives back can't replace the reply's own fields."""
    head = _head(request, ok=True)
    # Named first for people who read along, and last so that they win.
    return wire.encode({**head, **result, **head})


def failure(request: DjRequest, error: BoxError) -> bytes:
    """The reply to a request that was not done."""
    reply = _head(request, ok=False)
    reply |= {"code": error.code, "detail": error.detail, "advice": error.advice, "retry": may_retry(error)}
    if error.facts:
        reply["facts"] = dict(error.facts)
    return wire.encode(reply)


def may_retry(error: BoxError) -> bool:
    """`RETRY` for an error, by its nearest class there."""
    return next(RETRY[kind] for kind in type(error).__mro__ if kind in RETRY)


def _head(request: DjRequest, *, ok: bool) -> dict[str, object]:
    head: dict[str, object] = {"v": wire.VERSION, "to": request.action.value}
    ref = request.ref()
    if ref is not None:
        head["ref"] = ref
    return head | {"ok": ok}
