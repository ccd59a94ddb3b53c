"""The cloud's pages from templates in `webui/cloud`, with the box's own parts and styles. Everything is escaped."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

WEBUI = Path(__file__).parents[3] / "webui"
#: by their names in addresses: the box's own, and those of pages that only the cloud has
STATIC = {**{name: WEBUI / name for name in ("css", "js", "icons")}, "cloud": WEBUI / "cloud" / "static"}


@cache
def static_mark() -> str:
    """A digest of all static files, which stands in their path: what is kept for good is never old."""
    digest = hashlib.sha256()
    for folder in STATIC.values():
        for path in sorted(folder.iterdir()):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]


def static(path: str) -> str:
    """The address of a static file."""
    return f"/static/{static_mark()}/{path}"


class Pages:
    """The templates of `webui/cloud`, and those of the box that they build on."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader([WEBUI / "cloud", WEBUI / "pages"]),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals["static"] = static

    def page(self, name: str, words: Mapping[str, object], *, status: int = 200) -> HTMLResponse:
        """One page filled with `words`."""
        content = self._environment.get_template(name).render({"page_lang": "en", **words})
        return HTMLResponse(content, status_code=status)
