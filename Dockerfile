# The registry as an image: locked dependencies, no compiler, no shell needed at run time, not root.
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements/build.txt requirements/run.txt requirements/
RUN python -m venv /opt/saphan \
 && /opt/saphan/bin/pip install --no-cache-dir --disable-pip-version-check \
      --require-hashes --only-binary :all: -r requirements/run.txt \
 && python -m pip install --no-cache-dir --disable-pip-version-check \
      --require-hashes --only-binary :all: -r requirements/build.txt
COPY . .
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && /opt/saphan/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-index dist/*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin saphan
COPY --from=build /opt/saphan /opt/saphan
ENV PATH=/opt/saphan/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["saphan"]
CMD ["serve"]
