"""Turns what clients, proxies and controllers say into data frames and statistics.

Nothing here changes an object of the cluster, but for pods that run one command and end.
"""
