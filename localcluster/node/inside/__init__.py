"""What runs inside a pod's Python programs; the node puts this folder on their path, and nothing else of it.

Here belongs only what stands in for a pod's network namespace and its resolv.conf. Nothing of the project may
be imported: the program is the user's.
"""
