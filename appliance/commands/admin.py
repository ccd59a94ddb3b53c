"""`admin`: who runs the box, from its own terminal; also when nobody can log in any more."""

import argparse
import asyncio
from pathlib import Path

from appliance import config
from appliance.domain.accounts import Account, AccountState, Role
from appliance.domain.audit import TERMINAL
from appliance.errors import NotKnown
from appliance.opening import open_ports
from appliance.ports import Ports
from appliance.supervision.broker_files import BrokerFiles
from appliance.usecases import managing
from appliance.usecases.managing import Invitation, Wanted

_LISTED = 200


def _tell(invitation: Invitation) -> None:
    print(f"{invitation.account.name} chooses a password with this code at /login/code.")
    print(f"It is shown once, works once, and counts for a week:\n\n  {invitation.code}\n")


async def _add(ports: Ports, *, email: str, name: str) -> None:
    _tell(await managing.create(ports, wanted=Wanted(role=Role.ADMIN, email=email, name=name), by=TERMINAL))


async def _reset(ports: Ports, *, email: str) -> None:
    found = await ports.reader.account_with_email(email)
    if found is None:
        raise NotKnown(
            "account_unknown", f"Nobody has an account with {email}.", advice="See who has one: ./box admin list"
        )
    if found.state is AccountState.DISABLED:
        await managing.enable(ports, account_id=found.id, by=TERMINAL)
        print("The account was switched off; it is on again.")
    _tell(await managing.offer_code(ports, account_id=found.id, by=TERMINAL))


async def _list(ports: Ports) -> None:
    found = [account for _, account in await ports.reader.accounts(states=[*AccountState], limit=_LISTED)]
    for account in sorted(found, key=_admins_first):
        print(f"{account.role:<10} {account.state:<9} {account.name:<30} {account.email}")
    if not found:
        print('Nobody has an account yet. Make an admin: ./box admin add anna@example.org "Anna"')


def _admins_first(account: Account) -> tuple[int, str]:
    return -list(Role).index(account.role), account.name


async def _act(given: argparse.Namespace) -> None:
    settings = config.load(data=given.data)
    files = BrokerFiles(settings.run_folder)
    async with open_ports(settings, on_commit=lambda _: None, refresh=files.refresh) as (ports, _, _):
        match given.act:
            case "add":
                await _add(ports, email=given.email, name=given.name)
            case "reset":
                await _reset(ports, email=given.email)
            case _:
                await _list(ports)


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./box admin", description="Who runs the box, and lost passwords.")
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    acts = parser.add_subparsers(dest="act", required=True, metavar="{add,reset,list}")
    add = acts.add_parser("add", help="an admin, and a one-time code for the password")
    add.add_argument("email", help="such as anna@example.org")
    add.add_argument("name", help='such as "Anna"')
    acts.add_parser("reset", help="a one-time code for a new password").add_argument("email", help="of the account")
    acts.add_parser("list", help="who has an account, admins first")
    asyncio.run(_act(parser.parse_args(arguments)))
    return 0
