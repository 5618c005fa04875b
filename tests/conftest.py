from __future__ import annotations

from helpers.lab import kubectl

# Where a module is collected it may look for kubectl already, and the environment has it.
kubectl.put_on_path()
