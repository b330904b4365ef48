# Pullquote: every task of the project. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COMPILE := $(BIN)/pip-compile --quiet --strip-extras --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host
DEMO := build/demo
DATA ?= ../shared/data
SQUAD ?= $(DATA)/squad2-dev-a.json
BEIR ?= $(DATA)/scifact
CONFLICTS ?= $(DATA)/conflicts/ramdocs-a.jsonl.gz
DATES ?= $(DATA)/dates/aquaint_tbaq.jsonl.gz
TRAIN ?= $(addprefix $(DATA)/train/,squad11.jsonl.gz squadshifts-wiki.jsonl.gz squadshifts-reddit.jsonl.gz qed.jsonl.gz qamr-wikinews.jsonl.gz timeqa-human.jsonl.gz)
LINES ?= $(DATA)/train/qed.jsonl.gz $(DATA)/train/squadshifts-reddit.jsonl.gz

LLM_SERVER ?= ../shared/tools/local-llm

.DEFAULT_GOAL := help
.PHONY: help install demo test soak load test-llm record-llm check eval eval-real eval-bench bench train-reader fit ablation lock format clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Pullquote needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/development: $(VENV)/runtime requirements-dev.lock
	$(BIN)/pip install --quiet --requirement requirements-dev.lock
	@touch $@

install: $(VENV)/runtime ## make .venv and install Pullquote into it, exact versions

demo: $(VENV)/runtime ## add the sample articles to a library in build/demo and ask it a question
	$(BIN)/pullquote --data-dir $(DEMO) add eval/articles
	$(BIN)/pullquote --data-dir $(DEMO) ask "When did Russia intervene?"

test: $(VENV)/development ## run every check: style, types, imports, tests with coverage, and the eval's gate
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist loadfile --cov --cov-report=term-missing:skip-covered
	$(BIN)/pullquote eval

soak: $(VENV)/development ## run the long tests, for a quarter of an hour: a hundred kills, thousands of made-up requests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m soak --capture no

load: $(VENV)/development ## ask a real service as 16 readers do, for 21 minutes
	$(BIN)/python -m tests.load

test-llm: $(VENV)/development ## test with a real local model, in minutes: make test-llm LLM_SERVER=script
	$(BIN)/pip install --quiet xllamacpp
	PULLQUOTE_TEST_LLM_SERVER=$(LLM_SERVER) $(BIN)/python -m pytest tests/test_real_model.py

record-llm: $(VENV)/development ## record a model's replies for the tests: make record-llm LLM_URL=http://127.0.0.1:8091/v1
	$(BIN)/python tests/record_replies.py --url $(LLM_URL)

check: $(VENV)/development ## run the fast checks only: style, types, imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

eval: $(VENV)/runtime ## ask the shipped cases and compare with the committed baseline
	$(BIN)/pullquote eval

eval-real: $(VENV)/runtime ## ask the cases about real articles: make eval-real ARTICLES=folder
	$(BIN)/pullquote eval --cases eval/cases/real-news.jsonl --articles $(ARTICLES)

eval-bench: $(VENV)/runtime ## measure on public data sets: make eval-bench SQUAD=file BEIR=folder DATES=file CONFLICTS=file
	$(BIN)/pullquote eval bench squad --data $(SQUAD) --held-out
	$(BIN)/pullquote eval bench beir --data $(BEIR)
	$(BIN)/pullquote eval bench dates --data $(DATES)
	$(BIN)/pullquote eval bench conflicts --data $(CONFLICTS)
	$(BIN)/python -m eval.adding_cost

bench: $(VENV)/development ## measure against the usual LlamaIndex starter, in one run
	$(BIN)/pip install --quiet --requirement requirements-bench.lock
	$(BIN)/python -m eval.benchmark

train-reader: $(VENV)/development ## train the reader model, for hours without a GPU; again to go on: make train-reader TRAIN="files"
	$(BIN)/python -m eval.training --lines $(TRAIN) --squad $(SQUAD) --folder build/training --export

fit: $(VENV)/development ## fit the reader's parameters: make fit SQUAD=file LINES="files"
	$(BIN)/python -m eval.fitting --squad $(SQUAD) --lines $(LINES) --write

ablation: $(VENV)/development ## measure what each choice brings, in about half an hour: make ablation SQUAD=file BEIR=folder LINES="files"
	$(BIN)/python -m eval.fitting.ablation --squad $(SQUAD) --beir $(BEIR) --lines $(LINES)

lock: $(VENV)/development ## write the lock files again from pyproject.toml
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --extra report --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	$(COMPILE) --extra bench --constraint requirements.lock --output-file requirements-bench.lock pyproject.toml
	sed -i 's/^\(torch==[0-9.]*\)+cpu/\1/' requirements*.lock

format: $(VENV)/development ## put the code into its standard form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove what was built, .venv included
	rm -rf $(VENV) build *.egg-info .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
