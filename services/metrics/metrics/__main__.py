"""`python -m metrics serve | work | migrate | schema`."""

from chassis.cli import main
from metrics.service import service

main(service)
