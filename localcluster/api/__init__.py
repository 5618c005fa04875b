"""The REST API of the cluster on aiohttp: paths, verbs, content types, streams.

Here belongs what is HTTP: routing, negotiation, tables, discovery, OpenAPI, watches, logs. The rules of the
kinds are in `localcluster.objects`, their storage behind `localcluster.storage.registry`; nothing here starts
or stops a program.
"""
