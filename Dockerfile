# syntax=docker/dockerfile:1
# One image for everything: the operator in one process, the event source, and every stage function (FUNCTION_TARGET picks one).
#   docker buildx build --platform linux/amd64,linux/arm64 --tag YOUR-REGISTRY/plugboard:VERSION .

# The bundle is the same for every platform, so it is made on the one that builds.
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node tools/build.ts

FROM gcr.io/distroless/nodejs24-debian13:nonroot
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="plugboard" \
      org.opencontainers.image.description="A serverless, event-driven integration operator for Kubernetes" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="$SOURCE"
ENV NODE_ENV=production
COPY --from=build --chmod=0444 /build/dist/plugboard.mjs /build/dist/plugboard.mjs.map /build/dist/render-worker.mjs /build/dist/render-worker.mjs.map /plugboard/
WORKDIR /plugboard
# By number, so that Kubernetes can tell that it is not root.
USER 65532:65532
EXPOSE 8080
# The same flags as cli/plugboard: collect early rather than grow.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=8", "--heap-growing-percent=25", "/plugboard/plugboard.mjs"]
CMD ["serve"]
