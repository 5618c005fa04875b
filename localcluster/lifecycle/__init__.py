"""From start to stop: a cluster's files, its background process, and who starts, finds and ends it."""
