# syntax=docker/dockerfile:1

# The image of every process of the production shape; which one it is, the command says.
# `nox -s integration` carries this file out without Docker (tests/integration/bare_image.py), which is why it keeps to
# few instructions, to `python -m` and to folders that WORKDIR names.

FROM python:3.11-slim-bookworm AS wheel
WORKDIR /build
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY frontend ./frontend
COPY src ./src
# Node comes as a wheel, for the page alone, and stays behind here.
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir dist .

FROM python:3.11-slim-bookworm AS install
WORKDIR /data
WORKDIR /app
COPY --from=wheel /build/dist ./dist
RUN python -m venv venv
RUN venv/bin/python -m pip install --no-cache-dir "$(echo dist/*.whl)[server,s3,redis]"
# The program installs nothing: who breaks in finds no installer.
RUN venv/bin/python -m pip uninstall --yes pip setuptools

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="asset_ingest" org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin asset-ingest
WORKDIR /app
COPY --from=install /app/venv ./venv
COPY --from=install --chown=10001:10001 /data /data
ENV PATH=/app/venv/bin:$PATH
ENV PYTHONUNBUFFERED=1
ENV ASSET_INGEST_DATA=/data
# Inside the container; what of it is published is said where the container is run.
ENV ASSET_INGEST_HOST=0.0.0.0
ENV ASSET_INGEST_PORT=8080
USER 10001:10001
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --start-interval=2s --retries=3 CMD ["python", "-c", "import http.client, os; ask = http.client.HTTPConnection('127.0.0.1', int(os.environ['ASSET_INGEST_PORT']), timeout=4); ask.request('GET', '/healthz'); raise SystemExit(ask.getresponse().status != 200)"]
ENTRYPOINT ["asset-ingest"]
CMD ["serve"]
