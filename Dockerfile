# Debian trixie: the official uWebSockets.js build needs glibc 2.38 or newer.
ARG NODE_IMAGE=node:24-trixie-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY drizzle ./drizzle
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates git && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
# The unofficial build that package.json names ends with Node 20: the official one, which is not on npm, takes its place.
ARG UWS_VERSION=v20.55.0
RUN npm ci --omit=dev --omit=optional \
  && npm install --no-save --no-package-lock --omit=dev "uWebSockets.js@github:uNetworking/uWebSockets.js#${UWS_VERSION}" \
  && cd node_modules/uWebSockets.js \
  && find . -name 'uws_*.node' ! -name "uws_linux_$(node -p process.arch)_$(node -p process.versions.modules).node" -delete \
  && node -e "require('/app/node_modules/uWebSockets.js')"

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY drizzle ./drizzle
COPY package.json LICENSE .env.example ./
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=5 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=32", "dist/main.js", "serve"]
