"""What belongs to a notebook as a page: environment check, exercises, reset, saved findings, cell errors."""
