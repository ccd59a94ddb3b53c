"""Pages from templates: everything is escaped, and a missing variable is an error."""

import hashlib
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from appliance.web.words import LANGUAGES, Words

WEBUI = Path(__file__).parents[2] / "webui"


STATIC_FOLDERS = ("css", "js", "icons")


@cache
def static_mark() -> str:
    """A digest of all static files. It stands in their path, so that modules which import each other stay together."""
    digest = hashlib.sha256()
    for folder in STATIC_FOLDERS:
        for path in sorted((WEBUI / folder).iterdir()):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]


def static(path: str) -> str:
    """The address of a static file. It changes with the content, so phones may keep the file for good."""
    return f"/static/{static_mark()}/{path}"


class Pages:
    """The templates of `webui/pages`."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(WEBUI / "pages"),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals["static"] = static
        self._words = Words()

    def page(
        self, name: str, words: Mapping[str, object], *, status: int = 200, language: str = LANGUAGES[0]
    ) -> HTMLResponse:
        """One page filled with `words`. In templates, `t("family.key", n=3)` is the text in the page's language."""
        t = partial(self._words.text, language)
        content = self._environment.get_template(name).render(page_lang=language, t=t, **words)
        return HTMLResponse(content, status_code=status)
