"""Host names of listeners and routes: "" is any host, `*.example.com` any that ends so."""

from __future__ import annotations


def covers(pattern: str, host: str) -> bool:
    """Whether every host that `host` stands for is one of the pattern's."""
    if not pattern or pattern == host:
        return True
    return pattern.startswith("*.") and host.endswith(pattern[1:])


def intersection(one: str, other: str) -> str | None:
    """The hosts both stand for; None when there is none."""
    if covers(one, other):
        return other
    return one if covers(other, one) else None


def specificity(host: str) -> tuple[int, int]:
    """Orders hosts: characters of one that is no wildcard first, then characters of any."""
    return (0 if host.startswith("*") else len(host), len(host))
