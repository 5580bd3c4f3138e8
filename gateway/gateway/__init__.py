"""One graph over the services: a federation gateway and the event ingress."""
