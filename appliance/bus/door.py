"""The DJ's door through the broker: the same use cases as the API, asked for by topic.

The broker has checked the password; the name in the topic is the token's. A token that was taken back stops working
here at once, whatever the broker still believes.
"""

from appliance import wire
from appliance.bus.inbound import DjRequest
from appliance.domain.announcements import Announcement
from appliance.domain.models import Dj
from appliance.domain.polls import Poll, PollEnd
from appliance.domain.topics import DjAction
from appliance.errors import Invalid
from appliance.ports import Ports
from appliance.usecases import announcements, handover, people, plays, polls, sessions
from appliance.wire_notices import AnnounceIn, CancelAnnouncementIn, announcement_out
from appliance.wire_voices import PollEndIn, PollIn, poll_out

Result = dict[str, object]


class DjDoor:
    """Answers DJs' requests."""

    def __init__(self, ports: Ports, *, poll_pause_s: int) -> None:
        self._ports, self._poll_pause_s = ports, poll_pause_s

    async def answer(self, request: DjRequest) -> Result:
        """Does what is asked and tells the outcome.

        Raises: BoxError.
        """
        _, dj = await people.dj_at_broker(self._ports, name=request.name)
        payload = request.payload or b"{}"
        meant = wire.decode(payload, wire.MqttIn)
        match request.action:
            case DjAction.START:
                return await self._start(dj, meant, request.start())
            case DjAction.PLAY:
                return await self._play(dj, meant, wire.decode(payload, wire.PlayIn))
            case DjAction.STOP:
                session = await plays.stop_play(self._ports, dj=dj, session_id=meant.session, stage_id=meant.stage)
            case DjAction.END:
                session = await sessions.end_session(self._ports, dj=dj, session_id=meant.session, stage_id=meant.stage)
            case DjAction.HANDOVER:
                return await self._hand_over(dj, meant, request.handover())
            case DjAction.POLL:
                return await self._open_poll(dj, meant, request.poll())
            case DjAction.END_POLL:
                return await self._end_poll(dj, meant, request.poll_end(), end=PollEnd.ENDED)
            case DjAction.CANCEL_POLL:
                return await self._end_poll(dj, meant, request.poll_end(), end=PollEnd.CANCELLED)
            case DjAction.ANNOUNCE:
                return await self._announce(dj, meant, request.announcement())
            case DjAction.CANCEL_ANNOUNCEMENT:
                return await self._take_back(dj, request.cancelled_announcement())
            case DjAction.ALIVE:
                session = await sessions.note_alive(self._ports, dj=dj, session_id=meant.session, stage_id=meant.stage)
        return {"session": wire.session_out(session)}

    async def _start(self, dj: Dj, meant: wire.MqttIn, sent: wire.StartIn) -> Result:
        if meant.stage is None:
            raise Invalid("stage_missing", "A start must name the stage.", advice='Send {"stage": "main-floor"}.')
        started = await sessions.start_session(
            self._ports, dj=dj, stage_id=meant.stage, take_over=sent.take_over, pin=sent.pin
        )
        return {"session": wire.session_out(started.session), "resumed": started.resumed}

    async def _hand_over(self, dj: Dj, meant: wire.MqttIn, sent: wire.HandoverIn) -> Result:
        handing = handover.Handing(to=sent.to, note=sent.note, session_id=meant.session, stage_id=meant.stage)
        return {"offer": wire.offer_out(await handover.offer(self._ports, dj=dj, handing=handing))}

    async def _play(self, dj: Dj, meant: wire.MqttIn, sent: wire.PlayIn) -> Result:
        told = plays.ToldPlay(
            track=sent.track(),
            play_id=sent.id,
            age_ms=sent.age_ms,
            session_id=meant.session,
            stage_id=meant.stage,
        )
        announced = await plays.announce_play(self._ports, dj=dj, told=told)
        now = self._ports.clock.now()
        repeated = {"before": wire.before_out(announced.before, now)} if announced.before else {}
        return {
            "play": wire.track_out(announced.play, now),
            "current": announced.current,
            "duplicate": announced.duplicate,
            **repeated,
        }

    async def _open_poll(self, dj: Dj, meant: wire.MqttIn, sent: PollIn) -> Result:
        poll = await polls.open_poll(
            self._ports,
            dj=dj,
            draft=sent.draft(),
            pause_s=self._poll_pause_s,
            session_id=meant.session,
            stage_id=meant.stage,
        )
        return self._told(poll)

    async def _end_poll(self, dj: Dj, meant: wire.MqttIn, sent: PollEndIn, *, end: PollEnd) -> Result:
        which = polls.Which(poll_id=sent.poll, session_id=meant.session, stage_id=meant.stage)
        return self._told(await polls.end_poll(self._ports, dj=dj, which=which, end=end))

    def _told(self, poll: Poll) -> Result:
        return {"poll": poll_out(poll, self._ports.clock.now())}

    async def _announce(self, dj: Dj, meant: wire.MqttIn, sent: AnnounceIn) -> Result:
        made = await announcements.announce_to_stage(
            self._ports, dj=dj, wanted=sent.wanted(), session_id=meant.session, stage_id=meant.stage
        )
        return {**self._said(made.said), "duplicate": made.duplicate}

    async def _take_back(self, dj: Dj, sent: CancelAnnouncementIn) -> Result:
        said = await announcements.take_back_own(self._ports, dj=dj, announcement_id=sent.announcement)
        return self._said(said)

    def _said(self, said: Announcement) -> Result:
        return {"announcement": announcement_out(said, self._ports.clock.now(), phones=said.phones)}
