"""Pages with made-up words: what the tests of the files in `webui` render."""


def poster_cases(text: str, *, error: object) -> list[tuple[str, dict[str, object]]]:
    """The poster for guests and for staff, who may make a PDF of it."""
    sheet: dict[str, object] = {
        "stage": {"id": "main-floor", "name": text},
        "here": "/poster/main-floor",
        "by_number": None,
    }
    sheet |= {"making": None, "error": None}
    wifi = {"ssid": text, "passphrase": text}
    typed = {"paper": "a4", "lang_en": "yes", "wifi": "venue", "ssid": text, "passphrase": text, "keep": "yes"}
    making = {"own": text, "papers": ["a4", "a5"], "typed": typed}
    return [
        ("poster.html", sheet | {"address": text, "wifi": wifi, "by_number": text}),
        ("poster.html", sheet | {"address": text, "wifi": None, "making": making, "error": error}),
        ("poster.html", sheet | {"address": text, "wifi": None, "making": making | {"own": "", "typed": {}}}),
        ("poster.html", sheet | {"address": text, "wifi": None}),
        ("poster.html", sheet | {"address": None, "wifi": wifi}),
    ]
