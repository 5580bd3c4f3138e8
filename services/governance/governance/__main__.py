"""`python -m governance serve | work | migrate | schema`."""

from chassis.cli import main
from governance.service import service

main(service)
