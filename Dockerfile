# The bot as an image: built in one stage, run in another without a compiler, as nobody, with a
# file system that may be read-only but for one folder, where the usage counts are kept.
# docs/operate.md says how to start it, and the setting that names the folder.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /build
COPY requirements/run.lock requirements/
RUN pip install --require-hashes -r requirements/run.lock
COPY pyproject.toml README.md ./
COPY bot bot
COPY webhook webhook
RUN pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin waypost \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/waypost
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/waypost
COPY flows flows
COPY locales locales
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
VOLUME /var/lib/waypost
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["waypost", "serve", "--host", "0.0.0.0", "--port", "8000"]
