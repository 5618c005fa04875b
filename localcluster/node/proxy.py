"""Envoy's bootstrap in a pod: what in a network namespace of its own would be the kernel's and resolv.conf's.

A pod's ``--config-yaml`` stays the text that it is, comments and lines included, so that Envoy's complaints
name the right line; only the words that mean all addresses, this host, or an abstract socket are replaced.
"""

import json
from collections.abc import Iterator, Sequence

import yaml

_HERE = ("0.0.0.0", "::", "::1", "localhost")  # noqa: S104 - they are what is taken away
_PLACES = ("socket_address", "socketAddress")
_OPTION = "--config-yaml"


def placed(args: Sequence[str], address: str) -> list[str]:
    """Envoy's arguments, with a configuration that listens on the pod's address and means it by localhost.

    Args:
        args: the arguments; ``--config-yaml`` may be among them.
        address: the pod's.
    """
    found, before = [], ""
    for arg in args:
        option, sign, text = arg.partition("=")
        if before == _OPTION:
            found.append(_rewritten(arg, address))
        elif option == _OPTION and sign:
            found.append(f"{option}={_rewritten(text, address)}")
        else:
            found.append(arg)
        before = arg
    return found


def resolver(dns: str) -> str:
    """The part of a bootstrap (JSON) that names a DNS server, ``address:port``."""
    address, _, port = dns.rpartition(":")
    config = {
        "@type": "type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig",
        "resolvers": [{"socket_address": {"address": address, "port_value": int(port)}}],
        # The server goes through the search list of the pod's namespace; the machine's is not the pod's.
        "dns_resolver_options": {"no_default_search_domain": True},
    }
    typed = {"name": "envoy.network.dns_resolver.cares", "typed_config": config}
    return json.dumps({"typed_dns_resolver_config": typed})


def _rewritten(text: str, address: str) -> str:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return text  # Envoy says what is wrong with it
    scalars = (
        {} if root is None else {node.start_mark.index: (node, new) for node, new in _words(root, address)}
    )
    for start, (node, new) in sorted(scalars.items(), reverse=True):
        text = text[:start] + json.dumps(new) + text[node.end_mark.index :]
    return text


def _words(node: yaml.Node, address: str) -> Iterator[tuple[yaml.ScalarNode, str]]:
    """The scalars to be replaced, and by what."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _words(item, address)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _words(value, address)
            yield from _of_field(key.value, value, address)


def _of_field(name: object, value: yaml.Node, address: str) -> Iterator[tuple[yaml.ScalarNode, str]]:
    if name in _PLACES and (host := _scalar(value, "address")) and _is_here(host.value):
        yield host, address
    # Abstract sockets belong to the network namespace, which pods share here.
    if name == "pipe" and (path := _scalar(value, "path")) and path.value.startswith("@"):
        yield path, f"{path.value}-{address}"


def _is_here(host: str) -> bool:
    return host in _HERE or host.startswith("127.0.")


def _scalar(node: yaml.Node, name: str) -> yaml.ScalarNode | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next(
        (value for key, value in pairs if key.value == name and isinstance(value, yaml.ScalarNode)), None
    )
