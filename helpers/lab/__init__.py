"""Where a notebook works and what it may do there: connection, namespace, API objects, ownership, RBAC.

Also what every other package needs: errors, progress, questions to a person, forwarded ports. Nothing of the
course is in here: no manifest, no greeting, no chart. ``cluster`` is the only module that imports the local
cluster.
"""
