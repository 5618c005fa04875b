"""Examples are tried without a time limit each: machines are busy, and pytest has a limit of its own."""

from hypothesis import settings

settings.register_profile("objects", deadline=None)
settings.load_profile("objects")
