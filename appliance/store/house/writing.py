"""What a transaction on SQLite does for the house player: `ports.HouseTransaction`."""

from collections.abc import Sequence

from appliance.domain.ballots import Ballot
from appliance.domain.house import CheckIn, HouseRules
from appliance.ports.house import BallotWord, KeptChoice
from appliance.store.house import rows
from appliance.store.running import Running
from appliance.store.statements import Parameters

#: of each stage so many choices are kept: two nights of them
CHOICES_MOST = 500


class HouseWriting(Running):
    """Lives on the writer's thread. Sums move with their rows."""

    def house_rules(self, stage_id: str) -> HouseRules:
        row = self._one("stage_house", {"stage_id": stage_id})
        return rows.stage_house(row).rules if row else HouseRules()

    def set_house_rules(self, stage_id: str, rules: HouseRules) -> None:
        self._run("set_house_rules", rows.rules_parameters(stage_id, rules))

    def put_check_ins(self, check_ins: Sequence[CheckIn], *, valid_from_ms: int) -> None:
        for one in check_ins:
            self._run("put_check_in", rows.check_in_parameters(one))
        self._run("drop_old_check_ins", {"valid_from_ms": valid_from_ms})

    def drop_check_in(self, guest_id: str) -> None:
        self._run("drop_check_in", {"guest_id": guest_id})

    def add_dislike(self, play_id: str, *, guest_id: str, at_ms: int, counts: bool) -> bool:
        values: Parameters = {"play_id": play_id, "guest_id": guest_id, "at_ms": at_ms, "counts": counts}
        return self._run("add_dislike", values).rowcount == 1

    def remove_dislike(self, play_id: str, *, guest_id: str) -> bool | None:
        row = self._one("remove_dislike", {"play_id": play_id, "guest_id": guest_id})
        return bool(row["counts"]) if row else None

    def settle_dislikes(self, guest_id: str, *, counts: bool) -> Sequence[str]:
        moved = self._run("settle_dislikes", {"guest_id": guest_id, "counts": counts})
        return [row["play_id"] for row in moved.fetchall()]

    def dislikes_of(self, play_id: str) -> int:
        row = self._one("dislikes_of", {"play_id": play_id})
        assert row is not None  # it counts, whatever there is
        return int(row["n"])

    def dislikes_by(self, guest_id: str) -> Sequence[str]:
        return [row["play_id"] for row in self._run("dislikes_by", {"guest_id": guest_id})]

    def add_ballot(self, ballot: Ballot) -> None:
        self._run("add_ballot", rows.ballot_parameters(ballot))
        for place, one in enumerate(ballot.candidates):
            where: Parameters = {"ballot_id": ballot.id, "place": place}
            self._run("add_ballot_candidate", where | rows.candidate_parameters(one))

    def ballot(self, ballot_id: str) -> Ballot | None:
        row = self._one("ballot", {"id": ballot_id})
        return rows.ballot(row) if row else None

    def ballot_of_play(self, play_id: str) -> Ballot | None:
        row = self._one("ballot_of_play", {"play_id": play_id})
        return self.ballot(row["id"]) if row else None

    def newest_ballot(self, stage_id: str) -> Ballot | None:
        row = self._one("newest_ballot", {"stage_id": stage_id})
        return self.ballot(row["id"]) if row else None

    def close_ballot(self, ballot_id: str, *, won: int | None) -> None:
        self._run("close_ballot", {"id": ballot_id, "won": won})

    def ballot_word(self, ballot_id: str, *, guest_id: str) -> BallotWord | None:
        row = self._one("ballot_word", {"ballot_id": ballot_id, "guest_id": guest_id})
        return rows.ballot_word(row) if row else None

    def set_ballot_word(self, ballot_id: str, *, guest_id: str, place: int | None, counts: bool) -> None:
        where: Parameters = {"ballot_id": ballot_id, "guest_id": guest_id}
        before = self.ballot_word(ballot_id, guest_id=guest_id)
        if before is not None and before.counts:
            self._run("count_ballot_word", {"ballot_id": ballot_id, "place": before.place, "step": -1})
        if place is None:
            self._run("remove_ballot_word", where)
            return
        self._run("set_ballot_word", where | {"place": place, "counts": counts})
        if counts:
            self._run("count_ballot_word", {"ballot_id": ballot_id, "place": place, "step": 1})

    def ballot_words_by(self, guest_id: str) -> Sequence[BallotWord]:
        return [rows.ballot_word(row) for row in self._run("ballot_words_by", {"guest_id": guest_id})]

    def add_choice(self, choice: KeptChoice) -> None:
        self._run("add_house_choice", rows.choice_parameters(choice))
        self._run("drop_old_house_choices", {"stage_id": choice.stage_id, "most": CHOICES_MOST})

    def choices(self, stage_id: str, *, limit: int) -> Sequence[KeptChoice]:
        found = self._run("house_choices", {"stage_id": stage_id, "limit": limit})
        return [rows.choice(row) for row in found]
