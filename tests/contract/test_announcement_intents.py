"""What becomes of an announcement's notification when it is taken back, on both stores."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from appliance.domain.audit import STAFF
from appliance.domain.events import IntentMade
from appliance.domain.uplink import JOURNAL_SENT
from appliance.usecases import announcements
from tests.contract.conftest import sqlite_evening
from tests.contract.test_announcements import PlayOut, made_of, staff_say
from tests.support.evening import Evening


def sent_up_to(seq: int) -> Callable[[Any], None]:
    return lambda tx: tx.set_meta(JOURNAL_SENT, str(seq))


async def seq_now(evening: Evening) -> int:
    return (await evening.ports.reader.journal_span()).last_seq


def test_the_notification_of_one_that_was_taken_back_is_in_no_journal_row_that_leaves(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await evening.ports.store.write(sent_up_to(await seq_now(evening)))
        said = await staff_say(evening)
        await announcements.take_back(evening.ports, by=STAFF, event_id=said.event_id, announcement_id=said.id)
        # Held back in the box: nobody has to be told of a notification that nobody can know.
        assert evening.told.kinds()[-1] == "announcement.ended"
        [intent] = made_of(evening, IntentMade)
        assert not await evening.ports.store.write(lambda tx: tx.withdraw_intent(intent.intent.id, seq=said.intent_seq))

    play_out(scene)


def test_a_notification_that_was_withdrawn_says_nothing_in_the_file(tmp_path: Path) -> None:
    async def scene() -> None:
        async with sqlite_evening(tmp_path / "box.db") as evening:
            said = await staff_say(evening, "Nobody reads this")
            await announcements.take_back(evening.ports, by=STAFF, event_id=said.event_id, announcement_id=said.id)
            with closing(sqlite3.connect(tmp_path / "box.db")) as database:
                found = database.execute("SELECT kind, body FROM journal WHERE seq = ?", (said.intent_seq,)).fetchone()
            assert found == ("erased", "{}")

    asyncio.run(scene())


def test_where_the_cloud_may_know_the_notification_it_is_told_to_hold_it_back(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        said = await staff_say(evening)
        await evening.ports.store.write(sent_up_to(await seq_now(evening)))
        await announcements.take_back(evening.ports, by=STAFF, event_id=said.event_id, announcement_id=said.id)
        assert evening.told.kinds()[-2:] == ["announcement.ended", "intent.retracted"]
        [retracted] = [event for event in evening.told.commits[-1] if event.kind == "intent.retracted"]
        assert retracted.body() == {"intent": f"said-{said.id}"}

    play_out(scene)


def test_only_the_very_notification_is_withdrawn(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        first, second = await staff_say(evening), await staff_say(evening)

        def withdrawn(tx: Any) -> list[bool]:
            asked = [(second.id, first.intent_seq), (first.id, first.intent_seq + 1), (first.id, first.intent_seq)]
            return [tx.withdraw_intent(f"said-{one}", seq=seq) for one, seq in asked]

        assert await evening.ports.store.write(withdrawn) == [False, False, True]

    play_out(scene)
