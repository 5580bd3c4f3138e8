"""The resources of SCIM, as the protocol's library asks for them, in one transaction of ours."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
from scim2_models import (
    InvalidFilterException,
    InvalidValueException,
    Meta,
    NotFoundException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
    UniquenessException,
)
from scim2_server.storage import AsyncScimStorage, SearchPage

from chassis.database import Connection, Transaction
from governance.scim import commands, repository
from governance.scim.domain import LONGEST_ID, employee_id_of
from governance.scim.filters import json_path
from governance.scim.models import MODELS
from governance.scim.repository import Stored

# Never kept: people do not sign in here.
_DROPPED = {"id", "meta", "password", "schemas", "groups"}


class Storage(AsyncScimStorage):
    """Reads with a connection, writes with a transaction; what is read in a transaction is locked for its change."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        """One resource. Raises NotFoundException."""
        return _shown(await self._stored(resource_type, resource_id))

    async def search(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], *, position: Any = None
    ) -> SearchPage:
        """A page of what a filter matches, in order of their making."""
        given = search_request.filter
        matching = json_path(given.ast) if given else None
        kinds = [str(one.name) for one in resource_types]
        limit = 100 if search_request.count is None else search_request.count
        try:
            total, found = await repository.page(
                self._connection, kinds, matching, offset=search_request.start_index_0 or 0, limit=limit
            )
        except asyncpg.DataError:
            raise InvalidFilterException(detail=f"The filter {given} cannot be asked.") from None
        return SearchPage(total, [_shown(stored) for stored in found])

    async def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """Keep a new resource. Raises UniquenessException."""
        kind, content = str(resource_type.name), _content(resource)
        if kind == "User" and not 0 < len(employee_id_of(content)) <= LONGEST_ID:
            raise InvalidValueException(
                detail=f"The employee id must have at most {LONGEST_ID} characters. Give an employeeNumber."
            )
        try:
            return _shown(await commands.add(self._transaction, kind, content))
        except (commands.Taken, asyncpg.UniqueViolationError):
            raise UniquenessException(detail="Another user has this userName, or is this employee.") from None

    async def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        """Keep a resource in place of what it was. Raises what the library's rules name."""
        before = await self._stored(resource_type, str(resource.id))
        _must_be(before, expected_version)
        try:
            return _shown(await commands.change(self._transaction, before, _content(resource)))
        except (commands.Taken, asyncpg.UniqueViolationError):
            raise UniquenessException(detail="Another user has this userName.") from None

    async def delete(
        self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None
    ) -> None:
        """Forget a resource; a user's employment ends."""
        stored = await self._stored(resource_type, resource_id)
        _must_be(stored, expected_version)
        await commands.remove(self._transaction, stored)

    @property
    def _transaction(self) -> Transaction:
        assert isinstance(self._connection, Transaction)
        return self._connection

    async def _stored(self, resource_type: ResourceType, resource_id: str) -> Stored:
        missing = NotFoundException(detail=f"There is no {resource_type.name} {resource_id}.")
        try:
            id = UUID(resource_id)
        except ValueError:
            raise missing from None
        lock = isinstance(self._connection, Transaction)
        stored = await repository.get(self._connection, str(resource_type.name), id, lock=lock)
        if stored is None:
            raise missing
        return stored


def _content(resource: Resource[Any]) -> dict[str, Any]:
    kept = resource.model_dump(mode="json")
    return {name: value for name, value in kept.items() if name not in _DROPPED}


def _shown(stored: Stored) -> Resource[Any]:
    model = MODELS[stored.kind]
    resource: Resource[Any] = model.model_validate(
        {**stored.resource, "schemas": _schemas(stored), "id": str(stored.id)}
    )
    resource.meta = Meta(
        resource_type=stored.kind,
        created=stored.created_at,
        last_modified=stored.modified_at,
        version=f'W/"{stored.revision}"',
    )
    return resource


def _schemas(stored: Stored) -> list[str]:
    extensions = [name for name in stored.resource if name.startswith("urn:")]
    return [f"urn:ietf:params:scim:schemas:core:2.0:{stored.kind}", *extensions]


def _must_be(stored: Stored, expected_version: str | None) -> None:
    if expected_version is not None and expected_version != f'W/"{stored.revision}"':
        raise PreconditionFailedException
