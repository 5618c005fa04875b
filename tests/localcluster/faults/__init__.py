"""The cluster under faults: killed, flooded, crowded, and afterwards nothing left over."""
