"""`./box cloud`: runs the receiver, makes organisations, brings the database's schema up."""

import argparse
import asyncio
import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from appliance.errors import BadConfig, BoxError, Refused, Unavailable
from sync.cloud import organisations
from sync.cloud.identity import encoded
from sync.cloud.push import letters, signing_key
from sync.cloud.settings import ENV_DATABASE, ENV_METRICS_TOKEN, ENV_PUBLIC_URL, ENV_PUSH_CONTACT, PORT, Settings
from sync.cloud.songs.settings import ENV_SONGS, songs_of
from sync.cloud.store.engine import migrate, open_database
from sync.cloud.web.server import build_server

log = logging.getLogger(__name__)

_WORDS = "Takes the journals of boxes, and shows organisers what was. Without --database in one file, for a trial."


def _where(default: Path | str) -> argparse.ArgumentParser:
    """The options that stand before a command or behind it."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--database", help=f"postgresql://... or sqlite:///... (or in {ENV_DATABASE})")
    common.add_argument("--data", type=Path, default=default, help="folder of the trial's file (data/cloud)")
    return common


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./box cloud", description=_WORDS, parents=[_where(Path("data/cloud"))])
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=PORT, help=f"port to listen on ({PORT})")
    parser.add_argument("--certificate", type=Path, help="own certificate, PEM, where no proxy stands before it")
    parser.add_argument("--key", type=Path, help="the certificate's key, PEM")
    parser.add_argument(
        "--songs", default="", help=f"folder or s3://bucket/folder of songs (data/cloud/songs, {ENV_SONGS})"
    )
    parser.add_argument("--public-url", help=f"how people reach it, as https://... (or in {ENV_PUBLIC_URL})")
    parser.add_argument(
        "--push-contact", help=f"mailto:... for push services; without it guests are told nothing ({ENV_PUSH_CONTACT})"
    )
    commands = parser.add_subparsers(dest="command", metavar="[organisation NAME | migrate | push-key]")
    later = [_where(argparse.SUPPRESS)]
    founding = commands.add_parser(
        "organisation", help="makes an organisation and prints its access key once", parents=later
    )
    founding.add_argument("name")
    commands.add_parser("migrate", help="brings the database to this version's schema, and nothing else", parents=later)
    commands.add_parser("push-key", help="makes the key that push messages are signed with, once", parents=later)
    return parser


def settings_of(options: argparse.Namespace, environment: dict[str, str]) -> Settings:
    """What was asked for."""
    given = getattr(options, "database", "")
    database = given or environment.get(ENV_DATABASE) or f"sqlite:///{options.data.absolute()}/cloud.db"
    url = options.public_url or environment.get(ENV_PUBLIC_URL, "")
    contact = options.push_contact or environment.get(ENV_PUSH_CONTACT, "")
    return Settings(
        database=database,
        host=options.host,
        port=options.port,
        certificate=options.certificate,
        key=options.key,
        public_url=url.rstrip("/"),
        push_contact=signing_key.contact(contact) if contact else "",
        metrics_token=environment.get(ENV_METRICS_TOKEN, ""),
        songs=songs_of(options.songs, environment, data=options.data),
    )


async def _bring_up(settings: Settings) -> None:
    async with open_database(settings.database) as database:
        await migrate(database)


async def _found(settings: Settings, name: str) -> str:
    async with open_database(settings.database) as database:
        await migrate(database)
        if not database.has_walls and await organisations.are_there(database):
            raise Refused(
                "trial_has_one",
                "There is an organisation in this database already, and a trial keeps no two apart.",
                advice="Take PostgreSQL: --database postgresql://user@host/name",
            )
        _, key = await organisations.found(database, name=name, now_ms=int(time.time() * 1000))
    return key


async def _make_push_key(settings: Settings) -> str:
    async with open_database(settings.database) as database:
        await migrate(database)
        key = await signing_key.make(database)
    return encoded(letters.public_key(key))


def _check_files(settings: Settings) -> None:
    given = [settings.certificate, settings.key]
    if any(given) and not all(path is not None and path.is_file() for path in given):
        raise BadConfig(
            "certificate_wrong",
            "A certificate needs its key, and both must be files that can be read.",
            advice="Say --certificate FILE --key FILE, or neither where a proxy stands before it.",
        )


def _run(settings: Settings) -> int:
    _check_files(settings)
    logging.basicConfig(level="INFO", stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(_bring_up(settings))
    except Unavailable as error:
        if error.code not in {"database_away", "database_busy"}:
            raise
        log.warning("%s Answering that until it is there.", error)
    scheme = "https" if settings.certificate else "http"
    log.info("The cloud is at %s", settings.public_url or f"{scheme}://{settings.host}:{settings.port}")
    build_server(settings).run()
    return 0


def main(arguments: Sequence[str]) -> int:
    """Runs one command and gives its exit status."""
    options = _parser().parse_args(arguments)
    try:
        settings = settings_of(options, dict(os.environ))
        if options.command == "organisation":
            key = asyncio.run(_found(settings, options.name))
            print(f"The access key of {options.name}, shown this once:\n\n    {key}\n")
            print("Sign in with it at /login, then type the code that the box's status page shows at /claim.")
        elif options.command == "migrate":
            asyncio.run(_bring_up(settings))
            print("The database is at this version's schema.")
        elif options.command == "push-key":
            public = asyncio.run(_make_push_key(settings))
            print(f"The key is in the database, and browsers subscribe with\n\n    {public}\n")
            print("Keep copies of the database: without this key, nobody who subscribed can be reached again.")
        else:
            return _run(settings)
    except BoxError as error:
        print(f"box: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
