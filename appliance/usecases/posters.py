"""The venue's own Wi-Fi for posters: kept only while staff want it kept, and not journaled."""

import json

from appliance.domain.wifi import Wifi
from appliance.ports import Ports, Transaction

_KEPT = "poster_wifi"


async def venue_wifi(ports: Ports) -> Wifi | None:
    """The venue's Wi-Fi, if staff had it kept."""
    kept = await ports.reader.meta(_KEPT)
    return Wifi(**json.loads(kept)) if kept else None


async def keep_venue_wifi(ports: Ports, wifi: Wifi | None) -> None:
    """Keeps the venue's Wi-Fi for the next poster, or forgets it."""
    text = json.dumps({"ssid": wifi.ssid, "passphrase": wifi.passphrase, "hidden": wifi.hidden}) if wifi else None

    def change(tx: Transaction) -> None:
        if tx.meta(_KEPT) != text:
            tx.set_meta(_KEPT, text)

    await ports.store.write(change)
