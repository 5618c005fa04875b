"""What an attendee of the course types, with the shape of what comes back."""

import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcluster.storage.resources import RESOURCES
from tests.localcluster.clients.kubectl import Kubectl
from tests.patience import PATIENCE

MANIFESTS = Path(__file__).parents[3] / "manifests"
IMAGE = "--image=demo/greeter:dev"


@pytest.fixture
def kubectl(kubeconfig: Path, namespace: str) -> Kubectl:
    """kubectl in a new namespace."""
    command = Kubectl(kubeconfig)
    assert command(f"create namespace {namespace}") == f"namespace/{namespace} created\n"
    command("wait --for=create serviceaccount/default --timeout=180s")
    return command


def greeter(replicas: int = 1, **changes: Any) -> str:
    """The course's Deployment `demo` as YAML, with another number of replicas."""
    manifest = yaml.safe_load((MANIFESTS / "greeter" / "deployment.yaml").read_text())
    manifest["spec"] |= {"replicas": replicas, **changes}
    return yaml.safe_dump(manifest)


def deploy(kubectl: Kubectl, replicas: int = 1) -> None:
    """Apply it and wait until it is ready."""
    kubectl("apply -f -", stdin=greeter(replicas))
    done(kubectl)


def done(kubectl: Kubectl, name: str = "demo") -> None:
    assert "successfully rolled out" in kubectl(f"rollout status deployment/{name} --timeout=180s")


def pods(kubectl: Kubectl, selector: str = "app=demo") -> list[str]:
    return kubectl(f"get pods -l {selector} -o name").split()


def test_get(kubectl: Kubectl, namespace: str) -> None:
    deploy(kubectl, 2)
    header, rows = kubectl.table("get pods")
    assert header == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert [row[1:4] for row in rows] == [["1/1", "Running", "0"]] * 2
    header, rows = kubectl.table("get pods -o wide")
    assert header[5:] == ["IP", "NODE", "NOMINATED NODE", "READINESS GATES"]
    assert all(row[5].startswith("127.") and row[6] == "local-node" for row in rows)
    assert yaml.safe_load(kubectl("get deployment demo -o yaml"))["spec"]["replicas"] == 2
    assert kubectl.json("get deployments")["items"][0]["metadata"]["name"] == "demo"
    assert kubectl("get deployment demo -o jsonpath={.spec.replicas}") == "2"
    columns = "get deployment -o custom-columns=NAME:.metadata.name,WANTED:.spec.replicas"
    assert kubectl.table(columns) == (["NAME", "WANTED"], [["demo", "2"]])
    assert kubectl("get pods -l app!=demo") == f"No resources found in {namespace} namespace.\n"
    assert len(kubectl("get pods --field-selector status.phase=Running -o name").split()) == 2
    assert kubectl("get pods --field-selector status.phase=Pending -o name") == ""
    assert re.search(rf"^{namespace} +demo-", kubectl("get pods -A"), re.MULTILINE)
    assert pods(kubectl, "app=demo,pod-template-hash") == pods(kubectl)
    everything = kubectl("get all -o name").split()
    assert sorted({name.partition("/")[0] for name in everything}) == [
        "deployment.apps",
        "pod",
        "replicaset.apps",
    ]
    assert kubectl("get pod nobody", code=1) == ('Error from server (NotFound): pods "nobody" not found\n')


def test_tables_of_all_kinds(kubectl: Kubectl) -> None:
    kinds = ",".join(resource.qualified for resource in RESOURCES)
    for form in ("", " -o wide", " --show-labels", " --no-headers"):
        kubectl(f"get {kinds} -A{form}")
    assert kubectl.json(f"get {kinds} -A")["kind"] == "List"
    assert kubectl.table("get nodes")[1][0][:2] == ["local-node", "Ready"]
    assert kubectl.table("get svc kubernetes -n default")[0] == (
        ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"]
    )


def test_watch(kubectl: Kubectl) -> None:
    with kubectl.running("get configmaps -w --output-watch-events") as watching:
        kubectl("create configmap demo --from-literal=a=1")
        assert watching.until("demo")[-1].split()[:3] == ["ADDED", "demo", "1"]
        kubectl("patch configmap demo", "--patch", '{"data": {"b": "2"}}')
        assert watching.until("MODIFIED")[-1].split()[:3] == ["MODIFIED", "demo", "2"]
        kubectl("delete configmap demo")
        assert watching.until("DELETED")[-1].split()[:3] == ["DELETED", "demo", "2"]


DESCRIBED = {
    "deployment/demo": (r"Replicas: +1 desired \| 1 updated \| 1 total \| 1 available", "ScalingReplicaSet"),
    "replicaset": (r"Controlled By: +Deployment/demo", "SuccessfulCreate"),
    "pod": (r"Controlled By: +ReplicaSet/demo-", "Container started"),
    "service/demo": (r"Endpoints: +127\.\S+:50051", r"TargetPort: +50051/TCP"),
    "endpointslice": (r"AddressType: +IPv4", r"Ready: +true"),
    "endpoints/demo": (r"Addresses: +127\.", r"50051"),
    "ingress/demo": (r"Ingress Class: +nginx", r"demo.example"),
    "ingressclass/nginx": (r"Controller: +k8s.io/ingress-nginx",),
    "configmap/demo": (r"colour:\n----\nblue",),
    "secret/demo": (r"Type: +Opaque", r"password: +6 bytes"),
    "serviceaccount/default": (r"Name: +default",),
    "node/local-node": (r"Ready +True", r"Non-terminated Pods"),
    "event": (r"Reason: +Scheduled",),
}


def test_describe(kubectl: Kubectl, namespace: str) -> None:
    deploy(kubectl)
    kubectl("create configmap demo --from-literal=colour=blue")
    kubectl("create secret generic demo --from-literal=password=secret")
    kubectl("expose deployment demo --port=50051")
    kubectl("create ingress demo --class=nginx", "--rule=demo.example/*=demo:50051")
    kubectl("wait --for=jsonpath={.subsets[0].addresses[0].ip} endpoints/demo --timeout=180s")
    for what, parts in DESCRIBED.items():
        text = kubectl(f"describe {what}")
        for part in parts:
            assert re.search(part, text), f"{part} in the description of {what}:\n{text}"
    assert re.search("Status: +Active", kubectl(f"describe namespace {namespace}"))


def test_logs(kubectl: Kubectl) -> None:
    deploy(kubectl, 2)
    kubectl(f"run once {IMAGE}", "--", "resolve", "localhost")
    first = pods(kubectl)[0]
    assert "listening on" in kubectl(f"logs {first}")
    assert kubectl(f"logs {first} --tail=0") == ""
    assert "listening on" in kubectl(f"logs {first} --since=1h -c greeter")
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ", kubectl(f"logs {first} --timestamps"))
    prefixed = kubectl("logs -l app=demo --prefix --all-containers").splitlines()
    assert {line.partition("]")[0] for line in prefixed} == {f"[{pod}/greeter" for pod in pods(kubectl)}
    assert "Found 2 pods" in kubectl("logs deployment/demo")
    answer = kubectl(f"logs {first} --previous", code=1)
    assert 'previous terminated container "greeter" in pod' in answer
    assert "container nobody is not valid for pod" in kubectl(f"logs {first} -c nobody", code=1)
    kubectl("wait --for=jsonpath={.status..lastState.terminated.exitCode}=0 pod/once --timeout=180s")
    assert kubectl("logs once --previous")
    with kubectl.running(f"logs {first} -f") as following:
        following.until("listening on")
        kubectl(f"delete {first} --wait=false")
        assert following.output.read() is not None, "following ends with the container"


def test_apply_and_diff(kubectl: Kubectl) -> None:
    assert kubectl(f"apply -k {MANIFESTS / 'greeter'}") == "deployment.apps/demo created\n"
    assert kubectl(f"apply -k {MANIFESTS / 'greeter'}") == "deployment.apps/demo unchanged\n"
    assert kubectl(f"diff -k {MANIFESTS / 'greeter'}") == ""
    difference = kubectl("diff -f -", stdin=greeter(2), code=1)
    assert re.search(r"^-  replicas: 3$", difference, re.MULTILINE)
    assert re.search(r"^\+  replicas: 2$", difference, re.MULTILINE)
    assert kubectl("apply -f -", stdin=greeter(2)) == "deployment.apps/demo configured\n"
    assert "serverside-applied" in kubectl("apply --server-side --force-conflicts -f -", stdin=greeter(2))
    assert kubectl("diff --server-side -f -", stdin=greeter(2)) == ""
    assert "+  replicas: 1" in kubectl("diff --server-side -f -", stdin=greeter(1), code=1)
    refused = kubectl("apply --server-side --field-manager=another -f -", stdin=greeter(1), code=1)
    assert 'conflict with "kubectl": .spec.replicas' in refused
    dry = kubectl("apply --dry-run=server -f -", stdin=greeter(1))
    assert dry == "deployment.apps/demo configured (server dry run)\n"
    misspelled = kubectl("apply -f -", stdin=greeter(1, replicaz=1), code=1)
    assert 'unknown field "spec.replicaz"' in misspelled


@pytest.mark.parametrize("variant", ["clusterip", "headless", "headless-round-robin", "ingress", "envoy"])
def test_manifests_of_the_course(kubectl: Kubectl, variant: str) -> None:
    assert "created" in kubectl(f"apply -k {MANIFESTS / variant}")
    assert kubectl(f"diff -k {MANIFESTS / variant}") == ""
    assert "deleted" in kubectl(f"delete -k {MANIFESTS / variant} --wait=false")


def test_create(kubectl: Kubectl) -> None:
    assert kubectl("create configmap demo --from-literal=a=1") == "configmap/demo created\n"
    assert kubectl("create configmap demo", code=1) == (
        'error: failed to create configmap: configmaps "demo" already exists\n'
    )
    kubectl("create secret generic demo --from-literal=password=secret")
    kubectl("create serviceaccount demo")
    kubectl(f"create deployment empty {IMAGE} --replicas=0 --port=50051")
    kubectl("create service clusterip demo --tcp=8080:50051")
    kubectl("create service nodeport open --tcp=8080")
    kubectl("create service externalname away --external-name=greeter.example")
    kubectl("create service clusterip headless --clusterip=None")
    kubectl("create ingress demo", "--rule=demo.example/x*=demo:8080,tls=demo-tls")
    assert kubectl.json("get service demo")["spec"]["ports"][0]["targetPort"] == 50051
    assert kubectl.json("get service open")["spec"]["ports"][0]["nodePort"] >= 30000
    assert kubectl.json("get service headless")["spec"]["clusterIP"] == "None"
    assert kubectl.json("get deployment empty")["spec"]["replicas"] == 0
    assert kubectl.json("get secret demo")["data"] == {"password": "c2VjcmV0"}
    assert kubectl("create service clusterip 9lives --tcp=8080") == "service/9lives created\n"
    absent = "the server could not find the requested resource"
    assert absent in kubectl("create job demo --image=x", code=1)
    assert absent in kubectl("create cronjob demo --image=x --schedule=@daily", code=1)
    share = "--cpu=50%" if "--cpu=" in kubectl("autoscale --help") else "--cpu-percent=50"
    assert absent in kubectl(f"autoscale deployment empty --max=3 {share}", code=1)
    client = kubectl("create configmap made --from-literal=a=1 --dry-run=client -o yaml")
    assert kubectl("create -f -", stdin=client) == "configmap/made created\n"
    assert kubectl("replace -f -", stdin=client) == "configmap/made replaced\n"
    assert kubectl("create configmap never --dry-run=server") == "configmap/never created (server dry run)\n"
    assert "configmap/never" not in kubectl("get configmap -o name")


def test_patch_label_annotate(kubectl: Kubectl) -> None:
    kubectl("create configmap demo --from-literal=a=1")
    assert kubectl("patch cm demo", "-p", '{"data":{"b":"2"}}') == "configmap/demo patched\n"
    kubectl("patch cm demo --type=merge", "-p", '{"data":{"a":null}}')
    kubectl("patch cm demo --type=json", "-p", '[{"op":"add","path":"/data/c","value":"3"}]')
    assert kubectl.json("get cm demo")["data"] == {"b": "2", "c": "3"}
    assert kubectl("patch cm demo", "-p", '{"data":{"b":"2"}}') == "configmap/demo patched (no change)\n"
    failed = kubectl("patch cm demo --type=json", "-p", '[{"op":"remove","path":"/data/x"}]', code=1)
    assert (
        failed == "The request is invalid: the server rejected our request due to an error in our request\n"
    )
    assert kubectl("label cm demo tier=front") == "configmap/demo labeled\n"
    assert "--overwrite is false" in kubectl("label cm demo tier=back", code=1)
    assert kubectl("label cm demo tier-") == "configmap/demo unlabeled\n"
    assert kubectl("annotate cm demo note=hello") == "configmap/demo annotated\n"
    assert kubectl.json("get cm demo")["metadata"]["annotations"] == {"note": "hello"}


def test_delete(kubectl: Kubectl, namespace: str) -> None:
    deploy(kubectl)
    old = pods(kubectl)[0]
    assert f'"{old.removeprefix("pod/")}" deleted' in kubectl(f"delete {old} --grace-period=1")
    done(kubectl)
    young = pods(kubectl)[0]
    assert young != old
    assert "force deleted" in kubectl(f"delete {young} --force --grace-period=0")
    kubectl("delete deployment demo --cascade=orphan")
    assert kubectl("get rs -o name").startswith("replicaset.apps/demo-")
    kubectl("delete rs --all --cascade=foreground")
    assert "No resources found" in kubectl("get rs,pods -l app=demo")
    deploy(kubectl)
    assert kubectl("delete deployment demo --cascade=background") == (
        f'deployment.apps "demo" deleted from {namespace} namespace\n'
    )
    kubectl("wait --for=delete pod -l app=demo --timeout=180s")
    assert kubectl("delete deployment demo", code=1) == (
        'Error from server (NotFound): deployments.apps "demo" not found\n'
    )
    assert kubectl("delete deployment demo --ignore-not-found") == ""


def test_delete_namespace(kubectl: Kubectl, namespace: str) -> None:
    deploy(kubectl)
    assert kubectl(f"delete namespace {namespace} --timeout=180s") == f'namespace "{namespace}" deleted\n'
    assert "NotFound" in kubectl(f"get namespace {namespace}", code=1)


def test_scale_and_wait(kubectl: Kubectl) -> None:
    deploy(kubectl)
    assert kubectl("scale deployment demo --replicas=2") == "deployment.apps/demo scaled\n"
    kubectl("wait --for=jsonpath={.status.readyReplicas}=2 deployment/demo --timeout=180s")
    refused = kubectl("scale deployment demo --current-replicas=5 --replicas=1", code=1)
    assert "Expected replicas to be 5, was 2" in refused
    assert kubectl("wait --for=condition=Available deployment/demo --timeout=180s") == (
        "deployment.apps/demo condition met\n"
    )
    assert "condition met" in kubectl("wait --for=condition=Ready pod -l app=demo --timeout=180s")
    assert "timed out" in kubectl("wait --for=delete deployment/demo --timeout=1s", code=1)


def test_rollout(kubectl: Kubectl) -> None:
    deploy(kubectl)
    assert kubectl("rollout restart deployment/demo") == "deployment.apps/demo restarted\n"
    done(kubectl)
    header, rows = kubectl.table("rollout history deployment/demo")
    assert header[0].startswith("deployment.apps/demo")
    assert [row[0] for row in rows if row[0].isdigit()] == ["1", "2"]
    assert "restartedAt" in kubectl("rollout history deployment/demo --revision=2")
    assert kubectl("rollout undo deployment/demo").startswith("deployment.apps/demo rolled back\n")
    done(kubectl)
    assert "restartedAt" not in kubectl("get deployment demo -o jsonpath={.spec.template.metadata}")
    assert kubectl("rollout pause deployment/demo") == "deployment.apps/demo paused\n"
    assert kubectl("set image deployment/demo greeter=greeter:latest") == (
        "deployment.apps/demo image updated\n"
    )
    assert kubectl("set env deployment/demo COLOUR=blue") == "deployment.apps/demo env updated\n"
    assert "is already paused" in kubectl("rollout pause deployment/demo", code=1)
    assert len(kubectl("get rs -o name").split()) == 2, "nothing happens while it is paused"
    assert kubectl("rollout resume deployment/demo") == "deployment.apps/demo resumed\n"
    done(kubectl)
    assert len(kubectl("get rs -o name").split()) == 3, "both changes are one rollout"
    # The old pod may still be ending: the new one is not always the first.
    assert "greeter:latest" in kubectl("get pod -l app=demo -o jsonpath={.items[*].spec.containers[*].image}")
    assert "COLOUR=blue" in kubectl("set env deployment/demo --list")
    assert "unable to find specified revision 9" in kubectl(
        "rollout undo deployment/demo --to-revision=9", code=1
    )


def test_what_is_not_emulated_is_told_in_time(kubectl: Kubectl) -> None:
    deploy(kubectl)
    change = {"spec": {"template": {"spec": {"volumes": [{"name": "data", "emptyDir": {}}]}}}}
    told = kubectl("patch deployment demo -p", json.dumps(change))
    assert "Warning: spec.template.spec.volumes[0]: not emulated by the local cluster" in told
    assert "exceeded its progress deadline" in kubectl(
        "rollout status deployment/demo --timeout=180s", code=1
    )
    (condition,) = [
        one
        for one in kubectl.json("get deployment demo")["status"]["conditions"]
        if one["type"] == "Progressing"
    ]
    assert "spec.template.spec.volumes[0]" in condition["message"]
    assert "NotEmulated" in kubectl("events --types=Warning")
    kubectl("rollout undo deployment/demo")
    done(kubectl)


def test_an_image_that_nobody_built(kubectl: Kubectl) -> None:
    deploy(kubectl)
    with kubectl.running("get pods -l app=demo --watch") as watching:
        kubectl("set image deployment/demo greeter=greeter:nope")
        watching.until("ImagePullBackOff")
    told = kubectl("events --types=Warning")
    assert 'Failed to pull image "greeter:nope": failed to resolve reference' in told
    assert "python -m localcluster load greeter:nope" in told
    assert len(pods(kubectl)) == 2, "the old pod serves until the new one can"
    kubectl("set image deployment/demo greeter=greeter:latest")
    done(kubectl)


def test_expose_and_events(kubectl: Kubectl) -> None:
    deploy(kubectl)
    assert kubectl("expose deployment demo --name=shown --port=8080 --target-port=grpc") == (
        "service/shown exposed\n"
    )
    assert kubectl.json("get service shown")["spec"]["selector"] == {"app": "demo"}
    header, rows = kubectl.table("events --for deployment/demo")
    assert header == ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert rows[0][1:4] == ["Normal", "ScalingReplicaSet", "Deployment/demo"]
    assert {"Scheduled", "Started"} <= {row[2] for row in kubectl.table("events")[1]}
    assert "Started" in kubectl("get events --field-selector reason=Started")
    assert kubectl("events --for service/shown --types=Warning").startswith("No events found")


def test_endpoints_made_by_hand(kubectl: Kubectl, namespace: str) -> None:
    """They lead a Service without a selector to where they say, by address and by name."""
    deploy(kubectl)
    ip = kubectl.json("get pods -l app=demo")["items"][0]["status"]["podIP"]
    port = {"name": "grpc", "port": 50051}
    for name, spec in {"direct": {}, "named": {"clusterIP": "None"}}.items():
        head = {"apiVersion": "v1", "metadata": {"name": name}}
        wanted = [
            {**head, "kind": "Service", "spec": {"ports": [port], **spec}},
            {**head, "kind": "Endpoints", "subsets": [{"addresses": [{"ip": ip}], "ports": [port]}]},
        ]
        kubectl("apply -f -", stdin=yaml.safe_dump_all(wanted))
        found = f"endpointslice -l kubernetes.io/service-name={name}"
        kubectl(f"wait --for=jsonpath={{.endpoints[0].addresses[0]}}={ip} {found} --timeout=180s")
    kubectl(f"run once {IMAGE} --restart=Never", "--", "resolve", f"named.{namespace}.svc.cluster.local")
    kubectl("wait --for=jsonpath={.status.phase}=Succeeded pod/once --timeout=180s")
    assert ip in kubectl("logs once")
    # Without an endpoint the connection would be refused.
    address = kubectl.json("get service direct")["spec"]["clusterIP"]
    socket.create_connection((address, 50051), timeout=PATIENCE).close()


def test_about_the_cluster(kubectl: Kubectl, namespace: str) -> None:
    assert kubectl("auth can-i create deployments") == "yes\n"
    assert "[*]" in kubectl("auth can-i --list")
    header, rows = kubectl.table("api-resources")
    assert header == ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"]
    assert {resource.kind for resource in RESOURCES} <= {row[-1] for row in rows}
    assert {resource.api_version for resource in RESOURCES} <= set(kubectl("api-versions").split())
    assert "control plane" in kubectl("cluster-info")
    assert kubectl.json("version")["serverVersion"]["gitVersion"].startswith("v1.36.")
    assert "rollingUpdate" in kubectl("explain deployment.spec.strategy")
    assert "<PodSpec>" in kubectl("explain pods --recursive")
    assert 'field "nothing" does not exist' in kubectl("explain pods.nothing", code=1)
    assert "the server doesn't have a resource type" in kubectl("get nothing", code=1)
    assert kubectl("config view --minify -o jsonpath={..namespace}") == namespace


NOT_SERVED = {
    "exec {pod} -- ls": 'exec: "ls": executable file not found in $PATH: unknown; the image greeter has',
    "port-forward {pod} :50051": "pods/portforward of the local cluster speaks WebSockets",
    "top pods": "Metrics API not available",
    "top nodes": "Metrics API not available",
}


def test_not_served(kubectl: Kubectl) -> None:
    deploy(kubectl)
    for command, said in NOT_SERVED.items():
        assert said in kubectl(command.format(pod=pods(kubectl)[0]), code=1)


def test_exec(kubectl: Kubectl) -> None:
    deploy(kubectl)
    (pod,) = pods(kubectl)
    name = pod.partition("/")[2]
    assert kubectl(f"exec {pod} -- python -c", "import os; print(os.environ['HOSTNAME'])") == f"{name}\n"
    said = kubectl(f"exec -i {pod} -- python -c", "print('heard', input())", stdin="something\n")
    assert said == "heard something\n"
    ended = kubectl(f"exec {pod} -- python -c", "raise SystemExit(3)", code=3)
    assert "command terminated with exit code 3" in ended
    help_ = kubectl(f"exec {pod} -- python -m greeter client --help")
    assert "TARGET" in help_ or "target" in help_


def test_a_terminal(kubectl: Kubectl) -> None:
    deploy(kubectl)
    (pod,) = pods(kubectl)
    with kubectl.terminal(
        f"exec -it {pod} -- python -c", "import os; print(os.isatty(0), input('name? '))"
    ) as typed:
        typed.until("name?")
        typed.write("me\r")
        typed.until("True me")
        assert typed.ended() == 0


def test_run_and_attach(kubectl: Kubectl) -> None:
    """What a client says while one is attached to it, then its exit code."""
    words = "client 127.0.0.1:1 --count 3 --interval 0.3"
    said = kubectl(f"run once -i --rm --restart=Never --quiet {IMAGE} -- {words}")
    assert "UNAVAILABLE" in said
    assert kubectl("get pods -o name") == ""
    kubectl(f"run talks {IMAGE} -- client 127.0.0.1:1")
    kubectl("wait pod/talks --for=condition=Ready --timeout=180s")
    with kubectl.running("attach talks") as attached:
        attached.until("UNAVAILABLE")
    assert kubectl("get pod talks -o jsonpath={.status.phase}") == "Running"


def test_edit(kubectl: Kubectl) -> None:
    kubectl("create configmap demo --from-literal=a=one")
    assert kubectl("edit configmap demo") == "configmap/demo edited\n"
    assert kubectl("get configmap demo -o jsonpath={.data.a}") == "two"
