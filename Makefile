# Every target makes the virtual environment from the lock when it is missing or out of date, then does its work.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
LOCK   := .ci/lock
OURS   := -e . -e plugins/conduct -e plugins/demo -e plugins/django-helpdesk

.PHONY: help demo test check format bench reliability lock clean

help:            ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/'

$(VENV)/.runtime: $(LOCK)/runtime.txt pyproject.toml plugins/conduct/pyproject.toml plugins/demo/pyproject.toml plugins/django-helpdesk/pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)/runtime.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(OURS)
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime $(LOCK)/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)/dev.txt
	@touch $@

# json-logic-qubit's module has the name of panzi-json-logic's, so it is put in a folder of its own.
$(VENV)/.peers: $(VENV)/.dev $(LOCK)/peers.txt $(LOCK)/peers-apart.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)/peers.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --upgrade --target $(VENV)/apart -r $(LOCK)/peers-apart.txt
	@touch $@

demo: $(VENV)/.runtime     ## watch a day of interactions become decisions (DEMO="--once" to exit at the end)
	$(BIN)/careengine demo $(DEMO)

check: $(VENV)/.dev        ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy careengine plugins tests
	$(BIN)/lint-imports

test: check                ## everything above, the rules' own tests, then every test
	$(BIN)/careengine check
	$(BIN)/careengine test
	$(BIN)/pytest -n auto --dist loadfile $(PYTEST)

format: $(VENV)/.dev       ## format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.peers      ## speed and memory beside other engines, as ratios; writes tests/benchmarks/RESULTS.md
	$(BIN)/python -m tests.benchmarks $(BENCH)

reliability: $(VENV)/.dev  ## hours of kills, power cuts, full disks and hostile input; writes tests/reliability/RESULTS.md
	$(BIN)/python -m tests.reliability $(RELIABILITY)

lock: $(VENV)/.dev         ## write the lock again from pyproject.toml (needs `uv` on the PATH)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -q pyproject.toml --group build -o $(LOCK)/runtime.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -q pyproject.toml --group build --group dev -c $(LOCK)/runtime.txt -o $(LOCK)/dev.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -q --group peers -c $(LOCK)/dev.txt -o $(LOCK)/peers.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -q --group peers-apart -c $(LOCK)/dev.txt -o $(LOCK)/peers-apart.txt

clean:           ## remove the virtual environment and caches
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
