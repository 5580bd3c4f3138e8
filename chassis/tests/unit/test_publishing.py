"""Records go where every other Kafka client would put them."""

from aiokafka.partitioner import murmur2 as theirs
from hypothesis import given
from hypothesis import strategies as st

from chassis.publishing import murmur2


@given(st.binary(max_size=80))
def test_a_key_has_the_hash_by_which_other_clients_choose_the_partition(key: bytes) -> None:
    assert murmur2(key) & 0x7FFFFFFF == theirs(key) & 0x7FFFFFFF
