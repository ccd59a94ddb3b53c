"""Static files as phones get them: composed once, compressed once, held in memory, and kept by phones for good.

`js/stage.js` is that module with all that it imports, `js/stage+de.js` the same with the German words of `js/texts.js`;
`css/tokens+base.css` is these two sheets one after the other.
An address has a digest of everything in it, so a phone that has it never asks again.
"""

import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from appliance.errors import NotKnown
from appliance.web import composing
from appliance.web.words import LANGUAGES, Words

WEBUI = Path(__file__).parents[2] / "webui"
#: what is served under an address that changes with it
FOLDERS = ("css", "js", "icons")
#: shorter ones would hardly get shorter, and fit into one packet as they are
WORTH_BYTES = 600
#: within 3 % of the best for our pages, in half of its time
_PAGE_LEVEL = 5

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_NAME = re.compile(r"[\w-]+(\+[\w-]+){0,9}\.(?P<kind>css|js|svg)")
_LINKS = re.compile(r'(?:<link rel="stylesheet" href="/static/[0-9a-f]{10}/css/[\w+-]+\.css">\s*)+')
#: the module of what scripts say, and a key in it
_TEXTS, _KEY = "texts.js", re.compile(r'"([a-z]+\.[a-z_]+)"')
_PART = re.compile(r"/css/([\w+-]+)\.css")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    body: bytes
    #: the same compressed, or empty where that is not worth it
    squeezed: bytes
    media_type: str
    #: changes with the content
    etag: str


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header allows gzip."""
    for item in accepted.lower().split(","):
        name, _, weight = item.partition(";")
        if name.strip() == "gzip":
            return not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)
    return False


def squeezed(page: bytes, level: int = _PAGE_LEVEL) -> bytes:
    """A page as it is sent to those who take it compressed."""
    return gzip.compress(page, level, mtime=0)


@cache
def _read(folder: str) -> dict[str, str]:
    return composing.texts(WEBUI / folder)


@cache
def _spoken(language: str) -> str:
    """The module of texts with a language's words where the keys of the catalogues stand. Raises: NotComposed."""

    def said(found: re.Match[str]) -> str:
        if not _words().has(found[1]):
            raise composing.NotComposed(f"{_TEXTS}: {found[1]} is in no catalogue.")
        return json.dumps(_words().entry(language, found[1]), ensure_ascii=False).replace("*", "")

    return _KEY.sub(said, _read("js")[_TEXTS])


@cache
def _words() -> Words:
    return Words()


def _script(name: str) -> tuple[str, str]:
    """The module that a script begins with, and its language: empty for none."""
    entry, _, language = name.removesuffix(".js").partition("+")
    return f"{entry}.js", language


@cache
def static_mark() -> str:
    """A digest of all static files and of how they are composed. It stands in their path."""
    digest = hashlib.sha256(Path(composing.__file__).read_bytes())
    for folder in FOLDERS:
        for name, text in _read(folder).items():
            digest.update(name.encode() + b"\0" + text.encode())
    digest.update("".join(map(_spoken, LANGUAGES)).encode())
    return digest.hexdigest()[:10]


def static(path: str) -> str:
    """The address of a static file. It changes with the content, so phones may keep the file for good."""
    return f"/static/{static_mark()}/{path}"


def one_sheet(page: str) -> str:
    """A page whose style sheets that follow each other are one: each template still names what it needs."""

    def joined(found: re.Match[str]) -> str:
        parts = dict.fromkeys("+".join(_PART.findall(found[0])).split("+"))
        return f'<link rel="stylesheet" href="{static("css/" + "+".join(parts) + ".css")}">\n'

    head, end, rest = page.partition("</head>")  # a page is long, and this is done for each phone
    return _LINKS.sub(joined, head) + end + rest


def _text(folder: str, name: str) -> str:
    """Raises: KeyError; NotComposed."""
    if folder == "css":
        return "".join(composing.sheet(_read("css")[f"{part}.css"]) for part in name.removesuffix(".css").split("+"))
    if folder == "js":
        entry, language = _script(name)
        return composing.script(entry, _read("js") | ({_TEXTS: _spoken(language)} if language else {}))
    return _read(folder)[name]


def _is_script(name: str) -> bool:
    entry, language = _script(name)
    return entry in _read("js") and (language in LANGUAGES or name == entry)


@lru_cache(maxsize=256)
def asset(folder: str, name: str) -> Asset | None:
    """The file `name` of a folder of `FOLDERS`, or None. Raises: NotComposed."""
    kind = _NAME.fullmatch(name)
    if kind is None or (folder == "js" and not _is_script(name)):
        return None
    try:
        body = _text(folder, name).encode()
    except KeyError:
        return None
    squeezed = gzip.compress(body, mtime=0) if len(body) >= WORTH_BYTES else b""
    return Asset(body, squeezed, _TYPES[kind["kind"]], f'W/"{hashlib.sha256(body).hexdigest()[:16]}"')


def compose_all() -> None:
    """Composes every script, so that one which can't be fails at the start. Raises: NotComposed."""
    for name, text in _read("js").items():
        asset("js", name)
        for language in LANGUAGES if f'"./{_TEXTS}"' in text else ():
            asset("js", f"{name.removesuffix('.js')}+{language}.js")


def _answer(request: Request) -> Response:
    """A static file. Phones keep it for good under the address of today's content; under another, they ask again."""
    found = asset(request.path_params["folder"], request.path_params["name"])
    if request.path_params["folder"] not in FOLDERS or found is None:
        raise NotKnown("file_unknown", "There is no such file here.", advice="Open the page again.")
    current = request.path_params["mark"] == static_mark()
    headers = {
        "cache-control": "public, max-age=31536000, immutable" if current else "no-cache",
        "etag": found.etag,
        "vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    if found.squeezed and takes_gzip(request.headers.get("accept-encoding", "")):
        headers["content-encoding"] = "gzip"
        return Response(found.squeezed, headers=headers, media_type=found.media_type)
    return Response(found.body, headers=headers, media_type=found.media_type)


async def serve(request: Request) -> Response:
    """`/static/<mark>/<folder>/<name>`."""
    return _answer(request)


async def worker(request: Request) -> Response:
    """The worker of secure pages. Browsers look for a newer one at each visit."""
    del request
    text = (WEBUI / "sw.js").read_text(encoding="utf-8")
    return Response(text, media_type=_TYPES["js"], headers={"cache-control": "no-cache"})


async def manifest(request: Request) -> Response:
    """What a phone's home screen is told."""
    del request
    icon = {"src": static("icons/favicon.svg"), "sizes": "any", "type": _TYPES["svg"]}
    told = {"name": "Pika Box", "start_url": "/", "display": "standalone", "icons": [icon]}
    colours = {"background_color": "#0b090f", "theme_color": "#0b090f"}
    return JSONResponse(told | colours, media_type="application/manifest+json", headers={"cache-control": "no-cache"})


ROUTES = [
    Route("/static/{mark}/{folder}/{name}", serve),
    Route("/sw.js", worker),
    Route("/manifest.webmanifest", manifest),
]
