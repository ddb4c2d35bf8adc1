# The bot as an image: built in one stage, run in another without a compiler, as nobody, with a
# file system that may be read-only. docs/operate.md says how to start it.

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
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin waypost
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/waypost
COPY flows flows
COPY locales locales
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["waypost", "serve", "--host", "0.0.0.0", "--port", "8000"]
