"""The labelled pairs, and how well names are told apart on them. For the tests and for the table that they print."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.domain.alike import Likeness, alike
from appliance.domain.identity import APPLIED_FROM, OFFERED_FROM
from appliance.domain.naming import named
from appliance.matching.nearness import near

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Pair:
    """Two names."""

    #: same, maybe or other
    truth: str
    #: artist and title
    said: tuple[str, str]
    known: tuple[str, str]

    def judged(self) -> Likeness:
        return alike(named(*self.said), named(*self.known), near=near)

    def shown(self) -> str:
        return f"{' - '.join(self.said)}  /  {' - '.join(self.known)}"


def pairs(name: str = "pairs.txt") -> list[Pair]:
    found = []
    for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            truth, a, b, c, d = (part.strip() for part in line.split("|"))
            found.append(Pair(truth, (a, b), (c, d)))
    return found


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of them."""

    #: by truth: how many are applied, offered, and neither
    counts: dict[str, tuple[int, int, int]]
    #: those on the wrong side, in words
    wrong: Sequence[str]

    @property
    def precision(self) -> float:
        """Of what is shown without a person, the share that is right."""
        applied = sum(one[0] for one in self.counts.values())
        return self.counts["same"][0] / applied

    @property
    def recall(self) -> float:
        """Of what is the same, the share that is shown without a person."""
        return self.counts["same"][0] / sum(self.counts["same"])

    @property
    def recall_with_people(self) -> float:
        """Of what is the same, the share that is shown, or that the DJ is asked about."""
        return sum(self.counts["same"][:2]) / sum(self.counts["same"])

    def table(self) -> str:
        rows = [f"{'':<7}{'shown':>7}{'asked':>7}{'none':>7}"]
        rows += [f"{truth:<7}{a:>7}{b:>7}{c:>7}" for truth, (a, b, c) in self.counts.items()]
        rows.append(
            f"precision {self.precision:.3f}, recall {self.recall:.3f}, with asking {self.recall_with_people:.3f}"
        )
        return "\n".join([*rows, *self.wrong])


def measured(found: Sequence[Pair]) -> Figures:
    counts = {truth: [0, 0, 0] for truth in ("same", "maybe", "other")}
    wrong = []
    for pair in found:
        like = pair.judged()
        place = 0 if like.confidence >= APPLIED_FROM else 1 if like.confidence >= OFFERED_FROM else 2
        counts[pair.truth][place] += 1
        if place != {"same": 0, "maybe": 1, "other": 2}[pair.truth]:
            wrong.append(f"{pair.truth:<6} {like.confidence:.2f} {like.reason.value:<13} {pair.shown()}")
    return Figures({truth: (a, b, c) for truth, (a, b, c) in counts.items()}, wrong)


if __name__ == "__main__":
    for name in ("pairs.txt", "unseen.txt", "mess.txt", "later.txt"):
        print(f"\n{name}", measured(pairs(name)).table(), sep="\n")
