"""The whole platform on one machine: what `make up` and the end-to-end tests run."""
