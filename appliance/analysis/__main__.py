"""`python -m appliance.analysis`: the worker."""

import sys

from appliance.analysis.worker import main

if __name__ == "__main__":
    sys.exit(main())
