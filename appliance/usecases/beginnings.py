"""The first evening of a box: three steps after the setup code, which can be left and gone on with."""

from dataclasses import dataclass, replace
from enum import StrEnum

from appliance.domain import happenings
from appliance.domain.accounts import Account, AccountState, Role
from appliance.domain.audit import Actor, Deed
from appliance.domain.models import Event
from appliance.ports import Passwords, Ports, Transaction
from appliance.usecases import events
from appliance.usecases.accounts import Registration, refuse_taken
from appliance.usecases.stages import meant_event

#: facts of the database: where somebody is, and that they left it for later
_STEP, _LEFT = "begin_step", "begin_left"


class Step(StrEnum):
    """What is asked for, in this order. The names are stored."""

    NAME = "name"
    EVENT = "event"
    ADMIN = "admin"

    @property
    def number(self) -> int:
        """1, 2 or 3."""
        return list(Step).index(self) + 1


@dataclass(frozen=True, slots=True)
class Where:
    """How far the beginning is."""

    step: Step
    #: somebody said "later": it is offered, and not shown by itself
    left: bool


async def where(ports: Ports) -> Where | None:
    """The step to take next; None once the box has an admin."""
    if await ports.reader.has_admin():
        return None
    step, left = await ports.reader.meta(_STEP), await ports.reader.meta(_LEFT)
    return Where(step=Step(step) if step else Step.NAME, left=left is not None)


async def go_to(ports: Ports, step: Step) -> None:
    """Another step, onwards or back; and whoever had left it is in it again."""

    def change(tx: Transaction) -> None:
        tx.set_meta(_STEP, step.value)
        tx.set_meta(_LEFT, None)

    await ports.store.write(change)


async def leave(ports: Ports) -> None:
    """Later."""
    await ports.store.write(lambda tx: tx.set_meta(_LEFT, "1"))


async def first_event(ports: Ports) -> Event:
    """The event that the first evening is about."""
    return meant_event(await ports.reader.events())


async def name_event(ports: Ports, *, name: str, by: Actor) -> None:
    """Calls the first event something else than "Tonight".

    Raises: Invalid for the name.
    """
    event = await first_event(ports)
    draft = replace(happenings.draft_of(event), name=name)
    await events.edit_event(ports, event_id=event.id, draft=draft, by=by)


async def make_admin(ports: Ports, passwords: Passwords, *, wanted: Registration, by: Actor) -> Account:
    """The box's admin, with the password that they have just chosen.

    Raises: Invalid for a field; Refused with the code `email_taken`; Unavailable with the code `logins_busy`.
    """
    cleaned = replace(wanted, role=Role.ADMIN).cleaned()
    hashed = await passwords.hashed(cleaned.password)
    now = ports.clock.now()

    def change(tx: Transaction) -> Account:
        refuse_taken(tx, cleaned.email)
        account = Account(
            id=ports.new_id(),
            role=Role.ADMIN,
            state=AccountState.ACTIVE,
            name=cleaned.name,
            email=cleaned.email,
            password=hashed,
            created=now,
        )
        tx.add_account(account)
        tx.audit(Deed("account.created", on=account.id, detail=account.role.value), by=by, at=now)
        return account

    return await ports.store.write(change)
