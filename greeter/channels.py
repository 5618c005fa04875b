"""Channels: how a command reaches its target, and the options that say so.

Names are resolved as anywhere: gRPC asks the DNS server that the pod's resolv.conf names.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol

import grpc
import grpc.aio

from greeter import arguments
from greeter.errors import GreeterError

ROOT_CERTIFICATES = "GREETER_ROOT_CERTIFICATES"

# gRPC waits longer from failure to failure, up to 120 s by default: a client would look dead for two minutes
# after its server is back. One second is gRPC's first wait, so here each wait is about that long.
RECONNECT_SECONDS = 1.0


@dataclass(frozen=True)
class Dialer:
    """Opens channels to one target, each with connections of its own.

    Args:
        target: A gRPC target.
        service_config: JSON with the load-balancing policy, if not gRPC's default.
        authority: The `:authority` to send and, with TLS, the name to expect in the certificate, or empty.
        credentials: For TLS; None is plaintext.
        resolution_interval: Seconds that have to pass from one DNS resolution to the next; None leaves gRPC's
            own 30 s.
        reconnect_backoff: Seconds that a channel waits at most before it connects again; gRPC's own is 120.
    """

    target: str
    service_config: str | None = None
    authority: str = ""
    credentials: grpc.ChannelCredentials | None = None
    resolution_interval: float | None = None
    reconnect_backoff: float = RECONNECT_SECONDS

    def open(self) -> grpc.aio.Channel:
        """Open a channel; it connects with its first RPC."""
        options = self._options()
        if self.credentials is None:
            return grpc.aio.insecure_channel(self.target, options=options)
        return grpc.aio.secure_channel(self.target, self.credentials, options=options)

    def _options(self) -> list[tuple[str, Any]]:
        options: list[tuple[str, Any]] = [
            ("grpc.max_reconnect_backoff_ms", round(1000 * self.reconnect_backoff)),
            # Else all channels of a process with the same target and options share one connection.
            ("grpc.use_local_subchannel_pool", 1),
        ]
        if self.service_config:
            # Not grpc.lb_policy_name: an unknown policy there becomes pick_first in silence.
            options.append(("grpc.service_config", self.service_config))
        if self.resolution_interval is not None:
            interval = round(1000 * self.resolution_interval)
            options.append(("grpc.dns_min_time_between_resolutions_ms", interval))
        if self.authority:
            options.append(("grpc.default_authority", self.authority))
        if self.authority and self.credentials:
            options.append(("grpc.ssl_target_name_override", self.authority))
        return options


class Turns(Protocol):
    """Gives each RPC its channel; ``Channels`` does, and others may."""

    def turn(self) -> contextlib.AbstractAsyncContextManager[grpc.aio.Channel]:
        """Use a channel for one RPC."""


class Channels:
    """The channels that RPCs go through, in turn.

    Args:
        dialer: Opens the channels.
        number: How many; 0 opens a new one for each RPC and closes it after.
    """

    def __init__(self, dialer: Dialer, number: int) -> None:
        self._dialer = dialer
        self._kept = [dialer.open() for _ in range(number)]
        self._turns = itertools.cycle(self._kept)

    async def __aenter__(self) -> Channels:
        return self

    async def __aexit__(self, *_: object) -> None:
        for channel in self._kept:
            await channel.close()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[grpc.aio.Channel]:
        """Use the next channel for one RPC."""
        if self._kept:
            yield next(self._turns)
            return
        async with self._dialer.open() as channel:
            yield channel


def add_options(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add the target and what channels to it are like, for ``dialer_of``; returns the group of options."""
    parser.add_argument("target", type=_target, metavar="TARGET", help="host:port, dns:///host:port, ...")
    group = parser.add_argument_group("channels")
    balancing = group.add_mutually_exclusive_group()
    balancing.add_argument(
        "--policy",
        type=_policy,
        dest="service_config",
        metavar="NAME",
        help="load-balancing policy, for instance round_robin (default: gRPC's, pick_first)",
    )
    balancing.add_argument(
        "--service-config", type=_service_config, metavar="JSON", help="a whole gRPC service config"
    )
    group.add_argument(
        "--authority",
        default="",
        metavar="HOST",
        help="the :authority to send, and the name in the server's certificate (default: the target's host)",
    )
    group.add_argument(
        "--resolution-interval",
        type=arguments.positive_seconds,
        metavar="SECONDS",
        help="how long to wait from one DNS resolution to the next (default: gRPC's, 30)",
    )
    group.add_argument(
        "--reconnect-backoff",
        type=arguments.positive_seconds,
        default=RECONNECT_SECONDS,
        metavar="SECONDS",
        help="how long to wait at most before connecting again (default: %(default)g; gRPC's own: 120)",
    )
    group.add_argument(
        "--tls",
        action="store_true",
        help=f"use TLS with the system's root certificates; {ROOT_CERTIFICATES} (PEM text) names others",
    )
    return group


def dialer_of(options: argparse.Namespace) -> Dialer:
    """Return what opens channels as the options of ``add_options`` say.

    Raises:
        GreeterError: The environment holds a value that cannot be used.
    """
    return Dialer(
        options.target,
        options.service_config,
        options.authority,
        _credentials(options.tls),
        options.resolution_interval,
        options.reconnect_backoff,
    )


def _credentials(tls: bool) -> grpc.ChannelCredentials | None:
    roots = os.environ.get(ROOT_CERTIFICATES, "")
    if not roots:
        # Without certificates gRPC takes its default roots, the system's.
        return grpc.ssl_channel_credentials() if tls else None
    try:
        ssl.create_default_context(cadata=roots)
    except (ssl.SSLError, ValueError) as error:
        raise GreeterError(
            f"{ROOT_CERTIFICATES} holds no certificate; fill it with PEM text (ca.crt of the TLS Secret)."
        ) from error
    return grpc.ssl_channel_credentials(roots.encode())


def _policy(name: str) -> str:
    """The service config that asks for a policy and for no other in its place."""
    return json.dumps({"loadBalancingConfig": [{name: {}}]})


def _service_config(text: str) -> str:
    try:
        config = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not JSON ({error})") from error
    if not isinstance(config, dict):
        raise argparse.ArgumentTypeError(f"{text!r} is not a JSON object")
    return text


def _target(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("the target is empty; give host:port or another gRPC target")
    return text
