"""`python -m process serve | work | migrate | schema`."""

from chassis.cli import main
from process.service import service

main(service)
