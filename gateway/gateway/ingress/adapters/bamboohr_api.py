"""The values that BambooHR's newer webhooks leave out, read from its API.

An event such as `{"type": "employee.updated", "data": {"employeeId": ..., "changedFields": [...]}}` becomes the older form,
which has the values, so that one mapper reads both.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx
import orjson

from gateway.ingress.adapters.bamboohr import FIELDS
from gateway.ingress.adapters.mapping import CannotMap

_SECONDS = 10
_ACTIONS = {"employee.created": "Created", "employee.updated": "Updated", "employee.deleted": "Deleted"}


class BambooHR:
    """The API of one company: `https://<company>.bamboohr.com/api/v1`, asked with a key as user name (Basic)."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url.rstrip("/")
        self._key = key

    async def complete(self, body: bytes) -> bytes:
        """The body with the values of the employee it is about; any other body as it is. Raises CannotMap."""
        try:
            event = orjson.loads(body)
        except orjson.JSONDecodeError:
            return body
        action = _ACTIONS.get(event.get("type", "")) if isinstance(event, dict) else None
        if action is None or not isinstance(event.get("data"), dict):
            return body
        employee_id = str(event["data"].get("employeeId") or "")
        if not employee_id:
            raise CannotMap("The event names no employee.")
        employee = {
            "id": employee_id,
            "action": action,
            "timestamp": event.get("timestamp"),
            "changedFields": event["data"].get("changedFields") or [],
            "fields": {} if action == "Deleted" else await self._fields(employee_id),
        }
        return orjson.dumps({"employees": [employee]})

    async def _fields(self, employee_id: str) -> dict[str, Any]:
        address = f"{self._url}/employees/{quote(employee_id, safe='')}/"
        try:
            async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False, auth=(self._key, "x")) as client:
                answer = await client.get(
                    address, params={"fields": ",".join(FIELDS)}, headers={"accept": "application/json"}
                )
        except httpx.HTTPError as error:
            raise CannotMap(f"BambooHR's API cannot be asked: {type(error).__name__}.") from None
        if answer.status_code != 200:
            raise CannotMap(f"BambooHR's API answered {answer.status_code} for employee {employee_id}.")
        try:
            content = answer.json()
        except ValueError:
            raise CannotMap("BambooHR's API did not answer in JSON.") from None
        return {name: value for name, value in content.items() if name in FIELDS}
