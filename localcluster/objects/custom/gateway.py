"""The schemas of GatewayClass and Gateway (`gateway.networking.k8s.io/v1`, standard channel).

Names, types, bounds, defaults and list types follow the Gateway API's definitions at v1.6; what says nothing
about gRPC and is not served by the local cluster (client certificates, ListenerSets, parameters, chosen
addresses) is left out, so that it is refused as an unknown field and not ignored.
"""

from __future__ import annotations

from localcluster.objects.custom import forms
from localcluster.objects.custom.forms import items, struct, text

_CONTROLLER = r"[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+"


CLASS = forms.whole_object(
    "A kind of Gateways: which controller serves them.",
    struct(
        "What the class is.",
        ("controllerName",),
        controllerName=text(
            "The controller that serves Gateways of this class, as DOMAIN/PATH. Cannot be changed.",
            1,
            253,
            rf"^{forms.DNS_NAME}\/{_CONTROLLER}$",
        ),
        description=text("What the class is for.", 0, 64),
    ),
    struct(
        "What its controller says.",
        conditions=forms.conditions(8, "Accepted"),
        supportedFeatures=items(
            "What the controller supports, by the names of the conformance tests.",
            struct("A feature.", ("name",), name=text("Its name.")),
            64,
            keys=("name",),
        ),
    )
    | {"default": {"conditions": [forms.waiting("Accepted")]}},
)

_SELECTOR = struct(
    "Namespaces by their labels.",
    matchExpressions=items(
        "Requirements, all of which must hold.",
        struct(
            "A requirement.",
            ("key", "operator"),
            key=text("A label."),
            operator=text("In, NotIn, Exists or DoesNotExist."),
            values=items("The values it is compared with.", {"type": "string"}, 2**31 - 1),
        ),
        2**31 - 1,
    ),
    matchLabels=forms.texts("Labels that must have these values."),
) | {"x-kubernetes-map-type": "atomic"}

_ALLOWED_ROUTES = struct(
    "Which routes may attach to this listener.",
    kinds=items(
        "Kinds of routes; those that fit the protocol when left out.",
        struct("A kind.", ("kind",), group=forms.group(forms.GATEWAY_GROUP), kind=forms.kind(None)),
        8,
    ),
    namespaces=struct(
        "Where routes may come from.",
        from_=forms.choice(
            "The Gateway's own namespace, all, or selected ones.", "All", "Selector", "Same", default="Same"
        ),
        selector=_SELECTOR,
    )
    | {"default": {"from": "Same"}},
) | {"default": {"namespaces": {"from": "Same"}}}

_TLS = struct(
    "How TLS ends here.",
    certificateRefs=items(
        "Secrets with the certificate and its key.",
        struct(
            "A Secret.",
            ("name",),
            group=forms.group(""),
            kind=forms.kind("Secret"),
            name=forms.name(),
            namespace=forms.namespace(),
        ),
        64,
    ),
    mode=forms.choice(
        "Whether the Gateway ends TLS or passes it on.", "Terminate", "Passthrough", default="Terminate"
    ),
)

_LISTENER = struct(
    "A place where the Gateway takes connections.",
    ("name", "port", "protocol"),
    allowedRoutes=_ALLOWED_ROUTES,
    hostname=text("Host that it answers for; all when left out.", 1, 253, forms.HOSTNAME),
    name=text("Its name, unique in the Gateway.", 1, 253, forms.SECTION),
    port=forms.port("Port to listen on."),
    protocol=text("What it speaks: HTTP, HTTPS, TLS, TCP, UDP.", 1, 255),
    tls=_TLS,
)

_LISTENER_STATUS = struct(
    "The state of a listener.",
    ("attachedRoutes", "conditions", "name"),
    attachedRoutes=forms.whole("How many routes are attached.", 0, 2**31 - 1),
    conditions=forms.conditions(),
    name=text("The listener's name.", 1, 253, forms.SECTION),
    supportedKinds=items(
        "Kinds of routes it takes.",
        struct("A kind.", ("kind",), group=forms.group(forms.GATEWAY_GROUP), kind=forms.kind(None)),
        8,
    ),
)


_ADDRESS = struct(
    "An address.",
    ("value",),
    type=text("IPAddress, Hostname, or DOMAIN/NAME.", 1, 253, default="IPAddress"),
    value=text("The address.", 1, 253),
)


GATEWAY = forms.whole_object(
    "A place where traffic enters: listeners on addresses, to which routes attach.",
    struct(
        "What is wanted.",
        ("gatewayClassName", "listeners"),
        gatewayClassName=text("The class, and so the controller.", 1, 253),
        infrastructure=struct(
            "What the objects behind the Gateway get.",
            annotations=forms.texts("Their annotations.", maxProperties=8),
            labels=forms.texts("Their labels.", maxProperties=8),
        ),
        listeners=items("Where it listens.", _LISTENER, 64, 1, ("name",)),
    ),
    struct(
        "What its controller says.",
        addresses=items("Where it can be reached.", _ADDRESS, 16),
        attachedListenerSets=forms.whole("How many ListenerSets are attached.", 0, 2**31 - 1),
        conditions=forms.conditions(8, "Accepted", "Programmed"),
        listeners=items("The listeners' state.", _LISTENER_STATUS, 64, keys=("name",)),
    )
    | {"default": {"conditions": [forms.waiting("Accepted"), forms.waiting("Programmed")]}},
)
