"""A client that balances its RPCs over all pods of a headless Service."""

# region fix
import grpc

SERVICE_CONFIG = """{
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [{"name": [{}], "retryPolicy": {
        "maxAttempts": 3, "backoffMultiplier": 2,
        "initialBackoff": "0.1s", "maxBackoff": "1s",
        "retryableStatusCodes": ["UNAVAILABLE"]}}]}"""


def dial(target: str) -> grpc.Channel:
    """Open a channel to "dns:///SERVICE:PORT", a headless Service."""
    options = [("grpc.service_config", SERVICE_CONFIG)]
    return grpc.insecure_channel(target, options=options)


# endregion
