"""``python -m helpers``: the course's objects on any cluster, from a terminal."""
