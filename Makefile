# Each target sets up what it needs in .venv and then does its one thing. CI calls nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
POOLS ?= ../pools

.PHONY: demo test test-servers soak release-exercises lock docs lab check wheel notebooks bench bench-pools bench-scale bench-live train clean

demo: $(VENV)/.core  ## the main job on the embedded model
	$(BIN)/python -m dynscaling_nb demo

test: $(VENV)/.test $(VENV)/.browser build/.aimock build/binder/.done  ## every test, the tutorials as on Binder, the exercises
	$(BIN)/pytest tests $(LONG:%=--ignore=%)
	($(BIN)/pytest $(LONG) && $(BIN)/pytest --nbval-lax notebooks/exercises/source) & beside=$$!; \
	ulimit -d $(MEMORY) && build/binder/bin/pytest --nbval --nbval-sanitize-with notebooks/sanitize.cfg notebooks/*.ipynb && wait $$beside

test-servers: $(VENV)/.servers build/llama/out/bin/llama-server build/litellm/.done  ## against llama.cpp and the LiteLLM proxy; builds both
	$(BIN)/pytest -s tests/servers.py

# Long ones that no clock matters to: they run beside the tutorials, which take one core of two.
LONG := tests/test_exercises.py tests/storage/test_killed.py tests/test_docs.py

release-exercises: $(VENV)/.test  ## the students' version of the exercises, into build/exercises/release
	rm -rf build/exercises && mkdir -p build/exercises && cp -r notebooks/exercises/. build/exercises/
	cd build/exercises && for name in $$(ls source); do PATH="$(CURDIR)/$(BIN):$$PATH" nbgrader generate_assignment --log-level WARN $$name || exit 1; done

lock:  ## pin anew what Binder installs
	rm -rf build/lock && $(PYTHON) -m venv build/lock && build/lock/bin/python -m pip install --quiet --disable-pip-version-check ".[lab]"
	(sed -n 1p binder/requirements.txt; build/lock/bin/python -m pip freeze --exclude dynscaling_nb) > build/lock/requirements.txt
	mv build/lock/requirements.txt binder/requirements.txt

soak: $(VENV)/.test  ## 20,000 responses with 64 in flight: memory, connections, tasks
	$(BIN)/pytest -s tests/soak.py

lab: $(VENV)/.lab  ## JupyterLab on the quickstart
	$(BIN)/jupyter lab notebooks/01_quickstart.ipynb

check: $(VENV)/.check  ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

wheel: $(VENV)/.test  ## build a wheel, install it into an empty environment, run it there
	rm -rf build/wheel dist && $(BIN)/python -m build --wheel --outdir dist . >/dev/null
	$(PYTHON) -m venv build/wheel && build/wheel/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	cd build && wheel/bin/python -m dynscaling_nb demo --budget 20

notebooks: build/binder/.done  ## run the tutorials anew, with what Binder has, and keep their outputs
	build/binder/bin/jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.store_widget_state=False notebooks/*.ipynb

docs: $(VENV)/.docs  ## the documentation site, into build/docs
	rm -rf build/docs build/docs-source && mkdir -p build/docs-source/tutorials && cp -r docs/. build/docs-source/ && cp notebooks/0*.ipynb build/docs-source/tutorials/
	cp README.md CHANGELOG.md CONTRIBUTING.md build/
	$(BIN)/sphinx-build -n -W --keep-going -q build/docs-source build/docs

bench: $(VENV)/.test  ## engine, policies, panel, start and the embedded model; tables, and JSON under benchmarks/results/
	$(BIN)/python benchmarks/engine.py
	$(BIN)/python benchmarks/policies.py
	$(BIN)/python benchmarks/panel.py
	$(BIN)/python benchmarks/start.py
	$(BIN)/python benchmarks/abacus.py

bench-pools: $(VENV)/.test  ## policies replayed on a folder of recorded answers: make bench-pools POOLS=FOLDER
	$(BIN)/python benchmarks/allocation.py $(POOLS)
	$(BIN)/python benchmarks/variants.py $(POOLS)
	$(BIN)/python benchmarks/signals.py $(POOLS)

bench-scale: $(VENV)/.test  ## many queries, many requests, many workers; a quarter of an hour: make bench-scale POOLS=FOLDER
	$(BIN)/python benchmarks/scale.py $(POOLS)

bench-live: $(VENV)/.core  ## strategies on the embedded model, drawn live; half an hour, goes on where it was cut off
	$(BIN)/python benchmarks/strategies.py --step 2

train: $(VENV)/.train  ## the embedded model's weights, from nothing: an hour and a half on two cores
	mkdir -p build
	PYTHONPATH=. $(BIN)/python training/train_abacus.py --minutes 65 --agreed 0 --own 0.7 --heat 1.0 --out build/first.npz
	PYTHONPATH=. $(BIN)/python training/train_abacus.py --start build/first.npz --rate 1e-3 --minutes 21 --seed 1 --out dynscaling_nb/models/abacus/weights.npz

# What Binder has, and nbval beside it; the tutorials run within its 2 GB.
MEMORY := 2000000
build/binder/.done: binder/requirements.txt $(shell find dynscaling_nb -type f -not -name "*.pyc") pyproject.toml
	@test -x build/binder/bin/python || $(PYTHON) -m venv build/binder
	build/binder/bin/python -m pip install --quiet --disable-pip-version-check --requirement binder/requirements.txt
	build/binder/bin/python -m pip install --quiet --disable-pip-version-check --no-deps .
	build/binder/bin/python -m pip install --quiet --disable-pip-version-check "nbval>=0.11"
	@touch $@

# A server for tests that is not ours; where there is no node its tests are skipped.
build/.aimock: Makefile
	@mkdir -p build
	@command -v npm >/dev/null && npm install --silent --ignore-scripts --no-audit --no-fund --prefix build/aimock @copilotkit/aimock@1.43.0 \
		|| echo "no npm here: the tests against aimock are skipped"
	@touch $@

LLAMA := llama-cpp-python==0.3.36

build/llama/out/bin/llama-server: | $(BIN)/python  ## llama.cpp's server, from the sources in the archive of its Python package
	mkdir -p build/llama
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: --dest build/llama $(LLAMA)
	tar xzf build/llama/llama_cpp_python-*.tar.gz -C build/llama
	cmake -S build/llama/llama_cpp_python-*/vendor/llama.cpp -B build/llama/out -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
		-DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DGGML_NATIVE=OFF >/dev/null
	cmake --build build/llama/out --target llama-server -j2 >/dev/null

build/litellm/.done:  # in an environment of its own: it wants another openai
	$(PYTHON) -m venv build/litellm && build/litellm/bin/python -m pip install --quiet --disable-pip-version-check 'litellm[proxy]>=1.80'
	@touch $@

clean:
	rm -rf $(VENV) build dist benchmarks/results

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.lab $(VENV)/.test $(VENV)/.servers $(VENV)/.docs $(VENV)/.check $(VENV)/.train: $(VENV)/.%: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[$*]"
	@touch $@

# Debian's chromium where there is none yet and we may install it; Playwright's own build elsewhere.
$(VENV)/.browser: | $(VENV)/.test
	@command -v chromium >/dev/null || (command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
		&& apt-get update -qq && apt-get install -y -qq chromium >/dev/null) || $(BIN)/playwright install chromium
	@touch $@
