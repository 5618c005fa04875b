"""The owners an object names (`k8s.io/apiserver/pkg/endpoints/handlers/rest.go`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from localcluster.types import Object, dump


def without_doubles(obj: Object) -> Iterator[str]:
    """Take out, in place, owners that stand there twice, and warn of them."""
    meta = obj.get("metadata") or {}
    named = meta.get("ownerReferences") or []
    counts = Counter(map(dump, named))
    if len(counts) == len(named):
        return
    once = {dump(owner): owner for owner in named}
    again = [owner.get("uid") or "" for text, owner in once.items() if counts[text] > 1]
    meta["ownerReferences"] = list(once.values())
    yield (
        "metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, "
        "and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: "
        f"{', '.join(dict.fromkeys(again))}"
    )
