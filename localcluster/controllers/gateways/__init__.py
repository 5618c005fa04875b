"""The Gateway API's controller: from GatewayClasses, Gateways and GRPCRoutes to a plan, and to their status.

Here belongs what the specification says (https://gateway-api.sigs.k8s.io/reference/spec/, v1.6); how Envoy
is told lies in `localcluster.network`.
"""
