"""`python -m sync.link`."""

import sys

from sync.link.cli import main

if __name__ == "__main__":
    sys.exit(main())
