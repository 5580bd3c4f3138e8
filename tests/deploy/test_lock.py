"""What the images hold is a part of what is tested."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def pinned(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(), re.M))


def test_the_images_hold_the_versions_that_are_tested() -> None:
    runtime, everything = pinned("requirements.runtime.lock"), pinned("requirements.lock")
    assert runtime.items() <= everything.items()
    assert "pytest" not in runtime


def test_every_pin_has_hashes() -> None:
    for name in ("requirements.lock", "requirements.runtime.lock"):
        for pin in re.split(r"^(?=[a-z0-9-]+==)", (ROOT / name).read_text(), flags=re.M)[1:]:
            assert "--hash=sha256:" in pin, pin.splitlines()[0]


def test_every_declared_dependency_is_pinned() -> None:
    runtime = pinned("requirements.runtime.lock")
    for file in (
        ROOT / "chassis/pyproject.toml",
        ROOT / "gateway/pyproject.toml",
        *ROOT.glob("services/*/pyproject.toml"),
    ):
        for dependency in tomllib.loads(file.read_text())["project"]["dependencies"]:
            name = re.match(r"[A-Za-z0-9-]+", dependency)[0].lower()  # type: ignore[index]
            assert name in runtime or name == "opmodel-chassis", f"{file}: {dependency}"


def test_no_lock_names_a_registry() -> None:
    for file in (
        "requirements.lock",
        "requirements.runtime.lock",
        "deploy/compose-supergraph/package-lock.json",
        "deploy/asyncapi-parser/package-lock.json",
    ):
        assert not re.search(r"https?://(?!opencollective|github)", (ROOT / file).read_text()), file
