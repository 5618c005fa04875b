# Three images of one base:
#
#   docker build -t example/tlsdemo-greeter .            the greeter: what the manifests run
#   docker build -t example/tlsdemo-controlplane --target controlplane .
#                                                        what asks the Kubernetes API, in the second course
#   docker build -t grpc-lab --target lab .              JupyterLab, the notebooks and all they use; entrypoint.sh
#                                                        says what it does
#
# The last stage is the one that is built when no target is named.
ARG BASE=python:3.13-slim


FROM ${BASE} AS build
# An environment of its own, so that the image gets neither pip nor what pip needs.
WORKDIR /opt
RUN python3 -m venv --without-pip greeter
COPY constraints.txt .
RUN python3 -m pip --python greeter/bin/python install --no-cache-dir -c constraints.txt \
        grpcio grpcio-health-checking grpcio-reflection protobuf
WORKDIR /app
COPY greeter greeter
# A pod's root file system is read-only: compiled here, or at each start again.
RUN /opt/greeter/bin/python -m compileall -q --invalidation-mode unchecked-hash greeter


FROM build AS build-controlplane
WORKDIR /opt
RUN python3 -m pip --python greeter/bin/python install --no-cache-dir -c constraints.txt kubernetes
WORKDIR /app
COPY controlplane controlplane
RUN /opt/greeter/bin/python -m compileall -q --invalidation-mode unchecked-hash controlplane


FROM ${BASE} AS lab
WORKDIR /opt/grpc-lab
# An environment of its own: where the base's Python is managed by its distribution, pip installs nothing beside it
# (PEP 668).
RUN python3 -m venv --without-pip /opt/lab
COPY . .
# Editable: helpers find manifests/ and notebooks/ beside the packages. Whoever runs the image may have any number,
# so nothing in it belongs to somebody, and what a run writes goes to /tmp or a mounted folder.
RUN python3 -m pip --python /opt/lab/bin/python install --no-cache-dir -c constraints.txt --editable '.[handout]' \
    && /opt/lab/bin/python -m compileall -q controlplane greeter helpers localcluster \
    && mkdir -m 1777 /lab
# USER and LOGNAME: a number without a name in /etc/passwd.
ENV PATH=/opt/lab/bin:$PATH \
    HOME=/tmp/lab \
    USER=lab \
    LOGNAME=lab \
    PYTHONDONTWRITEBYTECODE=1
USER 1000:1000
WORKDIR /lab
EXPOSE 8888
ENTRYPOINT ["/opt/grpc-lab/entrypoint.sh"]
CMD ["lab"]


FROM ${BASE} AS controlplane
# Unbuffered, so that a pod's log has a line as soon as a program prints it.
ENV PATH=/opt/greeter/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
COPY --from=build-controlplane /opt/greeter /opt/greeter
COPY --from=build-controlplane /app /app
WORKDIR /app
USER 65532:65532
EXPOSE 50052
ENTRYPOINT ["python", "-m", "controlplane"]


FROM ${BASE} AS greeter
# Unbuffered, so that a pod's log has a line as soon as a program prints it.
ENV PATH=/opt/greeter/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
COPY --from=build /opt/greeter /opt/greeter
COPY --from=build /app /app
WORKDIR /app
# In numbers: `runAsNonRoot` cannot tell who a name is. 65532 is the "nonroot" of distroless images.
USER 65532:65532
EXPOSE 50051
# No CMD: a pod says in its args which of server, client and resolve it is.
ENTRYPOINT ["python", "-m", "greeter"]
