"""Make the virtual environment fit requirements.lock. Runs with any Python 3 and the standard library only."""

# ruff: noqa: UP032, UP036, S603 - an old Python must be able to read this file, so that it can say that it is too old

import fcntl
import hashlib
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, ".installed")
PACKAGES = ["chassis", "gateway", "services/governance", "services/training", "services/process", "services/metrics"]


def stop(sentence: str) -> None:
    """End with one sentence for a person."""
    sys.exit("make: " + sentence)


def fingerprint() -> str:
    """What the environment was made from: another lock, package or place means installing again."""
    digest = hashlib.sha256((VENV + sys.version).encode())
    for name in ["requirements.lock"] + [package + "/pyproject.toml" for package in PACKAGES]:
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def installed() -> str:
    """Read the fingerprint that the last complete installation left."""
    try:
        with open(STAMP) as file:
            return file.read()
    except OSError:
        return ""


def run(sentence: str, command: list) -> None:  # type: ignore[type-arg]
    """Run one step with its progress visible; a failure ends with one sentence."""
    print("==> " + sentence, flush=True)
    if subprocess.call(command, cwd=ROOT) != 0:
        stop(sentence + " failed; the lines above say why. Run the same command again once that is solved.")


def create() -> None:
    """Make the virtual environment with this Python."""
    try:
        import ensurepip  # noqa: F401, PLC0415
        import venv  # noqa: F401, PLC0415
    except ImportError:
        stop("Python's venv module is missing. Install it (Debian: apt-get install python3-venv), then try again.")
    run("Create .venv with Python " + sys.version.split()[0], [sys.executable, "-m", "venv", "--clear", VENV])


def main() -> None:
    """Install if something changed since the last complete installation; otherwise do nothing."""
    if sys.version_info < (3, 11):
        stop(
            "Python 3.11 or newer is needed, and {} is {}. Name another one: make up PYTHON=python3.12".format(
                sys.executable, sys.version.split()[0]
            )
        )
    wanted = fingerprint()
    if installed() == wanted:
        return
    with open(os.path.join(ROOT, "requirements.lock")) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if installed() == wanted:
            return
        python = os.path.join(VENV, "bin", "python")
        create()
        pip = [python, "-m", "pip", "--disable-pip-version-check", "install"]
        run(
            "Install the pinned dependencies (requirements.lock)", [*pip, "--require-hashes", "-r", "requirements.lock"]
        )
        editable = [word for package in PACKAGES for word in ("-e", package)]
        run("Install this project's packages", [*pip, "-q", "--no-deps", "--no-build-isolation", *editable])
        with open(STAMP, "w") as file:
            file.write(wanted)


if __name__ == "__main__":
    main()
