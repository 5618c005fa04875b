"""What Kubernetes knows about objects: schemas, defaults, validation, patches, apply, selectors.

Here belong pure functions from JSON to JSON or to a list of errors. Nothing here does input or
output, knows HTTP, or holds state; the registry calls it, and it never calls the registry.
"""
