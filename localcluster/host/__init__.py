"""What the machine lends to the cluster: addresses, listeners, child processes. No Kubernetes object."""
