# The commands of the project. They need Python 3.11 or later and make; everything else comes with them.
# PYTHON=/path/to/python3 chooses the Python, PORT=8001 the site's port.

PORT ?= 8000
ARGS ?=
# The wheel of Redis is made for 3.11 and 3.12: those first. A Python without its venv module is the last choice.
PYTHON ?= $(shell \
	for needs in 'sys, venv, ensurepip' 'sys'; do \
		for python in python3.12 python3.11 python3 python3.13 python3.14 python; do \
			$$python -I -c "import $$needs; sys.exit(sys.version_info < (3, 11))" 2>/dev/null \
				&& echo $$python && exit; \
		done; \
	done)
NEED_PYTHON = @test -n "$(PYTHON)" || { echo 'Python 3.11 or later is needed and none was found. Install it, or name one: make PYTHON=/path/to/python3 …' >&2; exit 1; }
INSTALL = @"$(PYTHON)" -I clinic/local/install.py
LOCAL = .venv/bin/python -m clinic.local
TEMPLATES = find templates -name '*.html' -exec .venv/bin/djade --target-version 5.2
SOURCES = find clinic content booking tests -name '*.py' -not -path '*/migrations/*' -exec .venv/bin/python -m django_upgrade --target-version 5.2
COMPILE = UV_CUSTOM_COMPILE_COMMAND='make lock' .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --no-emit-build-options pyproject.toml
export PORT

.DEFAULT_GOAL := help
.PHONY: help run test check fix manage bench lock clean install-local install-dev

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*##/\1/p' Makefile | while read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

run:  ## the whole site at http://127.0.0.1:8000/, until Ctrl-C
	$(NEED_PYTHON)
	$(INSTALL) requirements-local.txt --port "$(PORT)"
	@exec $(LOCAL) run

test: install-dev  ## all tests; ARGS="-k booking -x" goes to pytest
	@exec $(LOCAL) test $(ARGS)

check: install-dev  ## style, types, migrations, deployment settings
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	$(TEMPLATES) --check {} +
	$(SOURCES) --check {} +
	@exec $(LOCAL) exec -- sh -ec ' \
		set -x; \
		mypy .; \
		python manage.py makemigrations --check --dry-run; \
		CLINIC_ENV=production SITE_URL=https://example.test EMAIL_URL=submission://user:secret@mail.example.test:587 python manage.py check --deploy --fail-level WARNING'

fix: install-dev  ## mend what `make check` can mend
	.venv/bin/ruff check --fix
	.venv/bin/ruff format
	$(TEMPLATES) {} +
	$(SOURCES) --exit-zero-even-if-changed {} +

bench: install-dev  ## what pages cost at 100,000 visits; BENCH="visits patients rounds" for other numbers
	@exec $(LOCAL) exec -- sh -ec ' \
		python manage.py migrate --verbosity 0; \
		python manage.py collectstatic --noinput --verbosity 0; \
		python -m tests.bench'

manage: install-local  ## one of Django's commands: make manage ARGS="createsuperuser"
	@exec $(LOCAL) manage $(ARGS)

lock: install-dev  ## lock the requirements again after a change in pyproject.toml; ARGS="--upgrade" for newer ones
	@$(COMPILE) --extra local --extra dev $(ARGS) --output-file requirements-dev.txt
	@$(COMPILE) --extra local --constraint requirements-dev.txt --output-file requirements-local.txt
	@$(COMPILE) --constraint requirements-dev.txt --output-file requirements.txt

clean:  ## remove .venv and all data of the local site
	@if test -x .venv/bin/python; then $(LOCAL) clean; fi
	@rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

install-local:
	$(NEED_PYTHON)
	$(INSTALL) requirements-local.txt

install-dev:
	$(NEED_PYTHON)
	$(INSTALL) requirements-dev.txt
