"""The node: scheduler and kubelet in one, with programs of this machine as containers.

Here belongs what happens between a Pod's specification and its status: where it runs, with which environment,
as which processes, how they are probed, restarted and ended, and what they said. Which program an image
stands for is decided in ``catalogue`` alone. Here does not belong how a pod is reached (``network``) or why
it exists (``controllers``).
"""
