"""`python -m appliance COMMAND`: what `./box` calls inside its environment."""

import sys

from appliance.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
