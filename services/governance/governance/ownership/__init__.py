"""Nothing without somebody who answers for it: what becomes of the things of people who leave."""
