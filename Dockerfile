# syntax=docker/dockerfile:1
# One image for each service, chosen by SERVICE; scripts/build-images builds all of them, and "docker compose build" does too:
#   docker build --build-arg SERVICE=registry-service -t bitstack/registry-service .
# SERVICE is registry-service, compression-service, inference-service or gateway.

ARG NODE_IMAGE=node:22-bookworm-slim
# Both of one distribution, so that the Java runtime and the native kernels that are made in the first run in the second.
ARG BUILD_IMAGE=eclipse-temurin:25-jdk-noble
ARG RUNTIME_IMAGE=ubuntu:24.04

FROM ${NODE_IMAGE} AS node

FROM ${BUILD_IMAGE} AS jre
# The modules that the services use; others, and what only developers need, stay out of the image.
RUN jlink --output /jre --no-header-files --no-man-pages --strip-java-debug-attributes --compress=zip-6 \
    --add-modules java.se,jdk.charsets,jdk.crypto.ec,jdk.incubator.vector,jdk.jfr,jdk.management,jdk.naming.dns,jdk.net,jdk.unsupported,jdk.zipfs

FROM ${BUILD_IMAGE} AS build
# The C compiler makes the native kernels.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
# Node builds the web admin, which is part of the gateway, and fetches the pinned Maven.
COPY --from=node /usr/local/bin/node /usr/local/bin/
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
WORKDIR /src
COPY . .
# All services, whichever SERVICE is: their images share this stage, so that one run of Maven makes all four, and no two write its cache at a time.
RUN --mount=type=cache,target=/root/.m2,sharing=locked --mount=type=cache,target=/root/.npm,sharing=locked \
    services="registry-service compression-service inference-service gateway" \
    && case "$(uname -m)" in aarch64 | arm64) classifier=linux-arm64 ;; *) classifier=linux-x86_64 ;; esac \
    && ./mvnw --batch-mode --no-transfer-progress package -DskipTests "-Dnd4j.classifier=$classifier" -pl "$(echo $services | tr ' ' ,)" -am \
    && for service in $services; do docker/assemble.sh "$service" "/out/$service" || exit 1; done

FROM ${RUNTIME_IMAGE}
# First what all images have alike, so that they share it.
ENV PATH=/opt/java/bin:/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8 \
    # Secrets are files, named like the variables that they stand for; see scripts/make-secrets.
    SPRING_CONFIG_IMPORT=optional:configtree:/run/secrets/
# Writable for any user, as the image may be run as another one than its own.
RUN mkdir -p /opt/bitstack && install -d -m 1777 /var/lib/bitstack
COPY --from=jre /jre /opt/java
COPY --chmod=0555 docker/health.sh docker/start.sh /opt/bitstack/
ARG SERVICE
RUN case "$SERVICE" in registry-service | compression-service | inference-service | gateway) ;; \
    *) echo "set --build-arg SERVICE to registry-service, compression-service, inference-service or gateway" >&2; exit 1 ;; esac
LABEL org.opencontainers.image.title="bitstack ${SERVICE}"
# From what changes least to what changes most, so that an update moves few bytes.
COPY --from=build /out/${SERVICE}/layers/dependencies/ /opt/bitstack/
COPY --from=build /out/${SERVICE}/layers/spring-boot-loader/ /opt/bitstack/
COPY --from=build /out/${SERVICE}/layers/snapshot-dependencies/ /opt/bitstack/
COPY --from=build /out/${SERVICE}/layers/application/ /opt/bitstack/
COPY --from=build /out/${SERVICE}/settings/ /opt/bitstack/
# Fails here, and not when the container starts, where the image's JVM lacks a module.
RUN java @/opt/bitstack/jvm.flags -version
# A number, so that Kubernetes sees that it is not root.
USER 10001:10001
WORKDIR /var/lib/bitstack
# Alive: a node without a deployment is healthy, but not ready.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=5 CMD ["/opt/bitstack/health.sh", "liveness"]
ENTRYPOINT ["/opt/bitstack/start.sh"]
