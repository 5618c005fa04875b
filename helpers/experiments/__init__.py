"""Does something to the greeter's pods (scale, roll out, break) and records when it happened.

What the clients saw is read by ``observe``.
"""
