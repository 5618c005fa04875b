"""The cluster's objects: kinds, verbs, revisions on disk, and watches. No HTTP, no process, no socket."""
