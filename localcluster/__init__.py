"""A small Kubernetes for one machine, in one process: API, store, controllers, node, Services, DNS, ingress.

Here belongs what makes an unmodified client take this for a cluster: the REST API and the objects behind
it, the controllers, the processes that are its pods, and the listeners that are its Services.
Here does not belong anything of the lab that uses it: no import of `helpers` or `greeter` (the greeter is
started as a program, as a kubelet would), no pandas, no matplotlib. What is not emulated is refused with a
clear answer and listed in SCOPE.md.
"""
