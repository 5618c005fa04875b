"""Names that Kubernetes makes up."""

from __future__ import annotations

import random

# No vowels and nothing that looks like another character, so no word appears by accident
# (k8s.io/apimachinery/pkg/util/rand).
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
SUFFIX_LENGTH = 5
_LONGEST_BASE = 63 - SUFFIX_LENGTH


def suffix(length: int = SUFFIX_LENGTH) -> str:
    """A random suffix as in `demo-5754bf6f97-dgngm`."""
    return "".join(random.choices(ALPHABET, k=length))  # noqa: S311 - a name, not a secret


def generate(base: str) -> str:
    """A name from a `generateName`: the base, cut so that the whole is a label, and a suffix."""
    return base[:_LONGEST_BASE] + suffix()


def encode(number: int) -> str:
    """A number in the same safe alphabet, as pod-template-hash is written (`rand.SafeEncodeString`)."""
    return "".join(ALPHABET[ord(digit) % len(ALPHABET)] for digit in str(number))
