"""One script out of the modules that it imports, one style sheet out of its parts.

There is no build: the server does it once, so that a page costs two requests and not twenty, and files stay as written.

Owns how files are put together; knows no HTTP. Handles exactly the forms that our modules use and refuses all others by
file and line: a form that was not thought of must fail at the start and not in a phone.

Each module becomes a function that is called once, after those that it imports, and gives what it exports. Imported
names are constants there, so what is exported must be one. Two scripts of a page are two such wholes and share nothing.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

_IMPORT = re.compile(r'import (?:\{ (?P<names>[\w$]+(?:, [\w$]+)*) \} from )?"\./(?P<file>[\w.]+)";')
_EXPORT = re.compile(r"export (?P<kept>(?:async )?function (?P<function>[\w$]+)\(.*|const (?P<const>[\w$]+) = .*)")
#: what is for light: `by_choice` says it again for those who chose light
_BY_PHONE = re.compile(r"@media \(prefers-color-scheme: light\) \{((?:[^{}]|\{[^{}]*\})*)\}")
_RULE = re.compile(r"[^{}]+\{[^{}]*\}")
_NOT_DARK, _LIGHT = ':root:not([data-scheme="dark"])', ':root[data-scheme="light"]'
_COMMENT = re.compile(r'("[^"\n]*"|\'[^\'\n]*\')|/\*.*?\*/', re.DOTALL)
_TEXT = re.compile(r"""("[^"]*"|'[^']*'|`[^`]*`)""")
#: texts, which stay; and what needs no spaces around it: plus and minus only before a name or a text (`a - -b`)
_TIGHT = re.compile(
    _TEXT.pattern + r"""| ?(=>|[!=]==|&&|\|\||[=?:,;{}()<>]) ?| ([-+*]=?) (?=[\w("'`\[])""",
)
#: texts, which stay; and what stands between spaces that mean nothing (before a colon one does mean something)
_SPACES = re.compile(r"""("[^"\n]*"|'[^'\n]*')|;?\s*([{}])\s*|\s*(;)\s*|([:,])\s+""")
#: what would mean something else inside of a function, or what is not looked into here
_UNKNOWN = re.compile(r"(import|export)\b|.*(\bimport\s*\(|\bimport\.meta|/\*)|await\b")


class NotComposed(Exception):
    """A file that can't be put together with others. The text says which, where and why."""


def _name(file: str) -> str:
    return "of_" + re.sub(r"\W", "_", file)


def _imported(found: re.Match[str]) -> str:
    return f"const{{{found['names'].replace(' ', '')}}}={_name(found['file'])};" if found["names"] else ""


def _bare(line: str) -> str:
    """A line without its indentation, needless spaces, and a comment behind it: all that is surely in no text."""
    before, mark, _ = line.partition(" // ")
    is_comment = mark and not any(before.count(quote) % 2 for quote in "\"'`")
    bare = (before if is_comment else line).strip()
    # Where a slash is, there may be a pattern or an escaped quote; and templates may hold others.
    if "\\" in bare or bare.count("`") > 2 or "/" in _TEXT.sub("", bare):
        return bare
    return _TIGHT.sub(lambda found: found[1] or found[2] or found[3], bare)


def _joined(lines: Iterable[str]) -> str:
    """The lines as one, but for those behind which a statement may end without saying so, or a comment."""
    ends = (line if line[-1] in ";{,(" and "//" not in _TEXT.sub("", line) else f"{line}\n" for line in lines if line)
    return "".join(ends)


def _module(file: str, text: str) -> tuple[str, list[str], list[str]]:
    """A module as a function's body, the files that it imports, the names that it exports. Raises: NotComposed."""
    body, exported, needed = [], [], []
    for number, line in enumerate(text.splitlines(), 1):
        if line.count("`") % 2:
            raise NotComposed(f"{file}:{number}: a text in backticks goes over several lines.")
        if found := _IMPORT.fullmatch(line):
            needed.append(found["file"])
            body.append(_imported(found))
        elif found := _EXPORT.fullmatch(line):
            exported.append(found["function"] or found["const"])
            body.append(_bare(found["kept"]))
        elif _UNKNOWN.match(line) and not line.lstrip().startswith("//"):
            raise NotComposed(f"{file}:{number}: this form is not known: {line.strip()}")
        elif not line.lstrip().startswith("//"):
            # No text goes over several lines, so neither comments nor what stands before a line can be part of one.
            body.append(_bare(line))
    body.append(f"return{{{','.join(exported)}}};")
    return _joined(body), needed, exported


def script(entry: str, modules: Mapping[str, str]) -> str:
    """The module `entry` and all that it imports, directly or not, as one. `modules` are texts by file name.

    Raises: NotComposed.
    """
    done: dict[str, str] = {}
    given: list[str] = []

    def add(file: str, under: tuple[str, ...]) -> None:
        if file in under:
            raise NotComposed(f"{' imports '.join([*under, file])}: a circle.")
        if file in done:
            return
        if file not in modules:
            raise NotComposed(f"{under[-1] if under else 'a page'} needs {file}, which is not there.")
        body, needed, exported = _module(file, modules[file])
        for other in needed:
            add(other, (*under, file))
        if file == entry:
            given.extend(exported)
        done[file] = f"const {_name(file)}=(()=>{{{body}}})();"

    add(entry, ())
    # Whoever imports the whole gets what its own module exports.
    last = [f"export const {{ {', '.join(given)} }} = {_name(entry)};"] if given else []
    return "\n".join([*done.values(), *last]) + "\n"


def by_choice(text: str) -> str:
    """A style sheet in which what is for phones that prefer light is also for people who chose it on dark ones.

    CSS can't say both in one rule, so it is written once and repeated here.
    """

    def again(found: re.Match[str]) -> str:
        rules = [rule.strip() for rule in _RULE.findall(found[1]) if _NOT_DARK in rule]
        return "\n".join([found[0], *(rule.replace(_NOT_DARK, _LIGHT) for rule in rules)])

    return _BY_PHONE.sub(again, text)


def sheet(text: str) -> str:
    """A style sheet as phones get it: without comments and needless spaces, light `by_choice` too."""
    bare = by_choice(_COMMENT.sub(lambda found: found[1] or "", text))
    return _SPACES.sub(lambda found: "".join(filter(None, found.groups())), bare).strip() + "\n"


def texts(folder: Path) -> dict[str, str]:
    """The files of a folder, by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}
