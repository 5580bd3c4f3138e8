"""`make reset`: forget all data."""

from __future__ import annotations

import fcntl
import shutil
import sys

from deploy.local.settings import STATE


def main() -> int:
    """Remove the state folder, unless a platform runs on it."""
    if not STATE.exists():
        print("Nothing to forget.")
        return 0
    try:
        with (STATE / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(STATE)
    except BlockingIOError:
        print("The platform runs; stop `make up` first (Ctrl-C there).", file=sys.stderr)
        return 1
    except PermissionError:
        print(f"{STATE} belongs to another user; run `make reset` as that user.", file=sys.stderr)
        return 1
    print("All data is gone; the next `make up` starts from nothing.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
