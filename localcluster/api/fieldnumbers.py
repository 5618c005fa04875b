"""The numbers of the fields in Kubernetes' protobuf messages.

As in the `generated.proto` files of `k8s.io/api` and `k8s.io/apimachinery` v0.32, for the messages a client
can send for the kinds served here; a number is never given to another field. What types the fields have is in
`localcluster.objects.schema`. Volumes have only the sources that a small program may use, and reviews no
`extra`.
"""

from __future__ import annotations

from functools import cache

# A line is a message, called as the official client's model without `V1`, and its fields by their JSON names,
# counted from 1; `name=4` goes on counting at 4. The fields of `@Message` are embedded: in JSON they belong
# to the message around it.
_TABLE = """
Affinity: nodeAffinity podAffinity podAntiAffinity
AggregationRule: clusterRoleSelectors
AppArmorProfile: type localhostProfile
AttachedVolume: name devicePath
AuthenticationV1TokenRequest: metadata spec status
BoundObjectReference: kind apiVersion name uid
Binding: metadata target
Capabilities: add drop
ClientIPConfig: timeoutSeconds
ClusterRole: metadata rules aggregationRule
ClusterRoleBinding: metadata subjects roleRef
ClusterTrustBundleProjection: name signerName labelSelector path optional
Condition: type status observedGeneration lastTransitionTime reason message
ConfigMap: metadata data binaryData immutable
ConfigMapEnvSource: @LocalObjectReference optional
ConfigMapKeySelector: @LocalObjectReference key optional
ConfigMapNodeConfigSource: namespace name uid resourceVersion kubeletConfigKey
ConfigMapProjection: @LocalObjectReference items optional=4
ConfigMapVolumeSource: @LocalObjectReference items defaultMode optional
Container: name image command args workingDir ports env resources volumeMounts livenessProbe readinessProbe
    lifecycle terminationMessagePath imagePullPolicy securityContext stdin stdinOnce tty envFrom
    terminationMessagePolicy volumeDevices startupProbe resizePolicy restartPolicy
ContainerImage: names sizeBytes
ContainerPort: name hostPort containerPort protocol hostIP
ContainerResizePolicy: resourceName restartPolicy
ContainerState: waiting running terminated
ContainerStateRunning: startedAt
ContainerStateTerminated: exitCode signal reason message startedAt finishedAt containerID
ContainerStateWaiting: reason message
ContainerStatus: name state lastState ready restartCount image imageID containerID started
    allocatedResources resources volumeMounts user allocatedResourcesStatus
ContainerUser: linux
CoreV1EndpointPort: name port protocol appProtocol
CoreV1Event: metadata involvedObject reason message source firstTimestamp lastTimestamp count type eventTime
    series action related reportingComponent reportingInstance
CoreV1EventSeries: count lastObservedTime
CoreV1ResourceClaim: name request
DaemonEndpoint: Port
DeleteOptions: gracePeriodSeconds preconditions orphanDependents propagationPolicy dryRun
    ignoreStoreReadErrorWithClusterBreakingPotential
Deployment: metadata spec status
DeploymentCondition: type status reason=4 message lastUpdateTime lastTransitionTime
DeploymentSpec: replicas selector template strategy minReadySeconds revisionHistoryLimit paused
    progressDeadlineSeconds=9
DeploymentStatus: observedGeneration replicas updatedReplicas availableReplicas unavailableReplicas
    conditions readyReplicas collisionCount
DeploymentStrategy: type rollingUpdate
DiscoveryV1EndpointPort: name protocol port appProtocol
DownwardAPIProjection: items
DownwardAPIVolumeFile: path fieldRef resourceFieldRef mode
DownwardAPIVolumeSource: items defaultMode
EmptyDirVolumeSource: medium sizeLimit
Endpoint: addresses conditions hostname targetRef deprecatedTopology nodeName zone hints
EndpointAddress: ip targetRef hostname nodeName
EndpointConditions: ready serving terminating
EndpointHints: forZones
EndpointSlice: metadata endpoints ports addressType
EndpointSubset: addresses notReadyAddresses ports
Endpoints: metadata subsets
EnvFromSource: prefix configMapRef secretRef
EnvVar: name value valueFrom
EnvVarSource: fieldRef resourceFieldRef configMapKeyRef secretKeyRef
EphemeralContainer: @EphemeralContainerCommon targetContainerName
EphemeralContainerCommon: name image command args workingDir ports env resources volumeMounts livenessProbe
    readinessProbe lifecycle terminationMessagePath imagePullPolicy securityContext stdin stdinOnce tty
    envFrom terminationMessagePolicy volumeDevices startupProbe resizePolicy restartPolicy
EventSource: component host
EventsV1Event: metadata eventTime series reportingController reportingInstance action reason regarding
    related note type deprecatedSource deprecatedFirstTimestamp deprecatedLastTimestamp deprecatedCount
EventsV1EventSeries: count lastObservedTime
Eviction: metadata deleteOptions
ExecAction: command
FieldSelectorAttributes: rawSelector requirements
FieldSelectorRequirement: key operator values
ForZone: name
GRPCAction: port service
HTTPGetAction: path port host scheme httpHeaders
HTTPHeader: name value
HTTPIngressPath: path backend pathType
HTTPIngressRuleValue: paths
HostAlias: ip hostnames
HostIP: ip
HostPathVolumeSource: path type
Ingress: metadata spec status
IngressBackend: resource=3 service
IngressClass: metadata spec
IngressClassParametersReference: apiGroup kind name scope namespace
IngressClassSpec: controller parameters
IngressLoadBalancerIngress: ip hostname ports=4
IngressLoadBalancerStatus: ingress
IngressPortStatus: port protocol error
IngressRule: host @IngressRuleValue
IngressRuleValue: http
IngressServiceBackend: name port
IngressSpec: defaultBackend tls rules ingressClassName
IngressStatus: loadBalancer
IngressTLS: hosts secretName
KeyToPath: key path mode
LabelSelector: matchLabels matchExpressions
LabelSelectorAttributes: rawSelector requirements
LabelSelectorRequirement: key operator values
Lifecycle: postStart preStop
LifecycleHandler: exec httpGet tcpSocket sleep
LinuxContainerUser: uid gid supplementalGroups
Lease: metadata spec
LeaseSpec: holderIdentity leaseDurationSeconds acquireTime renewTime leaseTransitions strategy
    preferredHolder
LoadBalancerIngress: ip hostname ipMode ports
LoadBalancerStatus: ingress
LocalObjectReference: name
LocalSubjectAccessReview: metadata spec status
ManagedFieldsEntry: manager operation apiVersion time fieldsType=6 fieldsV1 subresource
Namespace: metadata spec status
NamespaceCondition: type status lastTransitionTime=4 reason message
NamespaceSpec: finalizers
NamespaceStatus: phase conditions
Node: metadata spec status
NodeAddress: type address
NodeAffinity: requiredDuringSchedulingIgnoredDuringExecution preferredDuringSchedulingIgnoredDuringExecution
NodeCondition: type status lastHeartbeatTime lastTransitionTime reason message
NodeConfigSource: configMap=2
NodeConfigStatus: assigned active lastKnownGood error
NodeDaemonEndpoints: kubeletEndpoint
NodeFeatures: supplementalGroupsPolicy
NodeRuntimeHandler: name features
NodeRuntimeHandlerFeatures: recursiveReadOnlyMounts userNamespaces
NodeSelector: nodeSelectorTerms
NodeSelectorRequirement: key operator values
NodeSelectorTerm: matchExpressions matchFields
NodeSpec: podCIDR externalID providerID unschedulable taints configSource podCIDRs
NodeStatus: capacity allocatable phase conditions addresses daemonEndpoints nodeInfo images volumesInUse
    volumesAttached config runtimeHandlers features
NodeSystemInfo: machineID systemUUID bootID kernelVersion osImage containerRuntimeVersion kubeletVersion
    kubeProxyVersion operatingSystem architecture
NonResourceAttributes: path verb
NonResourceRule: verbs nonResourceURLs
ObjectFieldSelector: apiVersion fieldPath
ObjectMeta: name generateName namespace selfLink uid resourceVersion generation creationTimestamp
    deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers
    managedFields=17
ObjectReference: kind namespace name uid apiVersion resourceVersion fieldPath
OwnerReference: kind name=3 uid apiVersion controller blockOwnerDeletion
PersistentVolumeClaimVolumeSource: claimName readOnly
Pod: metadata spec status
PodAffinity: requiredDuringSchedulingIgnoredDuringExecution preferredDuringSchedulingIgnoredDuringExecution
PodAffinityTerm: labelSelector namespaces topologyKey namespaceSelector matchLabelKeys mismatchLabelKeys
PodAntiAffinity: requiredDuringSchedulingIgnoredDuringExecution
    preferredDuringSchedulingIgnoredDuringExecution
PodCondition: type status lastProbeTime lastTransitionTime reason message
PodDNSConfig: nameservers searches options
PodDNSConfigOption: name value
PodIP: ip
PodOS: name
PodReadinessGate: conditionType
PodResourceClaim: name resourceClaimName=3 resourceClaimTemplateName
PodResourceClaimStatus: name resourceClaimName
PodSchedulingGate: name
PodSecurityContext: seLinuxOptions runAsUser runAsNonRoot supplementalGroups fsGroup runAsGroup sysctls
    windowsOptions fsGroupChangePolicy seccompProfile appArmorProfile supplementalGroupsPolicy
    seLinuxChangePolicy
PodSpec: volumes containers restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy
    nodeSelector serviceAccountName serviceAccount nodeName hostNetwork hostPID hostIPC securityContext
    imagePullSecrets hostname subdomain affinity schedulerName initContainers automountServiceAccountToken
    tolerations hostAliases priorityClassName priority dnsConfig shareProcessNamespace readinessGates
    runtimeClassName enableServiceLinks preemptionPolicy overhead topologySpreadConstraints
    ephemeralContainers setHostnameAsFQDN os hostUsers schedulingGates resourceClaims resources
PodStatus: phase conditions message reason hostIP podIP startTime containerStatuses qosClass
    initContainerStatuses nominatedNodeName podIPs ephemeralContainerStatuses resize resourceClaimStatuses
    hostIPs
PodTemplateSpec: metadata spec
PolicyRule: verbs apiGroups resources resourceNames nonResourceURLs
PortStatus: port protocol error
Preconditions: uid resourceVersion
PreferredSchedulingTerm: weight preference
Probe: @ProbeHandler initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold
    terminationGracePeriodSeconds
ProbeHandler: exec httpGet tcpSocket grpc
ProjectedVolumeSource: sources defaultMode
RbacV1Subject: kind apiGroup name namespace
ReplicaSet: metadata spec status
ReplicaSetCondition: type status lastTransitionTime reason message
ReplicaSetSpec: replicas selector template minReadySeconds
ReplicaSetStatus: replicas fullyLabeledReplicas observedGeneration readyReplicas availableReplicas
    conditions
ResourceAttributes: namespace verb group version resource subresource name fieldSelector labelSelector
ResourceFieldSelector: containerName resource divisor
ResourceHealth: resourceID health
ResourceRequirements: limits requests claims
ResourceRule: verbs apiGroups resources resourceNames
ResourceStatus: name resources
Role: metadata rules
RoleBinding: metadata subjects roleRef
RoleRef: apiGroup kind name
RollingUpdateDeployment: maxUnavailable maxSurge
SELinuxOptions: user role type level
Scale: metadata spec status
ScaleSpec: replicas
ScaleStatus: replicas selector
SeccompProfile: type localhostProfile
Secret: metadata data type stringData immutable
SecretEnvSource: @LocalObjectReference optional
SecretKeySelector: @LocalObjectReference key optional
SecretProjection: @LocalObjectReference items optional=4
SecretVolumeSource: secretName items defaultMode optional
SecurityContext: capabilities privileged seLinuxOptions runAsUser runAsNonRoot readOnlyRootFilesystem
    allowPrivilegeEscalation runAsGroup procMount windowsOptions seccompProfile appArmorProfile
SelfSubjectAccessReview: metadata spec status
SelfSubjectAccessReviewSpec: resourceAttributes nonResourceAttributes
SelfSubjectReview: metadata status
SelfSubjectReviewStatus: userInfo
SelfSubjectRulesReview: metadata spec status
SelfSubjectRulesReviewSpec: namespace
Service: metadata spec status
ServiceAccount: metadata secrets imagePullSecrets automountServiceAccountToken
ServiceAccountTokenProjection: audience expirationSeconds path
ServiceBackendPort: name number
ServicePort: name protocol port targetPort nodePort appProtocol
ServiceSpec: ports selector clusterIP type externalIPs sessionAffinity=7 loadBalancerIP
    loadBalancerSourceRanges externalName externalTrafficPolicy healthCheckNodePort publishNotReadyAddresses
    sessionAffinityConfig ipFamilyPolicy=17 clusterIPs ipFamilies allocateLoadBalancerNodePorts
    loadBalancerClass internalTrafficPolicy trafficDistribution
ServiceStatus: loadBalancer conditions
SessionAffinityConfig: clientIP
SleepAction: seconds
SubjectAccessReview: metadata spec status
SubjectAccessReviewSpec: resourceAttributes nonResourceAttributes user groups uid=6
SubjectAccessReviewStatus: allowed reason evaluationError denied
SubjectRulesReviewStatus: resourceRules nonResourceRules incomplete evaluationError
Sysctl: name value
TCPSocketAction: port host
Taint: key value effect timeAdded
TokenRequestSpec: audiences boundObjectRef=3 expirationSeconds
TokenRequestStatus: token expirationTimestamp
Toleration: key operator value effect tolerationSeconds
TopologySpreadConstraint: maxSkew topologyKey whenUnsatisfiable labelSelector minDomains nodeAffinityPolicy
    nodeTaintsPolicy matchLabelKeys
TypedLocalObjectReference: apiGroup kind name
UserInfo: username uid groups
Volume: name @VolumeSource
VolumeDevice: name devicePath
VolumeMount: name readOnly mountPath subPath mountPropagation subPathExpr recursiveReadOnly
VolumeMountStatus: name mountPath readOnly recursiveReadOnly
VolumeProjection: secret downwardAPI configMap serviceAccountToken clusterTrustBundle
VolumeSource: hostPath emptyDir secret=6 persistentVolumeClaim=10 downwardAPI=16 configMap=19 projected=26
WeightedPodAffinityTerm: weight podAffinityTerm
WindowsSecurityContextOptions: gmsaCredentialSpecName gmsaCredentialSpec runAsUserName hostProcess
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
