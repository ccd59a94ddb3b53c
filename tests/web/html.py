"""Pages as a browser without scripts has them: elements, their texts, and forms to fill in and send."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.support.visitors import Answer, Visitor

_VOID = frozenset({"meta", "link", "input", "img", "br", "hr"})


@dataclass
class Element:
    """One element with everything written in it."""

    tag: str
    attributes: dict[str, str]
    #: all text inside, in order
    texts: list[str] = field(default_factory=list)
    #: all elements inside, in order
    inside: list["Element"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts).strip()


@dataclass(frozen=True)
class Form:
    """A form with what it would send."""

    action: str
    fields: dict[str, str]

    def send(self, visitor: Visitor, **typed: str) -> Answer:
        """Fills in and sends."""
        assert typed.keys() <= self.fields.keys(), self.fields
        return visitor.post(self.action, form={**self.fields, **typed})


class Page(HTMLParser):
    """One page without what waits in its templates. Refuses markup that a parser would have to guess about."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        assert answer.headers["content-type"] == "text/html; charset=utf-8", answer.text
        self._root = Element("", {})
        self._open = [self._root]
        self.feed(answer.text)
        self.close()
        assert [element.tag for element in self._open] == [""], "something was not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        for outer in self._shown():
            outer.inside.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for outer in self._shown():
            outer.texts.append(data)

    def _shown(self) -> list[Element]:
        """What is open here, or nothing inside a template."""
        return [] if any(element.tag == "template" for element in self._open) else self._open

    @property
    def text(self) -> str:
        """All the page says."""
        return self._root.text

    @property
    def elements(self) -> list[Element]:
        """Every element, in order."""
        return self._root.inside

    def all(self, tag: str, **attributes: str) -> Iterator[Element]:
        """Every element of a kind with these attributes; `_` in a name stands for `-`."""
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        for element in self._root.inside:
            if element.tag == tag and wanted.items() <= element.attributes.items():
                yield element

    def one(self, tag: str, **attributes: str) -> Element:
        """The only such element."""
        [found] = self.all(tag, **attributes)
        return found

    def says(self, part: str) -> str:
        """The text of the part with this name."""
        [found] = [element for element in self._root.inside if element.attributes.get("data-part") == part]
        return found.text

    def forms(self, action: str) -> list[Form]:
        """Every form that goes there."""
        return [Form(action, _fields(element)) for element in self.all("form", action=action, method="post")]

    def form(self, action: str, **fields: str) -> Form:
        """The only form that goes there with these values."""
        [found] = [form for form in self.forms(action) if fields.items() <= form.fields.items()]
        return found


def _fields(form: Element) -> dict[str, str]:
    return {
        element.attributes["name"]: _value(element)
        for element in form.inside
        if element.tag in {"input", "textarea", "select"} and not _left_out(element)
    }


def _value(field: Element) -> str:
    """What a field holds as the page came."""
    if field.tag == "input":
        return field.attributes.get("value", "")
    if field.tag == "textarea":
        return field.text
    options = [option for option in field.inside if option.tag == "option"]
    chosen = [option for option in options if "selected" in option.attributes] or options[:1]
    return "".join(option.attributes.get("value", option.text) for option in chosen)


def _left_out(element: Element) -> bool:
    """Whether a browser would not send it: one of several that is not the chosen one."""
    return element.attributes.get("type") in {"radio", "checkbox"} and "checked" not in element.attributes


def opened(visitor: Visitor, path: str, *, status: int = 200) -> Page:
    """A page as a browser gets it."""
    answer = visitor.get(path, headers={"Accept": "text/html"})
    assert answer.status == status, answer.text
    return Page(answer)
