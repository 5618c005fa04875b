"""Programs that speak Kubernetes and gRPC both: a client that watches endpoints, and an xDS control plane.

Here belongs what runs as a pod and asks the API server itself, with a ServiceAccount of the least Role. The
greeter's client is used as it is, its channel apart. Here does not belong anything of helpers, notebooks or
the local cluster; nothing of them is imported.
"""
