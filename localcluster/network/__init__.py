"""How a packet finds a pod: DNS, the service network (Envoy) and the ingress controllers (nginx).

What belongs here turns Services, EndpointSlices and Ingresses into answers and configuration. It reads the
registry and never writes to it, except for events and an Ingress's status (``controllers.ingress``).
"""
