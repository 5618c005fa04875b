"""Tokens and rules without a server."""
