# syntax=docker/dockerfile:1
# One image for everything: the operator in one process, the event source, and every stage function (FUNCTION_TARGET picks one).
#   docker buildx build --platform linux/amd64,linux/arm64 --tag YOUR-REGISTRY/plugboard:VERSION .
# A release pins both base images by digest, and records them in the image's labels:
#   docker buildx build $(node tools/base-images.ts) …

# By the version that the tests run on.
ARG BUILD_IMAGE=node:24.21.0-trixie-slim
ARG BUILD_DIGEST=
# Distroless has no tags of versions: what names one of its releases is the digest.
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot
ARG RUNTIME_DIGEST=

# The bundle is the same for every platform, so it is made on the one that builds.
FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE}${BUILD_DIGEST:+@$BUILD_DIGEST} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node tools/build.ts

FROM ${RUNTIME_IMAGE}${RUNTIME_DIGEST:+@$RUNTIME_DIGEST}
ARG BUILD_IMAGE
ARG BUILD_DIGEST
ARG RUNTIME_IMAGE
ARG RUNTIME_DIGEST
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="plugboard" \
      org.opencontainers.image.description="A serverless, event-driven integration operator for Kubernetes" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="$SOURCE" \
      org.opencontainers.image.base.name="$RUNTIME_IMAGE" \
      org.opencontainers.image.base.digest="$RUNTIME_DIGEST" \
      com.rock8s.integration.build.name="$BUILD_IMAGE" \
      com.rock8s.integration.build.digest="$BUILD_DIGEST"
ENV NODE_ENV=production
COPY --from=build --chmod=0444 /build/dist/plugboard.mjs /build/dist/plugboard.mjs.map /build/dist/render-worker.mjs /build/dist/render-worker.mjs.map /build/dist/LICENSE /build/dist/NOTICE /plugboard/
WORKDIR /plugboard
# By number, so that Kubernetes can tell that it is not root.
USER 65532:65532
EXPOSE 8080
# The same flags as cli/plugboard: collect early rather than grow.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=8", "--heap-growing-percent=25", "/plugboard/plugboard.mjs"]
CMD ["serve"]
