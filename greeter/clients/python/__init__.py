"""In Python: FIX.md quotes ``client`` and ``server``."""
