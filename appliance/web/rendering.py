"""Pages from templates: everything is escaped, and a missing variable is an error."""

import re
from collections.abc import Mapping
from functools import partial

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from appliance.web.assets import WEBUI, one_sheet, static
from appliance.web.words import LANGUAGES, NAMES, Words


def _strong(text: str) -> Markup:
    """Words of a catalogue in which *some* matter most. Whatever stands in them stays text."""
    return Markup(re.sub(r"\*([^*]+)\*", r"<strong>\1</strong>", str(escape(text))))  # noqa: S704 - escaped before


def _data(json: str) -> Markup:
    """JSON for an attribute between single quotes: shorter than between double ones, of which it is full."""
    return Markup(str(escape(json)).replace("&#34;", '"'))  # noqa: S704 - escaped before, single quotes too


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
        self._environment.globals["language_names"] = NAMES
        self._environment.filters["strong"] = _strong
        self._environment.filters["data"] = _data
        #: what pages say, for those who say it elsewhere
        self.words = Words()

    def page(
        self, name: str, words: Mapping[str, object], *, status: int = 200, language: str = LANGUAGES[0]
    ) -> HTMLResponse:
        """One page filled with `words`.

        In templates, `t("family.key", n=3)` is the text in the page's language, and `since(ms)` how long ago that was.
        """
        said = {"t": partial(self.words.text, language), "since": partial(self.words.since, language)}
        content = self._environment.get_template(name).render(page_lang=language, **said, **words)
        return HTMLResponse(one_sheet(content), status_code=status)
