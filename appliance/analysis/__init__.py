"""How tracks sound: tempo, key, loudness, character, fingerprint. For the box and for the DJ's link alike.

    analyst = Analyst(should_wait=hall_is_busy)
    try:
        analysis = await analyst.analyse(path)      # domain.analysis.Analysis
    except Unheard as trouble:
        trouble.fault                               # domain.analysis.Fault: code, words, whether to try again
    ...
    await analyst.stop()

`Analyst` is light: numpy is loaded by the worker process that it keeps, never by the program that asks. Nothing here
knows the store, the web or the bus; what is done with a result is its callers' business.
"""

from appliance.analysis.analyst import Analyst
from appliance.analysis.trouble import Unheard

__all__ = ["Analyst", "Unheard"]
