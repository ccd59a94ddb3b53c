"""The records of the demo's DJs. Every artist and title is invented; a likeness to a real one is chance.

They are as mixed as a real collection: accents, other scripts, an emoji, tempos and keys that nobody has filled in.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Song:
    """One record."""

    title: str
    artist: str
    #: how long it lasts, in seconds
    length_s: int
    #: beats per minute, when the DJ's program knows
    bpm: float | None = None
    #: musical key, when the DJ's program knows
    key: str | None = None


# fmt: off
#: for lindy hop and balboa
SWINGING = (
    Song("Lanterns on Larkspur Lane", "The Velvet Gaslight Seven", 202, 172, "Am"),
    Song("Copper Kettle Stomp", "Otis Fennimore & His Tin Roof Ten", 187, 198, "F"),
    Song("Dîner à minuit moins deux", "Clémence Duvallon et les Parapluies", 214, 156.5, "Dm"),
    Song("Mind the Marimba", "Mabel Quincewell's Corner Shop Five", 178, 210, "B♭"),
    Song("Zwölf Paar Tanzschuhe", "Die Nachtbuskapelle", 223, 148, "8A"),
    Song("שלוש נעליים ועוד אחת", "תזמורת הפנס הסגול", 196, 164, "Gm"),
    Song("Hop, Skip and a Teacup ☕", "Fennel & the Teaspoons", 171, 230, "C"),
    Song("Los zapatos de don Limón", "Orquesta Tranvía Veintinueve", 208, 181, "E♭"),
    Song("Halfway Up the Banister", "Big Ambrose Tolliwell", 233, 136, "Cm"),
    Song("Łyżka, widelec i ja", "Kwartet Siedmiu Parasoli", 192, 189, "11B"),
    Song("The Mackerel Hop 🐟", "Harbourmaster Hobbs and the Low Tide Eight", 183, 204, "G"),
    Song("Peppermint Alibi", "Ruthie Marlowitz", 217, 142.8, "F#m"),
    Song("Seventeen Umbrellas", "The Puddle Street Ramblers", 199, 176),
    Song("Don't Tell the Caretaker", "Winifred Oakapple Trio", 176, 218, "A♭"),
    Song("Kyllä kenkä soi", "Hämärän Hyppyorkesteri", 205, 160, "Em"),
    Song("Borrowed Braces", "Lucius Pennyfeather", 188, None, "D"),
    Song("Two Left Galoshes", "The Velvet Gaslight Seven", 194, 168, "4A"),
    Song("Ballroom on the 39 Tram", "Die Nachtbuskapelle", 212, 153, "Bm"),
    Song("Gingham Getaway", "Dorothea Finch-Ndiaye and Her Fast Company", 169, 226, "B♭"),
    Song("Last Cloakroom Ticket", "Big Ambrose Tolliwell", 228, 128, "Fm"),
)

#: for blues and slow drag
SLOW = (
    Song("Low Tide at Cobbler's Wharf", "Blind Barnaby Thistlewood", 241, 84, "E"),
    Song("Marmalade Moon", "Ida Mae Copperfield", 226, 92, "Am"),
    Song("Nobody Waters These Roses", "Sister Clementine Vail", 254, 76, "Dm"),
    Song("ليل بلا قمر ولا قهوة", "فرقة النافذة الخضراء", 233, 88, "Gm"),
    Song("Slow Boat to the Laundromat", "The Rusty Gate Trio", 218, 104, "C"),
    Song("Chaussettes dépareillées", "Clémence Duvallon et les Parapluies", 209, 112, "Bm"),
    Song("Velvet Elevator Blues", "Percival “Slim” Ashgrove", 247, 80, "G"),
    Song("My Teapot Left Me", "Ida Mae Copperfield", 203, 98, "5A"),
    Song("夜行バスのブルース", "青い長靴楽団", 221, 90, "F"),
    Song("Gravel and Honey", "Gussie Longfellow-Okoro", 236, 86),
    Song("Seven Steps Below the Street", "The Rusty Gate Trio", 229, 108, "Cm"),
    Song("Candle in the Biscuit Tin", "Sister Clementine Vail", 244, 78, "A"),
    Song("Rain on a Borrowed Hat", "Blind Barnaby Thistlewood", 215, None, None),
    Song("The Lighthouse Keeper's Shoes", "Hollis Brackenridge", 238, 94, "Em"),
    Song("Śnieg na peronie drugim", "Kwartet Siedmiu Parasoli", 224, 116, "9B"),
    Song("One More Before the Ferry", "Gussie Longfellow-Okoro", 251, 82, "B♭"),
    Song("Parsnip Serenade 🎺", "Harbourmaster Hobbs and the Low Tide Eight", 206, 120, "E♭"),
    Song("Moth at the Window", "Percival “Slim” Ashgrove", 242, 88, "F#m"),
)
# fmt: on
