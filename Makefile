# Everything a host or developer types. `make install` fills .venv; all other targets call it when it is out of date.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
KEEP   ?=

.PHONY: help install demo run test lint fuzz bench lock clean

help:  ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

install: $(STAMP)  ## Fill .venv from the hash-pinned lock

$(STAMP): requirements/dev.lock pyproject.toml scripts/install.sh
	@PYTHON="$(PYTHON)" sh scripts/install.sh "$(VENV)" requirements/dev.lock --editable
	@touch $@

demo: $(STAMP)  ## Play the whole story on the sandbox; KEEP=1 leaves it running
	@$(BIN)/holdfast demo $(if $(filter-out 0,$(KEEP)),--keep,)

run: $(STAMP)  ## Run the bot (needs a token)
	@$(BIN)/holdfast run

test: $(STAMP)  ## All tests, on SQLite and PostgreSQL
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $${WORKERS:-3} --dist loadgroup $(TESTS)

lint: $(STAMP)  ## Formatting, style, layers, types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/mypy

fuzz: $(STAMP)  ## Ten thousand random schedules; FUZZ_SCHEDULES, FUZZ_FROM and FUZZ_MINUTES say which and how long
	@FUZZ_SCHEDULES=$${FUZZ_SCHEDULES:-10000} FUZZ_UNTIL=$$(( $$(date +%s) + 60 * $${FUZZ_MINUTES:-240} )) \
		$(BIN)/python -m pytest -v -n $${WORKERS:-2} tests/fuzz

bench: $(STAMP)  ## Speed, as ratios against limits measured in the same run
	@$(BIN)/python -m benchmarks $(BENCH)

lock: $(STAMP)  ## Pin all dependencies anew
	@$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --extra dev -o requirements/dev.lock pyproject.toml
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --extra build -c requirements/dev.lock -o requirements/run.lock pyproject.toml

clean:  ## Remove what was installed or generated
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +
