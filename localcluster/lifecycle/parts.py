"""The parts that know each other through the registry alone: store, API, controllers, node.

Put together here, so that the daemon need not know what each is made of. What they import takes most of a
start (the API's models, the HTTP server), so it is imported when they are put together and not before: the
daemon has started Envoy and nginx by then, and they get ready meanwhile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcluster.host import addresses
from localcluster.lifecycle import home
from localcluster.lifecycle.difficulty import NONE, START_SECONDS, Difficulty

if TYPE_CHECKING:
    from aiohttp import web

    from localcluster.access.tokens import Tokens
    from localcluster.controllers.gateways.controller import DataPlane
    from localcluster.network.nginx import Nginx
    from localcluster.node.kubelet import Kubelet
    from localcluster.storage.registry import Registry
    from localcluster.storage.store import Store

Run = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Core:
    """The parts, ready to be run.

    Attributes:
        store: to be closed when all others have ended.
        registry: all objects.
        kubelet: the node.
        tokens: gives ServiceAccounts their tokens.
        block: the cluster's addresses.
        loops: what must run for as long as the cluster lives, by name.
    """

    store: Store
    registry: Registry
    kubelet: Kubelet
    tokens: Tokens
    block: addresses.Block
    loops: dict[str, Run]

    async def serve_gateways(self, plane: DataPlane) -> None:
        """Serve Gateways by a data plane, for ever."""
        from localcluster.controllers.gateways.controller import Controller, run  # noqa: PLC0415 - see above

        await run(Controller(self.registry, self.block), plane)

    def show_ingress(self, front: Nginx, address: str, ports: dict[str, int]) -> None:
        """Show nginx as the pod in which ingress-nginx would run, with the labels its own manifests give."""
        from localcluster.lifecycle import bootstrap  # noqa: PLC0415 - see above
        from localcluster.node.mirror import Static  # noqa: PLC0415

        about = {"name": "ingress-nginx", "component": "controller"}
        static = Static(
            namespace=bootstrap.INGRESS,
            name="ingress-nginx-controller",
            container="controller",
            image=f"nginx:{front.version}",
            labels={f"app.kubernetes.io/{key}": value for key, value in about.items()},
            address=address,
            ports=ports,
        )
        self.kubelet.show(static, front.program)

    def application(self, token: str) -> web.Application:
        """The REST API; who shows the token may do everything."""
        from localcluster.api.server import application  # noqa: PLC0415 - see above

        return application(self.registry, self.kubelet.logs, self.kubelet, token, self.tokens)


def assemble(
    place: home.Home,
    block: addresses.Block,
    api_port: int,
    dns: Callable[[str], str],
    wanted: Difficulty = NONE,
) -> Core:
    """Open the store, make what every cluster has, and put the parts together.

    Args:
        place: the cluster's folder.
        block: the cluster's addresses.
        api_port: where the API will be served, on the block's API address.
        dns: gives the DNS server of a namespace's pods, ``ip:port``.
        wanted: how difficult the cluster shall be.
    """
    from localcluster.access.tokens import Tokens, load_key  # noqa: PLC0415
    from localcluster.controllers.loops import loops  # noqa: PLC0415
    from localcluster.lifecycle import bootstrap  # noqa: PLC0415 - see above
    from localcluster.node.kubelet import Kubelet  # noqa: PLC0415
    from localcluster.node.settings import Patience, Settings  # noqa: PLC0415
    from localcluster.storage.registry import Registry  # noqa: PLC0415
    from localcluster.storage.store import Store  # noqa: PLC0415

    store = Store(place.database)
    bootstrap.readdress(store, block)
    allocate = addresses.Addresses(block)
    registry = Registry(store, allocate)
    bootstrap.ensure(registry, block, api_port, wanted)
    authority = (place.certificates / "ca.crt").read_text()
    settings = Settings(
        address=block.api,
        api=(block.api, api_port),
        dns=dns,
        authority=authority,
        images=place.images,
        separate_pipes=wanted.slow,
        patience=Patience(start=START_SECONDS) if wanted.slow else Patience(),
    )
    place.pods.mkdir(mode=0o700, exist_ok=True)
    tokens = Tokens(registry, load_key(place.certificates / "tokens.key"))
    kubelet = Kubelet(registry, allocate, place.pods, settings, tokens=tokens)
    return Core(store, registry, kubelet, tokens, block, {**loops(registry), "node": kubelet.run})
