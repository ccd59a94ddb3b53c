"""`./box poster`: a stage's poster as a PDF, whether the box runs or not."""

import argparse
import asyncio
import getpass
import sys
from functools import partial
from pathlib import Path

from appliance import config, network
from appliance.config import Settings
from appliance.domain import rules
from appliance.domain.models import Stage
from appliance.domain.wifi import Wifi
from appliance.errors import Invalid, NotKnown, Unavailable
from appliance.opening import open_ports
from appliance.posters import making
from appliance.posters.content import Paper, Sheet, wording
from appliance.supervision.broker_files import BrokerFiles
from appliance.web.words import LANGUAGES, Words


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./box poster", description="Writes the poster of a stage as a PDF.")
    parser.add_argument("stage", help="the stage, by its name or its address")
    parser.add_argument("--paper", choices=[paper.value for paper in Paper], default=Paper.A4.value)
    parser.add_argument("--lang", default=LANGUAGES[0], help="languages, such as de,en; the first is the largest")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to (default: poster-STAGE-PAPER.pdf, here)")
    wifi = parser.add_mutually_exclusive_group()
    wifi.add_argument("--wifi", metavar="NAME", help="the venue's Wi-Fi; its password is asked for (empty: open)")
    wifi.add_argument("--no-wifi", action="store_true", help="no Wi-Fi on it")
    parser.add_argument("--logo", type=Path, metavar="FILE", help="another picture than the event's, PNG or JPEG")
    parser.add_argument("--url", help="the stage's address, whatever this machine's is")
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    return parser


def _languages(text: str) -> list[str]:
    wanted = list(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    strange = [code for code in wanted if code not in LANGUAGES]
    if strange or not wanted:
        known = ", ".join(LANGUAGES)
        raise Invalid("language_unknown", f"The box does not speak {', '.join(strange) or 'that'}.", advice=known)
    return wanted


def _wifi(given: argparse.Namespace, settings: Settings) -> Wifi | None:
    if given.no_wifi:
        return None
    if given.wifi:
        # Not on the command line, where everybody on this machine could read it.
        ask = getpass.getpass if sys.stdin.isatty() else lambda _: sys.stdin.readline().rstrip("\n")
        return Wifi(given.wifi, ask("Password: "))
    own = settings.wifi
    return Wifi(own.ssid, own.passphrase.reveal(), own.hidden) if own.ssid else None


async def _stage(settings: Settings, asked: str) -> tuple[Stage, bytes | None]:
    """The stage and its event's picture."""
    files = BrokerFiles(settings.run_folder)
    async with open_ports(settings, on_commit=lambda _: None, refresh=files.refresh) as (ports, _, _):
        for stage in await ports.reader.stages():
            if stage.id == rules.slug(asked):
                logo = await ports.reader.logo(stage.event_id)
                return stage, logo.content if logo else None
    raise NotKnown("stage_unknown", f"This box has no stage {asked!r}.", advice="Add it on the staff page.")


def _picture(path: Path | None) -> bytes | None:
    try:
        return path.read_bytes() if path else None
    except OSError as error:
        raise Invalid("logo_unreadable", f"{path} can't be read: {error.strerror}.") from error


def _sheet(given: argparse.Namespace, stage: Stage, settings: Settings, *, logo: bytes | None) -> Sheet:
    """What stands on it.

    Raises: Unavailable with the code `no_address`.
    """
    http = settings.http
    found = network.reachable_addresses(http.host)
    number = network.dancer_url(found[0].ip, port=http.port, stage=stage.id) if found else None
    address = given.url or (f"{http.public_url}/s/{stage.id}" if http.public_url else number)
    if address is None:
        raise Unavailable(
            "no_address", "Phones can't reach this box yet.", advice="Connect it to the network, or give --url."
        )
    say = Words().text
    return Sheet(
        name=stage.name,
        plain_name=stage.id,
        address=address,
        by_number=number if number and not network.is_in_digits(address) else None,
        wifi=_wifi(given, settings),
        logo=_picture(given.logo) or logo,
        words=tuple(wording(partial(say, code)) for code in _languages(given.lang)),
        paper=Paper(given.paper),
    )


async def _drawn(given: argparse.Namespace) -> tuple[bytes, str]:
    """The sheet, and the id of its stage."""
    settings = config.load(data=given.data)
    stage, logo = await _stage(settings, given.stage)
    return await making.pdf(_sheet(given, stage, settings, logo=logo)), stage.id


def main(arguments: list[str]) -> int:
    """The command."""
    given = _parser().parse_args(arguments)
    drawn, stage_id = asyncio.run(_drawn(given))
    path: Path = given.out or Path(f"poster-{stage_id}-{given.paper}.pdf")
    try:
        path.write_bytes(drawn)
    except OSError as error:
        raise Unavailable("file_not_written", f"{path} can't be written: {error.strerror}.") from error
    print(f"{path} is ready to print.")
    return 0
