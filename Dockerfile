# All images of Sagacity: docker build --target service --build-arg SERVICE=order-service --build-arg PORT=8003 .
# docker-compose.yml builds each of them; docs/docker.md tells what is in them.

FROM node:24-trixie-slim AS base
WORKDIR /app

FROM base AS split
COPY . .
RUN ["node", "deploy/image/split.mjs"]

# What runs in production, one layer that all images share; made anew only when a package file changes. None of it
# needs an install script.
FROM base AS dependencies
ARG NPM_REGISTRY=https://registry.npmjs.org/
COPY --from=split /split/manifests ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund --prefer-offline --registry="$NPM_REGISTRY" \
 && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete

# A program that runs to its end, with the command that compose gives it. Node runs the TypeScript as it is.
FROM base AS tool
ENV NODE_ENV=production TZ=UTC
COPY --from=dependencies /app/node_modules ./node_modules
ARG SERVICE
COPY --from=split /split/$SERVICE ./
WORKDIR /app/$SERVICE
USER 1000:1000
# As many threads for V8's compiling and collecting as there are cores to spare, instead of four for each process.
CMD ["node", "--v8-pool-size=0", "src/main.ts"]

# A process that serves. Node itself asks whether it is ready: the image needs neither a shell nor curl for it.
FROM tool AS service
ARG PORT
ENV HEALTH_URL=http://127.0.0.1:$PORT/health/ready
EXPOSE $PORT
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=15s --retries=6 --start-period=300s CMD ["node", "/app/healthy.mjs"]

# Takes mails and shows them on a page, so that none leaves a system in development.
FROM base AS mail
ARG NPM_REGISTRY=https://registry.npmjs.org/
COPY deploy/mail/package.json deploy/mail/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund --prefer-offline --registry="$NPM_REGISTRY" \
 && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete
USER 1000:1000
EXPOSE 1025 1080
HEALTHCHECK --interval=10s --timeout=15s --retries=6 --start-period=300s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:1080/index.html').then((page) => process.exit(page.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "node_modules/maildev/dist/bin/maildev.js", "--ip", "0.0.0.0", "--max-emails", "1000"]

# Forwards the ports of the host to whatever instances of them run.
FROM base AS ports
COPY package.json deploy/ports/forward.ts deploy/ports/forwarder.ts ./
USER 1000:1000
HEALTHCHECK --interval=10s --timeout=15s --retries=6 --start-period=300s \
  CMD ["node", "-e", "net.connect(8001, '127.0.0.1').on('connect', () => process.exit()).on('error', () => process.exit(1))"]
CMD ["node", "forward.ts"]
