"""What makes a cluster as difficult as a real one, on request; only the standard library is imported.

Each is an option of ``start`` and a variable of the same name, for whoever starts a cluster without a command
line. The delays were measured on Kubernetes 1.36.2 with kube-proxy in iptables mode and containerd (November
2026).
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass

FOLLOW_SECONDS = (0.5, 2.0)
"""How long Services and DNS take to follow a change of Services and endpoints."""
START_SECONDS = (1.0, 3.0)
"""How long a container takes to start."""


@dataclass(frozen=True, slots=True)
class Difficulty:
    """The options.

    Args:
        without_ingress: no ingress classes and no ingress controller, as on a cluster that nobody gave one.
        without_gateway: no kinds of the Gateway API, as on a cluster without their definitions.
        slow: Services, DNS and starts take their time, and stdout and stderr come through separate pipes.
    """

    without_ingress: bool = False
    without_gateway: bool = False
    slow: bool = False

    def variables(self) -> dict[str, str]:
        """The variables that say the same."""
        return {variable(name): "1" for name, on in asdict(self).items() if on}

    def __str__(self) -> str:
        """The options as they are typed."""
        return " ".join(f"--{name.replace('_', '-')}" for name, on in asdict(self).items() if on)


NONE = Difficulty()

HELP = {
    "without_ingress": "leave out the ingress classes and their controller",
    "without_gateway": "leave out the kinds of the Gateway API",
    "slow": "let Services, DNS and starts take as long as measured on a real cluster",
}


def variable(name: str) -> str:
    """The variable of an option."""
    return f"LOCALCLUSTER_{name.upper()}"


def told(environment: Mapping[str, str] = os.environ) -> Difficulty:
    """What the variables say; empty and ``0`` are no."""
    return Difficulty(**{name: environment.get(variable(name), "") not in {"", "0"} for name in HELP})
