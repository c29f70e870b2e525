# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements requirements
COPY scripts scripts
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY migrations migrations
# hatchling builds the package itself; the virtual environment holds only what runs.
RUN PYTHON=python3 sh scripts/install.sh /opt/holdfast requirements/run.lock

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --create-home holdfast
COPY --from=build /opt/holdfast /opt/holdfast
ENV PATH=/opt/holdfast/bin:$PATH PYTHONUNBUFFERED=1 \
    HOLDFAST_DATABASE__URL=sqlite+aiosqlite:////data/holdfast.db
WORKDIR /data
VOLUME /data
EXPOSE 8080
USER holdfast
HEALTHCHECK --interval=60s --timeout=15s --start-period=30s CMD ["holdfast", "health"]
ENTRYPOINT ["holdfast"]
CMD ["run"]
