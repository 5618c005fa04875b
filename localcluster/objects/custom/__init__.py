"""Kinds that Kubernetes learns from CustomResourceDefinitions: the Gateway API's, by their schemas.

Here belong the definitions and what the API server does with objects of such kinds; what the objects
mean is the controllers'.
"""
