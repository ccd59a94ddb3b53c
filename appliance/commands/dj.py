"""`dj`: DJs' tokens from the terminal, whether the box runs or not."""

import argparse
import asyncio
from pathlib import Path

from appliance import config
from appliance.bus.credentials import make_verifier
from appliance.opening import open_ports
from appliance.ports import Ports
from appliance.supervision.broker_files import BrokerFiles
from appliance.usecases import people


async def _add(ports: Ports, name: str) -> None:
    issued = await people.issue_token(ports, dj_name=name, verifier=make_verifier)
    print(f"{issued.dj.name} may play with this token. It is shown once:\n\n  {issued.secret}\n")
    print(f"At the broker the username is {issued.token.name!r} and the password is the token.")


async def _list(ports: Ports) -> None:
    tokens = await ports.reader.tokens()
    for token, dj in tokens:
        print(f"{token.name:<30} {dj.name}")
    if not tokens:
        print('No DJ has a token yet. Make one: ./box dj add "DJ Anna"')


async def _revoke(ports: Ports, name: str) -> None:
    found = await ports.reader.token_by_name(name)
    await people.revoke_token(ports, token_id=found[0].id if found else "")
    print(f"The token {name!r} no longer works.")


async def _act(given: argparse.Namespace) -> None:
    settings = config.load(data=given.data)
    files = BrokerFiles(settings.run_folder)
    async with open_ports(settings, on_commit=lambda _: None, refresh=files.refresh) as (ports, _, _):
        match given.act:
            case "add":
                await _add(ports, given.name)
            case "revoke":
                await _revoke(ports, given.name)
            case _:
                await _list(ports)


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./box dj", description="Make, list and take back DJs' tokens.")
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    acts = parser.add_subparsers(dest="act", required=True, metavar="{add,list,revoke}")
    acts.add_parser("add", help="a token for a DJ, shown once").add_argument("name", help='such as "DJ Anna"')
    acts.add_parser("list", help="the tokens that work")
    acts.add_parser("revoke", help="take a token back").add_argument("name", help="as `list` shows it")
    asyncio.run(_act(parser.parse_args(arguments)))
    return 0
