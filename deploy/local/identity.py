"""Tokens for the demo organisation's people and services, signed with this machine's development key."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from deploy.local.demo.organisation import caller_of, callers
from deploy.local.settings import Stop
from gateway.identity import DevelopmentIdentity

LIFETIME = timedelta(hours=12)


def sign(key_file: Path, who: str, *, ttl: timedelta = LIFETIME, **claims: Any) -> str:
    """A token for somebody that `make token` knows; further claims replace or add to theirs."""
    caller = callers().get(who) or caller_of(who)
    if caller is None:
        raise Stop(f"Nobody is called {who!r}. WHO is one of: {', '.join(callers())}; or an employee id such as E0042.")
    return sign_claims(key_file, ttl=ttl, **{"sub": caller.subject, "roles": list(caller.roles)} | claims)


def sign_claims(key_file: Path, *, ttl: timedelta = LIFETIME, **claims: Any) -> str:
    """A token with exactly these claims, for tests and for people who are not in the list."""
    if not key_file.exists():
        raise Stop("There is no development key yet: run `make up` first.")
    return DevelopmentIdentity.at(key_file).sign(claims, ttl)
