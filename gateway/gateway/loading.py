"""What the gateway reads from files, at its start and again when they change."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.engine import Engine, SupergraphError
from gateway.header_rules import HeaderRules, HeaderRulesBroken
from gateway.persisted import ManifestBroken, read_manifest
from gateway.policies import Policies, PoliciesBroken
from gateway.settings import GatewaySettings


class CannotStart(Exception):
    """Why the process did not start, in one sentence."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The contents of the files."""

    sdl: str
    engine: Engine
    policies: Policies
    manifest: dict[str, str]
    header_rules: HeaderRules | None

    @classmethod
    def read(cls, settings: GatewaySettings, before: Loaded | None = None) -> Loaded:
        """Read them; the engine of a supergraph that is the same as before is kept. Raises CannotStart."""
        sdl = _sdl(settings)
        engine = before.engine if before is not None and before.sdl == sdl else _engine(sdl, settings)
        try:
            policies = Policies.read(settings.policies) if settings.policies else Policies({})
            manifest = read_manifest(settings.persisted_documents) if settings.persisted_documents else {}
            header_rules = HeaderRules.read(settings.header_rules) if settings.header_rules else None
        except (PoliciesBroken, ManifestBroken, HeaderRulesBroken) as error:
            raise CannotStart(str(error)) from None
        return cls(sdl, engine, policies, manifest, header_rules)


def load_engine(settings: GatewaySettings) -> Engine:
    """The engine for the supergraph file. Raises CannotStart."""
    return _engine(_sdl(settings), settings)


def _sdl(settings: GatewaySettings) -> str:
    path = settings.supergraph
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CannotStart(f"The supergraph {path} cannot be read: {error.strerror}. Set SUPERGRAPH.") from None
    except UnicodeDecodeError:
        raise CannotStart(f"The supergraph {path} is not a text file in UTF-8. Set SUPERGRAPH.") from None


def _engine(sdl: str, settings: GatewaySettings) -> Engine:
    try:
        return Engine.from_sdl(sdl, assumed_list_size=settings.cost_list_size if settings.cost_mode != "off" else None)
    except SupergraphError as error:
        raise CannotStart(f"The supergraph {settings.supergraph} is broken: {error}") from None
