"""Settings as text: for the box's own programs, for people, for a file.

Only the first holds secrets.
"""

import re
from dataclasses import fields

from appliance.config import ENV_DATA, ENV_PREFIX, Settings, sections
from appliance.secret import Secret


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as environment variables, for the box's own programs. Holds secrets: never print it."""
    found = {ENV_DATA: str(settings.data)}
    for name, kind in sections().items():
        section = getattr(settings, name)
        for item in fields(kind):
            value = getattr(section, item.name)
            text = ",".join(value) if isinstance(value, tuple) else value
            plain = text.reveal() if isinstance(text, Secret) else str(text)
            found[f"{ENV_PREFIX}{name}_{item.name}".upper()] = plain
    return found


def as_toml(settings: Settings) -> str:
    """The settings in force as a TOML file, secrets masked."""
    lines = [f"# data folder: {settings.data}"]
    for name, kind in sections().items():
        lines += ["", f"[{name}]"]
        for item in fields(kind):
            value = getattr(getattr(settings, name), item.name)
            lines.append(f"{item.name} = {toml_value(value)}")
    return "\n".join(lines)


def toml_value(value: object) -> str:
    """A value as TOML spells it, secrets masked."""
    if isinstance(value, Secret):
        return '"********"' if value.reveal() else '""'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    if isinstance(value, int):
        return str(value)
    # TOML's basic strings want every control character escaped, as well as the quote and the backslash.
    text = re.sub(r'[\x00-\x1f\x7f"\\]', lambda found: f"\\u{ord(found[0]):04x}", str(value))
    return f'"{text}"'
