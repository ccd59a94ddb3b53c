"""How the parts of the analysis say that a file can't be heard."""

from appliance.domain.analysis import Fault, FaultCode
from appliance.errors import Invalid


class Unheard(Invalid):
    """A file that nothing can be said of."""

    def __init__(self, code: FaultCode) -> None:
        self.fault = Fault(code)
        super().__init__(code.value, self.fault.detail, advice=self.fault.advice)
