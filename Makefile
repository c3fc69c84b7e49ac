# Fencang 分仓. `make demo` to see it, `make test` to trust it.

LOCK := requirements.lock
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
PYTHONS := python3.12 python3.13 python3.14 python3

.DEFAULT_GOAL := help
.PHONY: help demo test bench bench-pages bench-pricing bench-decisions screenshots services services-stop prepared messages clean

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

demo: prepared ## run everything on a sample world until Ctrl-C (ONCE=1: stop after the summary)
	@$(BIN)/python manage.py demo $(if $(ONCE),--once)

test: $(STAMP) messages ## lint, types, import contracts and all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m tests.browser.chromium
	$(BIN)/pytest -n 2 --dist worksteal

bench: $(STAMP) ## measure speed and memory, into benchmarks/results/latest.json
	@$(BIN)/python -m benchmarks

bench-pages: $(STAMP) ## measure the pages over a million orders, into benchmarks/results/pages.json
	@$(BIN)/python -m benchmarks.pages

bench-pricing: $(STAMP) ## measure how fast parcels are priced, into benchmarks/results/pricing.json
	@$(BIN)/python -m benchmarks.pricing

bench-decisions: $(STAMP) ## measure how good decisions are, into benchmarks/results/decisions.json
	@$(BIN)/python -m benchmarks.decisions

screenshots: $(STAMP) messages ## draw the main pages of the sample world into docs/screenshots/
	@$(BIN)/python -m tests.browser.chromium
	$(BIN)/pytest -q tests/browser/screenshots.py

services: $(STAMP) ## start PostgreSQL and Valkey unless DATABASE_URL and REDIS_URL name others
	@$(BIN)/python -m wms.embedded start

services-stop: ## stop them
	@if [ -e $(STAMP) ]; then $(BIN)/python -m wms.embedded stop; fi

prepared: services
	@$(BIN)/python manage.py prepare

messages: $(STAMP)
	@$(BIN)/python manage.py compile_translations

clean: services-stop ## remove everything that make made
	rm -rf $(VENV) .data staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find locale -name '*.mo' -delete

# A version manager's python3.12 may be there and fail: only one that runs and is new enough counts.
$(STAMP): $(LOCK)
	@python=; for candidate in $(PYTHONS); do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "需要 Python 3.12 或更高版本 (tried: $(PYTHONS)). Fencang needs Python 3.12 or newer." >&2; exit 1; \
	fi; \
	if ! "$$python" -m venv $(VENV); then \
	  echo "无法创建虚拟环境，请安装 venv 模块（如 apt install python3-venv）。 Python's venv module is missing: install it, such as with: apt install python3-venv." >&2; exit 1; \
	fi
	@echo "Installing from $(LOCK) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	@touch $@
