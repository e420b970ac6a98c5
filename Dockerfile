# One image for every process: API, worker, relay, migrations, retraining. Two stages: what builds does not ship.
FROM python:3.12-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/canonym
# The locked packages change seldom, so this layer is built once and then taken from the cache.
COPY requirements.lock /build/requirements.lock
RUN /opt/canonym/bin/pip install --require-hashes --no-deps --only-binary :all: -r /build/requirements.lock
COPY . /build/source
# The build tools are among the locked packages: nothing is fetched here.
RUN /opt/canonym/bin/pip install --no-deps --no-build-isolation --no-index /build/source

FROM python:3.12-slim-bookworm

RUN groupadd --gid 10001 canonym \
    && useradd --uid 10001 --gid canonym --home-dir /var/lib/canonym --shell /usr/sbin/nologin canonym \
    && install -d -o canonym -g canonym -m 0700 /var/lib/canonym
COPY --from=build /opt/canonym /opt/canonym
ENV PATH=/opt/canonym/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CANONYM_DATA_DIR=/var/lib/canonym \
    CANONYM_CACHE_DIR=/var/lib/canonym/cache \
    CANONYM_LOG_FORMAT=json
USER canonym
WORKDIR /var/lib/canonym
# Compiled taxonomies; they are made again where they are missing.
VOLUME /var/lib/canonym
STOPSIGNAL SIGTERM
CMD ["python", "-m", "services.api"]
