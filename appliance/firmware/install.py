"""Putting the files where the system reads them, and taking exactly those away again.

A manifest under the root names every file the box wrote and what it wrote there. A file that somebody else made or
changed is never replaced or removed without being told to. Either every check passes or nothing is written.
"""

import contextlib
import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from appliance.errors import Refused, Unavailable
from appliance.files import replace_file
from appliance.firmware.render import Rendered, Tree

MANIFEST = "etc/pika-box/manifest.json"
_HIDDEN = "(holds a password: not shown)"


#: what a file of the box may hold, as digests; two while it is being replaced
Digests = dict[str, list[str]]


def installed(root: Path) -> Digests:
    """What the box wrote, by path below the root.

    Raises: Unavailable with the code `manifest_unreadable`.
    """
    try:
        content = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
        return {str(name): [str(one) for one in digests] for name, digests in content["files"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise Unavailable(
            "manifest_unreadable",
            f"{root / MANIFEST} can't be read ({error}), so it is not known which files are the box's.",
            advice="Remove it and install with --force.",
        ) from error


def install(tree: Tree, *, root: Path, force: bool = False) -> tuple[list[str], list[str]]:
    """Writes the tree and removes what an earlier one had and this one has not: the paths changed, and removed.

    Raises: Refused with the code `changed_by_others`; Unavailable with the code `install_failed`.
    """
    before, digests = installed(root), {name: [_digest(file.text.encode())] for name, file in tree.items()}
    gone = sorted(set(before) - set(tree))
    changed = [name for name, file in sorted(tree.items()) if not _is_current(root / name, file)]
    if not force:
        _refuse_foreign(_foreign([*changed, *gone], root=root, known=before))
    with _words_for_the_disk():
        # First both: after a pulled plug, a file is known to be ours whether it is the old one or the new.
        both = {name: [*before.get(name, []), *digests.get(name, [])] for name in {*before, *digests}}
        _write_manifest(both, root=root)
        for name in changed:
            _write(root / name, tree[name])
        for name in gone:
            _remove(root, name)
        _write_manifest(digests, root=root)
    return changed, gone


def uninstall(*, root: Path, force: bool = False) -> list[str]:
    """Removes every file the box wrote, and folders that are empty then; the paths.

    Raises: Refused with the code `changed_by_others`; Unavailable with the code `install_failed`.
    """
    before = installed(root)
    if not force:
        _refuse_foreign(_foreign(before, root=root, known=before))
    with _words_for_the_disk():
        for name in sorted(before):
            _remove(root, name)
        if before:
            _remove(root, MANIFEST)
    return sorted(before)


def difference(tree: Tree, *, root: Path) -> str:
    """What installing would change, as a unified diff; empty when nothing would. Shows no password."""
    parts = []
    for name in sorted({*tree, *installed(root)}):
        there, wanted = _content(root / name), tree.get(name)
        if there == (wanted.text.encode() if wanted else None):
            continue
        if (wanted is not None and wanted.is_secret) or _is_closed(root / name):
            parts.append(f"--- a/{name}\n+++ b/{name}\n{_HIDDEN}\n")
            continue
        old = (there or b"").decode("utf-8", "replace").splitlines(keepends=True)
        new = wanted.text.splitlines(keepends=True) if wanted else []
        sources = ("/dev/null" if there is None else f"a/{name}", "/dev/null" if wanted is None else f"b/{name}")
        parts.append("".join(difflib.unified_diff(old, new, *sources)))
    return "".join(parts)


def write_tree(tree: Tree, *, folder: Path) -> None:
    """Writes the tree into a folder to look at, without a manifest.

    Raises: Unavailable with the code `install_failed`.
    """
    with _words_for_the_disk():
        for name, file in tree.items():
            _write(folder / name, file)


@contextlib.contextmanager
def _words_for_the_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(
            "install_failed",
            f"{error.filename or 'A file'} can't be written ({error.strerror}).",
            advice="Run this as root, and again when that is mended: it goes on.",
        ) from error


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unavailable(
            "install_failed", f"{path} can't be read ({error.strerror}).", advice="Run this as root."
        ) from error


def _is_closed(path: Path) -> bool:
    """Whether a file that is there is for its owner only, as ours with a password are."""
    return path.exists() and not path.stat().st_mode & 0o077


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_current(path: Path, file: Rendered) -> bool:
    return _content(path) == file.text.encode() and path.stat().st_mode & 0o777 == file.mode


def _foreign(names: Iterable[str], *, root: Path, known: Mapping[str, list[str]]) -> list[str]:
    """Which of these files are there and not as the box left them."""
    contents = {name: _content(root / name) for name in names}
    return [
        name
        for name, content in contents.items()
        if content is not None and _digest(content) not in known.get(name, [])
    ]


def _refuse_foreign(names: list[str]) -> None:
    if names:
        raise Refused(
            "changed_by_others",
            "Somebody else made or changed " + ", ".join(f"/{name}" for name in names) + "; nothing was touched.",
            advice="Look with ./box firmware diff; --force goes ahead.",
        )


def _write_manifest(digests: Digests, *, root: Path) -> None:
    text = json.dumps({"version": 1, "files": dict(sorted(digests.items()))}, indent=1) + "\n"
    _write(root / MANIFEST, Rendered(text))


def _write(path: Path, file: Rendered) -> None:
    """At once and for good: a reader sees the old file or the new one, also after a power cut."""
    _make_folder(path.parent)
    replace_file(path, file.text.encode(), mode=file.mode)


def _make_folder(folder: Path) -> None:
    """As other programs expect system folders, whatever the caller's umask."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir()
        folder.chmod(0o755)


def _remove(root: Path, name: str) -> None:
    path = root / name
    path.unlink(missing_ok=True)
    # The folders of our own go too; the system's stay.
    for folder in path.relative_to(root).parents:
        if "pika-box" in folder.parts:
            with contextlib.suppress(OSError):
                (root / folder).rmdir()
