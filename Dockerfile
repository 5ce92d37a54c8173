# syntax=docker/dockerfile:1
# One image for each service, chosen by SERVICE:
#   docker build --build-arg SERVICE=registry-service -t bitstack/registry-service .
# SERVICE is registry-service, compression-service, inference-service or gateway.

ARG NODE_IMAGE=node:22-bookworm-slim
ARG BUILD_IMAGE=eclipse-temurin:25-jdk
ARG RUNTIME_IMAGE=eclipse-temurin:25-jre

FROM ${NODE_IMAGE} AS node

FROM ${BUILD_IMAGE} AS build
ARG SERVICE
ARG TARGETARCH=amd64
# Node builds the web admin, which is part of the gateway, and fetches the pinned Maven.
COPY --from=node /usr/local/bin/node /usr/local/bin/
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 --mount=type=cache,target=/root/.npm \
    test -n "$SERVICE" && test -f "$SERVICE/pom.xml" \
      || { echo "set --build-arg SERVICE to registry-service, compression-service, inference-service or gateway" >&2; exit 1; } \
    && case "$TARGETARCH" in arm64) classifier=linux-arm64 ;; *) classifier=linux-x86_64 ;; esac \
    && ./mvnw --batch-mode --no-transfer-progress package -DskipTests "-Dnd4j.classifier=$classifier" -pl "$SERVICE" -am \
    && mkdir /out \
    && cp "$SERVICE"/target/*-exec.jar /out/app.jar \
    # The flags that every JVM of the platform is started with are written down once, in the parent pom.
    && sed -n 's:.*<jvm.flags>\(.*\)</jvm.flags>.*:\1:p' pom.xml > /out/jvm.flags \
    && test -s /out/jvm.flags

FROM ${RUNTIME_IMAGE}
ARG SERVICE
LABEL org.opencontainers.image.title="bitstack ${SERVICE}"
# A number, so that Kubernetes sees that it is not root.
RUN mkdir -p /opt/bitstack /var/lib/bitstack && chown 10001:10001 /var/lib/bitstack
COPY docker/health.sh docker/start.sh /opt/bitstack/
COPY --from=build /out/ /opt/bitstack/
# Fails here, and not when the container starts, where the image's JVM lacks a module.
RUN chmod 0555 /opt/bitstack/*.sh && java @/opt/bitstack/jvm.flags -version
USER 10001:10001
WORKDIR /var/lib/bitstack
ENTRYPOINT ["/opt/bitstack/start.sh"]
