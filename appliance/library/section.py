"""Where the box looks for music: one section of the settings."""

from dataclasses import dataclass
from pathlib import Path

from appliance.errors import BadConfig

#: in the data folder: where uploads go, and whoever copies music to the box
FOLDER = "music"


@dataclass(frozen=True, slots=True)
class LibrarySection:
    """The box's own music."""

    #: whether it is looked for and listened to
    enabled: bool = True
    #: folders with music beside the one in the data folder, such as "/srv/music:/srv/more"
    folders: str = ""
    #: below which folders sticks are mounted, the same way; empty to leave sticks alone
    sticks: str = "/media:/run/media"

    def places(self, data: Path) -> list[Path]:
        """Every folder that is looked into, whether it is there or not; the data folder's own first."""
        return [data / FOLDER, *map(Path, filter(None, self.folders.split(":")))]

    def stick_folders(self) -> list[Path]:
        """Below what sticks are mounted."""
        return [Path(one) for one in self.sticks.split(":") if one]


def check(section: LibrarySection) -> None:
    """Sees that the settings can mean something.

    Raises: BadConfig.
    """
    for name, text in (("folders", section.folders), ("sticks", section.sticks)):
        for one in filter(None, text.split(":")):
            if not one.startswith("/") or "\0" in one or ".." in Path(one).parts or Path(one) == Path("/"):
                raise BadConfig(
                    "config_wrong_value",
                    f"library.{name} is {text!r}; each folder in it must be whole, from / on.",
                    advice='Put colons between several, such as "/srv/music:/srv/more".',
                )
