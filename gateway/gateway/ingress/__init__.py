"""The event ingress: systems outside deliver by HTTP, and the gateway puts events on the bus.

`admission` knows who delivers (a token, or `signatures`), `sources` who may publish what, `cloudevents` reads the three
HTTP forms, `adapters` the forms of vendors (kept in `raw` before anything is made of them), `contracts` checks the data,
`bus` publishes, `door` is the HTTP side of it all.
"""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from gateway.authentication import Authentication
from gateway.ingress.adapter_endpoint import AdapterEndpoint
from gateway.ingress.adapters import adapters
from gateway.ingress.admission import Admission
from gateway.ingress.bus import Bus
from gateway.ingress.contracts import Contracts
from gateway.ingress.door import Door
from gateway.ingress.endpoint import CloudEventsEndpoint
from gateway.ingress.publication import Publication
from gateway.settings import GatewaySettings, shipped
from gateway.telemetry import Tracing


def routes(bus: Bus, authentication: Authentication, settings: GatewaySettings, tracing: Tracing) -> list[BaseRoute]:
    """The addresses at which events come in."""
    admission = Admission(authentication, settings)
    publication = Publication(bus, Contracts(shipped("contract") / "events"), settings)
    events = CloudEventsEndpoint(admission, publication, settings.ingress_max_events)
    vendors = AdapterEndpoint(admission, publication, adapters(settings))
    return [
        Route("/events", Door("/events", events.take, tracing)),
        Route("/events/{adapter}", Door("/events/{adapter}", vendors.take, tracing)),
    ]
