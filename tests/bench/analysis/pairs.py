"""What each score must tell apart: in which of two styles there is more of it."""

PAIRS: dict[str, tuple[tuple[str, str], ...]] = {
    "energy": (
        ("techno", "ballad"),
        ("rock and roll", "blues"),
        ("drum and bass", "trap"),
        ("salsa", "bolero"),
        ("funk", "reggae"),
        ("lindy", "blues"),
    ),
    "danceability": (
        ("house", "slow waltz"),
        ("disco", "ballad"),
        ("techno", "milonga"),
        ("funk", "slow waltz"),
        ("lindy", "quick waltz"),
    ),
    "brightness": (("cha cha", "house"), ("salsa", "quick waltz"), ("lindy", "milonga"), ("bachata", "hip hop")),
    "acousticness": (
        ("tango", "techno"),
        ("slow waltz", "house"),
        ("balboa", "disco"),
        ("country", "zouk"),
        ("ballad", "funk"),
    ),
    "groove": (
        ("funk", "country"),
        ("zouk", "bachata"),
        ("salsa", "balboa"),
        ("trap", "ballad"),
        ("bossa nova", "tango"),
    ),
}
