"""The gRPC service of the course: its proto, its server, its client, and a look at DNS.

Here belongs what a pod runs: plain gRPC, told what it needs by arguments and environment variables. Here
does not belong anything that knows of Kubernetes, the local cluster, notebooks or pandas; nothing of the
project is imported. Importing this package imports nothing else: each command of `python -m greeter` loads
what it needs.
"""
