"""Controllers: each brings the objects it is responsible for into the state that other objects ask for.

Here belong one module per controller, with one `reconcile`, and the one loop they share. They see the
cluster only through the registry, as controllers of a real cluster see it through the API server;
nothing here knows HTTP or starts a program of a pod.
"""
