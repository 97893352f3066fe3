# make run, make test: everything a fresh clone needs. WITH_TORCH=1 adds the checks against
# PyTorch, and against the models of transformers.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WITH_TORCH ?=

CORE := $(VENV)/.installed-core
DEV := $(VENV)/.installed-dev$(WITH_TORCH)

.PHONY: run test check suite benchmark clean

run: $(CORE)            ## the documents' study: three initializations on the circles, with a report
	$(BIN)/initlab compare circles --out report

test: check suite       ## style, types and the whole test suite

suite: $(DEV)
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

benchmark: $(DEV)       ## speed on the circles; with PyTorch and $$INITLAB_DATA, on Fashion-MNIST too
	$(BIN)/python benchmarks/circles_speed.py
	$(BIN)/python benchmarks/study_speed.py
	$(if $(WITH_TORCH),$(BIN)/python benchmarks/fashion_speed.py && $(BIN)/python benchmarks/module_speed.py && $(BIN)/python benchmarks/torch_speed.py)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "initlab needs Python 3.11 or later: make PYTHON=python3.11 ..."'
	$(PYTHON) -m venv $(VENV)

$(CORE): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(DEV): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev$(if $(WITH_TORCH),$(comma)families)]'
	touch $@

comma := ,

clean:
	rm -rf $(VENV) report
