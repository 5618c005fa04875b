"""Brings manifests to the cluster and waits until they work: images, certificates, Ingresses, Gateways.

Nothing here reads what a client logged; that is ``observe``.
"""
