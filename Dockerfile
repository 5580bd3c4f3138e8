# One file for every image: docker build --build-arg SERVICE=governance -t opmodel/governance .
# SERVICE is governance, training, process, metrics or gateway. An image holds that one and the chassis, nothing else;
# it runs as uid 10001 and writes nowhere (a read-only root works).
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /build
COPY requirements.runtime.lock ./
RUN python -m venv --without-pip /venv \
    && pip --python /venv/bin/python install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: -r requirements.runtime.lock
COPY chassis ./chassis
COPY gateway ./gateway
COPY services ./services
ARG SERVICE
RUN set -eu; \
    case "${SERVICE:-}" in \
        gateway) from=gateway ;; \
        governance | training | process | metrics) from="services/${SERVICE}" ;; \
        *) echo "Build with --build-arg SERVICE=governance, training, process, metrics or gateway." >&2; exit 1 ;; \
    esac; \
    mkdir /app; \
    cp -R chassis /app/chassis; \
    cp -R "${from}" /app/service; \
    /venv/bin/python -m compileall -q /venv /app

FROM ${PYTHON_IMAGE}
RUN python -m pip uninstall --yes --quiet --root-user-action ignore pip \
    && useradd --system --no-create-home --uid 10001 --shell /usr/sbin/nologin opmodel \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/opmodel
COPY --from=build /venv /venv
COPY --from=build /app /app
ARG SERVICE
ENV SERVICE=${SERVICE} \
    PATH=/venv/bin:$PATH \
    PYTHONPATH=/app/chassis:/app/service \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000
USER 10001:10001
WORKDIR /app/service
EXPOSE 8000
# The verb is the argument: serve, work or migrate. `exec` makes Python the process that gets the signals.
ENTRYPOINT ["/bin/sh", "-c", "exec python -m \"$SERVICE\" \"$@\"", "--"]
CMD ["serve"]
