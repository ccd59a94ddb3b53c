"""`dj`: DJs' tokens from the terminal, whether the box runs or not."""

import argparse
import asyncio
import sys
from pathlib import Path

from appliance import config, network, qr
from appliance.bus.credentials import make_verifier
from appliance.commands.qr import draws_blocks
from appliance.config import Settings
from appliance.domain.audit import TERMINAL
from appliance.domain.pairing import invitation
from appliance.errors import Refused
from appliance.opening import open_ports
from appliance.ports import Ports
from appliance.supervision.broker_files import BrokerFiles
from appliance.tls.links import read_fingerprint
from appliance.usecases import pairing, people


async def _add(ports: Ports, name: str, device: str) -> None:
    issued = await people.issue_token(ports, dj_name=name, verifier=make_verifier, by=TERMINAL, device=device)
    print(f"{issued.dj.name} may play with this token. It is shown once:\n\n  {issued.secret}\n")
    print(f"At the broker the username is {issued.token.name!r} and the password is the token.")


async def _pair(ports: Ports, name: str, *, settings: Settings) -> None:
    code, dj = await pairing.make_code(ports, dj_name=name, by=TERMINAL)
    print(f"{dj} types this into the link, where `pikabox-link run` asks for it.")
    print(f"It is shown once, and works once within ten minutes:\n\n  {code}\n")
    http = settings.http
    url = network.pairing_url(public_url=http.public_url, bind_host=http.host, port=http.port, code=str(code))
    if url and sys.stdout.isatty() and draws_blocks(sys.stdout):
        print(f"{qr.terminal(url)}\nThe DJ's phone, on the box's network, scans this and shows what to type.\n")
    fingerprint = read_fingerprint(settings.tls_folder)
    found = network.reachable_addresses(settings.http.host)
    if fingerprint and found:
        host = network.host_in_url(found[0].ip)
        whole = invitation(code, host=host, port=settings.links.port, fingerprint=fingerprint)
        print(f"Where the link can't find the box by itself, give it this instead:\n\n  {whole}\n")


async def _list(ports: Ports) -> None:
    tokens = await ports.reader.tokens()
    for token, dj in tokens:
        print(f"{token.name:<30} {dj.name}{f', {token.device}' if token.device else ''}")
    if not tokens:
        print('No DJ has a token yet. Make one: ./box dj add "DJ Anna"')


async def _revoke(ports: Ports, name: str) -> None:
    found = await ports.reader.token_by_name(name)
    await people.revoke_token(ports, token_id=found[0].id if found else "", by=TERMINAL)
    print(f"The token {name!r} no longer works.")


async def _act(given: argparse.Namespace) -> None:
    settings = config.load(data=given.data)
    if given.act == "pair" and not settings.links.enabled:
        raise Refused("links_off", "This box takes no links.", advice="Set links.enabled in its settings.")
    files = BrokerFiles(settings.run_folder)
    async with open_ports(settings, on_commit=lambda _: None, refresh=files.refresh) as (ports, _, _):
        match given.act:
            case "add":
                await _add(ports, given.name, given.device)
            case "pair":
                await _pair(ports, given.name, settings=settings)
            case "revoke":
                await _revoke(ports, given.name)
            case _:
                await _list(ports)


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./box dj", description="Make, list and take back DJs' tokens.")
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    acts = parser.add_subparsers(dest="act", required=True, metavar="{add,pair,list,revoke}")
    add = acts.add_parser("add", help="a token for a DJ, shown once")
    add.add_argument("name", help='such as "DJ Anna"')
    add.add_argument("--device", default="", help="what the token is for, such as laptop")
    acts.add_parser("pair", help="a code for a DJ's link, good for ten minutes").add_argument(
        "name", help='such as "DJ Anna"'
    )
    acts.add_parser("list", help="the tokens that work")
    acts.add_parser("revoke", help="take a token back").add_argument("name", help="as `list` shows it")
    asyncio.run(_act(parser.parse_args(arguments)))
    return 0
