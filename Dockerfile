# fake-relay serve on port 9119, with its store in the volume /data:
#
#   docker run -p 127.0.0.1:9119:9119 -v relay:/data fake-relay
#
# Inside, it listens on every address of the container; who can reach it is decided by -p.
# Publish it beyond this machine only with a token: -e FAKE_RELAY_TOKEN=... asks for it
# everywhere but at the doors that SDKs send to. What arrives goes on to a real Sentry with
# -e FAKE_RELAY_FORWARD_TO=DSN, scrubbed. A folder of this machine as /data belongs to user 9119.
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/fake-relay
# The lock without its hashes serves as constraints: of what it locks, only what is needed.
COPY requirements.txt ./
RUN sed -n 's/^\([A-Za-z0-9_.-]*==[^ ;]*\).*/\1/p' requirements.txt > /tmp/locked.txt \
 && /opt/fake-relay/bin/pip install --no-cache-dir --constraint /tmp/locked.txt setuptools
COPY pyproject.toml README.md ./
COPY fake_relay fake_relay
COPY sdk_config sdk_config
COPY scenarios scenarios
RUN /opt/fake-relay/bin/pip install --no-cache-dir --no-build-isolation --constraint /tmp/locked.txt '.[relay,otlp]' \
 && /opt/fake-relay/bin/pip uninstall --yes setuptools pip

FROM python:3.11-slim
COPY --from=build /opt/fake-relay /opt/fake-relay
RUN useradd --uid 9119 --no-create-home --home-dir /data --shell /usr/sbin/nologin relay \
 && install --directory --owner=relay --group=relay --mode=0700 /data
ENV PATH=/opt/fake-relay/bin:$PATH PYTHONUNBUFFERED=1
USER 9119
WORKDIR /data
VOLUME /data
EXPOSE 9119
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9119/api/relay/healthcheck/ready/', timeout=2)"]
ENTRYPOINT ["fake-relay"]
CMD ["serve", "--host", "0.0.0.0", "--insecure", "--store", "/data/relay.sqlite"]
