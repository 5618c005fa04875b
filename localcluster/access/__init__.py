"""Who somebody is, and what he may do: ServiceAccounts' tokens, and Roles with their bindings.

Nothing here knows HTTP: the API asks, and so does the node, which gives pods their tokens.
"""
