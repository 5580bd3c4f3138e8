"""`make token WHO=...`: print a token, and nothing else, on standard output."""

from __future__ import annotations

import sys

from deploy.local.identity import sign
from deploy.local.settings import STATE, Stop


def main() -> int:
    """Print the token of the person or service that the first argument names."""
    try:
        print(sign(STATE / "identity.pem", sys.argv[1] if len(sys.argv) > 1 else ""))
    except Stop as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
