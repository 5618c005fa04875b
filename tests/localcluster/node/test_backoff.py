"""The kubelet's delays."""

from localcluster.node.backoff import BackOff
from localcluster.node.settings import Patience


def test_delays_double_up_to_a_limit() -> None:
    told = Patience()
    delays = BackOff(told.first_delay, told.longest_delay, told.settled)
    assert [delays.next() for _ in range(8)] == [0, 10, 20, 40, 80, 160, 300, 300]


def test_a_long_run_begins_the_series_again() -> None:
    delays = BackOff(10, 300, 600)
    assert [delays.next(), delays.next(599), delays.next(600), delays.next(1)] == [0, 10, 0, 10]
