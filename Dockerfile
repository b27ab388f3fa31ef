# One image for the web server, the worker, the scheduler and the migrations; the command says which.
#
# What must be compiled or installed happens in the first stage. The second gets the finished virtual environment
# and the code, both owned by root: the site cannot change itself.

FROM python:3.12-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

# The virtual environment gets no pip of its own.
RUN python3 -m venv --without-pip /venv
COPY requirements.txt /tmp/requirements.txt
RUN python3 -m pip --python /venv/bin/python3 install --require-hashes --only-binary :all: \
      --requirement /tmp/requirements.txt

WORKDIR /app
COPY . .
# The settings ask for values that collecting files does not use; these exist in this step only.
RUN CLINIC_ENV=local \
    SECRET_KEY=only-for-collecting-static-files-while-the-image-is-built \
    LINK_KEY=only-for-collecting-static-files \
    SITE_URL=http://build.invalid \
    DATABASE_URL=postgres://nobody@build.invalid/none \
    REDIS_URL=redis://build.invalid/0 \
    EMAIL_URL=smtp://build.invalid \
    MAIL_FROM=nobody@build.invalid \
    OFFICE_EMAIL=nobody@build.invalid \
    STATIC_ROOT=/app/static-built \
    /venv/bin/python3 manage.py collectstatic --noinput --verbosity 0 \
 && /venv/bin/python3 -m compileall -q booking clinic content deploy records \
 && chmod -R a+rX,go-w /app /venv


FROM python:3.12-slim-bookworm

ARG VERSION=unversioned
ARG REVISION=unknown
LABEL org.opencontainers.image.title="clinic" \
      org.opencontainers.image.description="The website of a psychiatric practice: plain information, and appointments online." \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATIC_ROOT=/app/static-built

# A fixed number, so that the owner of a mounted secret can be named. No home, no shell.
RUN groupadd --gid 10001 clinic \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin clinic

COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER 10001:10001

EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python3", "deploy/probe.py", "/healthz"]
CMD ["gunicorn", "--config", "deploy/gunicorn_conf.py", "clinic.wsgi:application"]
