"""OpenAPI v3 documents of what is served, made from the official client's models when somebody asks.

`kubectl explain` prints them, `kubectl apply` learns from them how lists are merged and that the server
validates fields.
"""
