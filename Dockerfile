# Pullquote as a container: docker build -t pullquote . && docker run -p 8000:8000 -v pullquote:/data pullquote
# It runs with a read-only root file system, and a tmpfs at /tmp; compose.yaml does so. docs/operations.md has the rest.
# The embedding model is one of the packages, so a container starts and answers with no network.

FROM python:3.11-slim-bookworm AS build

# A further package index, for one that has CPU-only torch wheels: a pinned torch then comes as its
# "+cpu" build and the image is gigabytes smaller. Left empty, only the default index is used.
ARG PIP_EXTRA_INDEX_URL=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1

RUN python -m venv /opt/pullquote
ENV PATH="/opt/pullquote/bin:$PATH"

WORKDIR /build
COPY requirements.lock ./
RUN pip install --no-cache-dir -r requirements.lock

COPY . .
RUN pip install --no-cache-dir --no-deps .


FROM python:3.11-slim-bookworm

# A numeric user, so that a cluster can see that it is not root; it writes to /data alone.
RUN groupadd --gid 10001 pullquote \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin pullquote \
    && install --directory --owner=10001 --group=10001 /data

COPY --from=build /opt/pullquote /opt/pullquote

# HOME, since packages ask for a home folder, and a cluster may choose another user that has none.
ENV PATH="/opt/pullquote/bin:$PATH" \
    HOME=/data \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HF_HUB_OFFLINE=1 \
    PULLQUOTE_DATA_DIR=/data

# A pullquote.toml or .env mounted here is read at start.
WORKDIR /srv/pullquote
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8000

# Whether the process lives. Without a proxy handler, so that a proxy in the environment is not asked for localhost.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:' + (os.environ.get('PULLQUOTE_PORT') or '8000') + '/healthz', timeout=4)"]

CMD ["pullquote", "serve", "--host", "0.0.0.0"]
