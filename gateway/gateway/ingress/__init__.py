"""The event ingress: systems outside deliver CloudEvents by HTTP, and the gateway puts them on the bus.

`cloudevents` reads the three HTTP forms, `sources` knows who may publish what, `contracts` checks the data, `bus`
publishes, `endpoint` is the HTTP side of it.
"""
