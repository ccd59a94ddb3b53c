"""All styles of the evaluation set."""

from tests.bench.analysis.floor_styles import FLOOR_STYLES
from tests.bench.analysis.partner_styles import PARTNER_STYLES
from tests.bench.analysis.vocabulary import Style

STYLES: tuple[Style, ...] = (*PARTNER_STYLES, *FLOOR_STYLES)
