"""How the fetching of songs from the cloud stands: what its program leaves in a file for the pages. Pure."""

import json
from dataclasses import asdict, dataclass, fields

#: beside the carrier's status, in its folder
FILE_NAME = "songs.json"
#: in the folder of music: where songs from the cloud stand, and where those that are on their way wait
FOLDER, WAITING = "cloud", ".cloud"
#: why nothing is fetched, by its stable word
PAUSES = {
    "off": "The settings of this box say that none are fetched.",
    "no_room": "The disk is too full for more. Remove music that nobody plays, or choose fewer songs in the cloud.",
    "day_share": "As much as may be fetched in a day was fetched; it goes on later.",
    "songs_away": "The cloud can’t give songs now. It is tried again.",
    "store": "The disk can’t be written.",
    "journal": "What happens here is told to the cloud first.",
    "unclaimed": "In the cloud this box is nobody’s: claim it there by the code on the status page.",
    "offline": "There is no line to the cloud. It goes on by itself.",
}


@dataclass(frozen=True, slots=True)
class SongsComing:
    """How it stands."""

    #: songs that the cloud wants here; how many are, and how many this box refuses
    wanted: int = 0
    here: int = 0
    refused: int = 0
    #: bytes that are still to come
    left: int = 0
    #: what comes at this moment; empty for nothing
    name: str = ""
    came: int = 0
    size: int = 0
    #: why nothing does, a stable word; empty when something does or all is here
    pause: str = ""

    @property
    def coming(self) -> int:
        """Songs on their way."""
        return max(0, self.wanted - self.here - self.refused)

    @property
    def words(self) -> str:
        """Why nothing comes, for people; empty for no reason."""
        return PAUSES.get(self.pause, "") if self.coming else ""

    def text(self) -> str:
        """For the file."""
        return json.dumps(asdict(self), indent=1)


def read(text: str) -> SongsComing:
    """What stands in the file; as if there was none for what can't be read."""
    try:
        found = json.loads(text)
        known = {one.name: found[one.name] for one in fields(SongsComing) if one.name in found}
        made = SongsComing(**known)
    except (ValueError, TypeError, AttributeError):
        return SongsComing()
    is_sound = all(type(getattr(made, one.name)) is type(one.default) for one in fields(SongsComing))
    return made if is_sound else SongsComing()
