"""The numbers of the fields in Kubernetes' protobuf messages.

As in the `generated.proto` files of `k8s.io/api` and `k8s.io/apimachinery` v0.32, for the messages that
`kubectl create` and `kubectl auth` send; most other commands send JSON. A number is never given to another
field. What types the fields have is in `localcluster.objects.schema`.
"""

from __future__ import annotations

from functools import cache

# A line is a message, called as the official client's model without `V1`, and its fields by their JSON names,
# counted from 1; `name=4` goes on counting at 4. The fields of `@Message` are embedded: in JSON they belong
# to the message around it.
_TABLE = """
AggregationRule: clusterRoleSelectors
AuthenticationV1TokenRequest: metadata spec status
BoundObjectReference: kind apiVersion name uid
ClusterRole: metadata rules aggregationRule
ClusterRoleBinding: metadata subjects roleRef
ConfigMap: metadata data binaryData immutable
Container: name image command args workingDir ports env resources volumeMounts livenessProbe readinessProbe
    lifecycle terminationMessagePath imagePullPolicy securityContext stdin stdinOnce tty envFrom
    terminationMessagePolicy volumeDevices startupProbe resizePolicy restartPolicy
ContainerPort: name hostPort containerPort protocol hostIP
DeleteOptions: gracePeriodSeconds preconditions orphanDependents propagationPolicy dryRun
    ignoreStoreReadErrorWithClusterBreakingPotential
Deployment: metadata spec status
DeploymentSpec: replicas selector template strategy minReadySeconds revisionHistoryLimit paused
    progressDeadlineSeconds=9
DeploymentStatus: observedGeneration replicas updatedReplicas availableReplicas unavailableReplicas
    conditions readyReplicas collisionCount
DeploymentStrategy: type rollingUpdate
Eviction: metadata deleteOptions
HTTPIngressPath: path backend pathType
HTTPIngressRuleValue: paths
Ingress: metadata spec status
IngressBackend: resource=3 service
IngressLoadBalancerStatus: ingress
IngressRule: host @IngressRuleValue
IngressRuleValue: http
IngressServiceBackend: name port
IngressSpec: defaultBackend tls rules ingressClassName
IngressStatus: loadBalancer
IngressTLS: hosts secretName
LabelSelector: matchLabels matchExpressions
LabelSelectorRequirement: key operator values
LoadBalancerStatus: ingress
LocalObjectReference: name
ManagedFieldsEntry: manager operation apiVersion time fieldsType=6 fieldsV1 subresource
Namespace: metadata spec status
NamespaceSpec: finalizers
NamespaceStatus: phase conditions
NonResourceAttributes: path verb
NonResourceRule: verbs nonResourceURLs
ObjectMeta: name generateName namespace selfLink uid resourceVersion generation creationTimestamp
    deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers
    managedFields=17
ObjectReference: kind namespace name uid apiVersion resourceVersion fieldPath
OwnerReference: kind name=3 uid apiVersion controller blockOwnerDeletion
PodSecurityContext: seLinuxOptions runAsUser runAsNonRoot supplementalGroups fsGroup runAsGroup sysctls
    windowsOptions fsGroupChangePolicy seccompProfile appArmorProfile supplementalGroupsPolicy
    seLinuxChangePolicy
PodSpec: volumes containers restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy
    nodeSelector serviceAccountName serviceAccount nodeName hostNetwork hostPID hostIPC securityContext
    imagePullSecrets hostname subdomain affinity schedulerName initContainers automountServiceAccountToken
    tolerations hostAliases priorityClassName priority dnsConfig shareProcessNamespace readinessGates
    runtimeClassName enableServiceLinks preemptionPolicy overhead topologySpreadConstraints
    ephemeralContainers setHostnameAsFQDN os hostUsers schedulingGates resourceClaims resources
PodTemplateSpec: metadata spec
PolicyRule: verbs apiGroups resources resourceNames nonResourceURLs
Preconditions: uid resourceVersion
RbacV1Subject: kind apiGroup name namespace
ResourceAttributes: namespace verb group version resource subresource name fieldSelector labelSelector
ResourceRequirements: limits requests claims
ResourceRule: verbs apiGroups resources resourceNames
Role: metadata rules
RoleBinding: metadata subjects roleRef
RoleRef: apiGroup kind name
Secret: metadata data type stringData immutable
SelfSubjectAccessReview: metadata spec status
SelfSubjectAccessReviewSpec: resourceAttributes nonResourceAttributes
SelfSubjectReview: metadata status
SelfSubjectReviewStatus: userInfo
SelfSubjectRulesReview: metadata spec status
SelfSubjectRulesReviewSpec: namespace
Service: metadata spec status
ServiceAccount: metadata secrets imagePullSecrets automountServiceAccountToken
ServiceBackendPort: name number
ServicePort: name protocol port targetPort nodePort appProtocol
ServiceSpec: ports selector clusterIP type externalIPs sessionAffinity=7 loadBalancerIP
    loadBalancerSourceRanges externalName externalTrafficPolicy healthCheckNodePort publishNotReadyAddresses
    sessionAffinityConfig ipFamilyPolicy=17 clusterIPs ipFamilies allocateLoadBalancerNodePorts
    loadBalancerClass internalTrafficPolicy trafficDistribution
ServiceStatus: loadBalancer conditions
SubjectAccessReviewStatus: allowed reason evaluationError denied
SubjectRulesReviewStatus: resourceRules nonResourceRules incomplete evaluationError
TokenRequestSpec: audiences boundObjectRef=3 expirationSeconds
TokenRequestStatus: token expirationTimestamp
UserInfo: username uid groups
"""


@cache
def table() -> dict[str, dict[int, str]]:
    """The names of the fields of each message by their numbers."""
    lines = _TABLE.replace("\n    ", " ").strip().splitlines()
    return {name: _numbered(fields.split()) for name, _, fields in (line.partition(":") for line in lines)}


def _numbered(fields: list[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    number = 0
    for entry in fields:
        name, _, given = entry.partition("=")
        number = int(given or number + 1)
        found[number] = name
    return found
