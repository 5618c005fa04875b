"""The channel that is replaced when endpoints change, with real greeters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from controlplane.client import Rebuilt, target
from controlplane.slices import Endpoint
from greeter.client import Words, greet
from tests.controlplane.conftest import greeter
from tests.patience import PATIENCE


def run(test: Awaitable[None]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(PATIENCE):
            await test

    asyncio.run(whole())


def here(*ports: int) -> tuple[Endpoint, ...]:
    return tuple(Endpoint("127.0.0.1", port) for port in sorted(ports))


async def answering(channel: Rebuilt, greetings: int) -> set[str]:
    words = set()
    for _ in range(greetings):
        async with channel.turn() as one:
            words.add((await greet(one, Words("x"))).words.split('"')[1])
    return words


def test_new_endpoints_are_greeted_and_old_ones_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    async def test() -> None:
        async with greeter("a") as a, greeter("b") as b, greeter("c") as c:
            channel = Rebuilt(5)
            channel.take(here(a))
            assert await answering(channel, 2) == {"a"}
            channel.take(here(b, c))
            # The first greetings may all go to the connection that is ready first.
            seen: set[str] = set()
            while seen != {"b", "c"}:
                seen |= await answering(channel, 1)
            await channel.close()

    run(test())
    assert "Endpoints: 2 ready: 127.0.0.1:" in capsys.readouterr().out


def test_a_greeting_under_way_ends_on_the_old_channel() -> None:
    async def test() -> None:
        async with greeter("a") as a, greeter("b") as b:
            channel = Rebuilt(5)
            channel.take(here(a))
            async with channel.turn() as old:
                under_way = asyncio.ensure_future(greet(old, Words("x")))
                await asyncio.sleep(0)  # it has begun
                channel.take(here(b))
            assert "a" in (await under_way).words
            assert await answering(channel, 1) == {"b"}
            await channel.close()

    run(test())


def test_without_endpoints_a_greeting_waits_for_one() -> None:
    async def test() -> None:
        async with greeter("a") as a:
            channel = Rebuilt(5)
            channel.take(here(a))
            channel.take(())
            waiting = asyncio.ensure_future(answering(channel, 1))
            done, _ = await asyncio.wait({waiting}, timeout=0.05)
            assert not done
            channel.take(here(a))
            assert await waiting == {"a"}
            await channel.close()

    run(test())


def test_the_same_endpoints_again_change_nothing() -> None:
    async def test() -> None:
        channel = Rebuilt(5)
        channel.take(here(1))
        async with channel.turn() as one:
            channel.take(here(1))
            async with channel.turn() as other:
                assert one is other
        await channel.close()

    run(test())


@pytest.mark.parametrize(
    ("addresses", "written"),
    [
        (["10.0.0.1", "10.0.0.2"], "ipv4:10.0.0.1:1,10.0.0.2:1"),
        (["fd00::1", "fd00::2"], "ipv6:[fd00::1]:1,[fd00::2]:1"),
        (["10.0.0.1", "fd00::2"], "ipv4:10.0.0.1:1"),
    ],
)
def test_a_target_lists_addresses_of_one_family(addresses: list[str], written: str) -> None:
    assert target([Endpoint(address, 1) for address in addresses]) == written
