"""The course applied to a Service of one's own: what its objects say about where a gRPC client's requests go.

Checks are pure functions over plain JSON objects. The cluster and the YAML reader only gather such objects;
both read and never write.
"""
