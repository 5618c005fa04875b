"""The schema of GRPCRoute (`gateway.networking.k8s.io/v1`, standard channel, v1.6)."""

from __future__ import annotations

from localcluster.objects.custom import forms
from localcluster.objects.custom.forms import items, struct, text

_BODY = 1024  # characters of a service's or method's name
_PARENT = struct(
    "The Gateway, or one listener of it, that the route attaches to.",
    ("name",),
    group=forms.group(forms.GATEWAY_GROUP),
    kind=forms.kind("Gateway"),
    name=forms.name(),
    namespace=forms.namespace(),
    port=forms.port("Only listeners of this port."),
    sectionName=text("Only the listener of this name.", 1, 253, forms.SECTION),
)
_HEADER_NAME = text("Name of the header, in any case.", 1, 256, forms.HEADER)
_MATCHING = forms.choice("How the value is compared.", "Exact", "RegularExpression", default="Exact")
_MATCH = struct(
    "What a request must be like, in every respect named.",
    headers=items(
        "Headers (gRPC calls them metadata) that must be there.",
        struct(
            "A header.",
            ("name", "value"),
            name=_HEADER_NAME,
            type=_MATCHING,
            value=text("Its value.", 1, 4096),
        ),
        16,
        keys=("name",),
    ),
    method=struct(
        "The RPC: a service, a method, or both.",
        method=text("Name of the method, such as SayHello.", 0, _BODY),
        service=text("Full name of the service, such as greeter.v1.Greeter.", 0, _BODY),
        type=_MATCHING,
    ),
)
_HEADER_VALUE = struct("A header.", ("name", "value"), name=_HEADER_NAME, value=text("Its value.", 1, 4096))
_MODIFIER = struct(
    "Headers to change.",
    add=items("Values to add.", _HEADER_VALUE, 16, keys=("name",)),
    remove=items("Headers to take away.", {"type": "string"}, 16),
    set=items("Headers to overwrite.", _HEADER_VALUE, 16, keys=("name",)),
)
_FILTER = struct(
    "A step between the match and the backend.",
    ("type",),
    requestHeaderModifier=_MODIFIER,
    responseHeaderModifier=_MODIFIER,
    type=forms.choice("Which step.", "ResponseHeaderModifier", "RequestHeaderModifier"),
)
_RULE = struct(
    "Requests that match go to these backends.",
    backendRefs=items(
        "Where to, shared by weight.",
        struct(
            "A backend.",
            ("name",),
            group=forms.group(""),
            kind=forms.kind("Service"),
            name=forms.name(),
            namespace=forms.namespace(),
            port=forms.port("Port of the Service (not of its pods)."),
            filters=items("Steps for this backend only.", _FILTER, 16),
            weight=forms.whole("Its part of the sum of all weights.", 0, 1_000_000, default=1),
        ),
        16,
    ),
    filters=items("Steps for all backends.", _FILTER, 16),
    matches=items("Any of these; every request when left out.", _MATCH, 64),
    name=text("Its name, unique in the route.", 1, 253, forms.SECTION),
)
ROUTE = forms.whole_object(
    "Which RPCs go where: by host, service, method and header, shared by weight.",
    struct(
        "What is wanted.",
        hostnames=items("Hosts it is for.", text("A host.", 1, 253, forms.HOSTNAME), 16),
        parentRefs=items("Where it attaches.", _PARENT, 32),
        rules=items("The rules.", _RULE, 16),
    ),
    struct(
        "What the controllers of its parents say.",
        ("parents",),
        parents=items(
            "One entry for each parent.",
            struct(
                "A parent.",
                ("conditions", "controllerName", "parentRef"),
                conditions=forms.conditions() | {"minItems": 1},
                controllerName=text("Who wrote this.", 1, 253),
                parentRef=_PARENT,
            ),
            32,
        ),
    ),
)
