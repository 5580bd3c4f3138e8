"""`python -m training serve | work | migrate | schema`."""

from chassis.cli import main
from training.service import service

main(service)
