"""What ``make bench`` runs: how quick the local cluster is, and how much memory it takes.

It measures and prints; nothing here is a test, and nothing is written but to standard output.
"""
