"""A log as whole lines, each once, whatever happens to the connection."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from helpers.observe.pod_log import Position


def line(second: int, text: str = "x") -> str:
    return f"2026-11-24T10:00:{second:02d}Z {text}"


def read(position: Position, *chunks: bytes) -> list[str]:
    return list(position.new(position.whole(chunks)))


def log(*lines: str) -> bytes:
    return "".join(f"{one}\n" for one in lines).encode()


def test_lines_written_in_pieces_are_put_together() -> None:
    whole = log(line(1, "größer"), line(2))
    assert read(Position(), *(whole[at : at + 1] for at in range(len(whole)))) == [line(1, "größer"), line(2)]


def test_a_log_given_again_is_passed_over_up_to_where_it_was_read() -> None:
    position = Position()
    assert read(position, log(line(1), line(2))) == [line(1), line(2)]
    assert read(position, log(line(1), line(2), line(3))) == [line(3)]
    assert read(position, log(line(3))) == []


def test_lines_of_the_same_moment_are_all_kept() -> None:
    position = Position()
    assert read(position, log(line(1, "a"), line(1, "b"))) == [line(1, "a"), line(1, "b")]
    assert read(position, log(line(1, "a"), line(1, "b"), line(1, "c"))) == [line(1, "c")]


def test_a_rotated_log_goes_on_where_it_was() -> None:
    position = Position()
    assert read(position, log(line(1), line(2))) == [line(1), line(2)]
    # The older file is gone; the log now begins later.
    assert read(position, log(line(3), line(4))) == [line(3), line(4)]


def test_a_line_cut_by_the_connection_comes_again_whole() -> None:
    position = Position()
    assert read(position, log(line(1)), line(2)[:25].encode()) == [line(1)]
    assert position.cut == 1  # until it is known whether it was the stream or the log that ended
    assert read(position, log(line(1), line(2, "x"))) == [line(2, "x")]
    assert position.cut == 0


def test_a_line_cut_by_its_writers_end_is_counted() -> None:
    position = Position()
    assert read(position, log(line(1)), line(2, "Greeting: ").encode()) == [line(1)]
    assert read(position, log(line(3))) == [line(3)]
    assert position.cut == 1


@given(st.lists(st.integers(0, 3), max_size=30), st.lists(st.integers(0, 400), max_size=6))
def test_nothing_is_lost_or_doubled_wherever_the_stream_breaks(steps: list[int], breaks: list[int]) -> None:
    """A log of lines, some of the same moment, of which each connection gives a longer beginning."""
    seconds = [sum(steps[: at + 1]) // 4 for at in range(len(steps))]
    lines = [line(second, str(number)) for number, second in enumerate(seconds)]
    content, position, found = log(*lines), Position(), []
    for end in [*sorted(breaks), len(content)]:
        found += read(position, content[:end])
    assert found == lines
    assert position.cut == 0
    assert all(one < other for one, other in pairwise(map(found.index, lines)))
