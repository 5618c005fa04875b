"""The greeter's client in four languages, as small as they can be complete; FIX.md quotes regions of them."""
