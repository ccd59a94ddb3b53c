"""Being forgotten, on both stores."""

from collections.abc import Callable

from appliance.usecases import likes, plays, privacy, sessions
from appliance.usecases.plays import Announcement
from tests.contract.conftest import Scene
from tests.support.evening import Evening, track


def test_a_guest_is_forgotten_once_and_nobody_else_is(play_out: Callable[[Scene], None]) -> None:
    async def scene(evening: Evening) -> None:
        dj = await evening.dj()
        session = (await sessions.start_session(evening.ports, dj=dj, stage_id="main-floor")).session
        for play_id in ("p1", "p2", "p3"):
            sent = Announcement(track=track(play_id), play_id=play_id, session_id=session.id)
            await plays.announce_play(evening.ports, dj=dj, announcement=sent)
        for guest, play_id in (("a", "p1"), ("a", "p2"), ("b", "p2")):
            await likes.set_like(evening.ports, guest_id=guest, play_id=play_id, liked=True)
        assert [await privacy.forget_guest(evening.ports, guest_id="a") for _ in range(2)] == [2, 0]
        assert await evening.ports.reader.liked_by("a", limit=9) == []
        assert [one.play.id for one in await evening.ports.reader.liked_by("b", limit=9)] == ["p2"]
        found = [await evening.ports.reader.play(play_id) for play_id in ("p1", "p2")]
        assert [play.likes for play in found if play] == [0, 1]
        assert evening.told.kinds()[-3:] == ["like.removed", "like.removed", "guest.forgotten"]

    play_out(scene)
