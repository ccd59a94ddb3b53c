"""Sets go behind a PIN, and come out again."""

from dataclasses import dataclass
from typing import ClassVar

from appliance.domain.events.base import Body
from appliance.domain.models import Session


@dataclass(frozen=True, slots=True)
class SessionLocked:
    """A set is behind a PIN from now on, or behind another one. `session` is as it was before."""

    kind: ClassVar[str] = "session.locked"
    session: Session
    lock_id: str

    def body(self) -> Body:
        return {"session": self.session.id, "stage": self.session.stage_id}


@dataclass(frozen=True, slots=True)
class SessionUnlocked:
    """Everybody may see a set, and what was played in it before."""

    kind: ClassVar[str] = "session.unlocked"
    session: Session

    def body(self) -> Body:
        return {"session": self.session.id, "stage": self.session.stage_id}
