# On a fresh machine: `make demo` shows what exactgeo does, `make test` runs all its tests.
# Both set up a virtual environment in .venv first, and what pycddlib needs to compile.

PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
READY   = $(VENV)/.ready
DEMO   ?= build/demo
FUZZING ?= 600
MODEL   = examples/models/moons.onnx

.PHONY: demo test lint nightly bench bench-certify bench-geometry bench-kernels bench-linear bench-programs growth mutants fuzz conformance libraries clean

demo: $(READY)
	mkdir -p $(DEMO)
	$(BIN)/exactgeo inspect $(MODEL)
	$(BIN)/exactgeo certify $(MODEL) --domain box:-1,1 -o $(DEMO)/moons.cert
	$(BIN)/exactgeo check $(DEMO)/moons.cert --model $(MODEL)
	$(BIN)/python -I -S proofs/check.py $(DEMO)/moons.cert
	@echo
	@echo "The certificate lies in $(DEMO)/moons.cert. proofs/check.py has just verified it; that file imports nothing of"
	@echo "exactgeo. proofs/RULES.md says what it proves and why; README.md shows what else there is."

test: $(READY) lint
	$(BIN)/pytest -n auto

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/lint-imports

nightly: $(READY)
	HYPOTHESIS_PROFILE=nightly $(BIN)/pytest -n auto -m "nightly or not nightly"

# How long the import of a network of 100,000 units takes; regions per second of the engines, beside regioncam's.
bench: $(READY)
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	$(BIN)/python tests/perf/bench_import.py
	$(BIN)/python tests/perf/bench_enumerate.py --all

# Time per region against numbers of regions, widths, depth and dimension: build/growth.svg.
growth: $(READY)
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	mkdir -p build
	$(BIN)/python tests/perf/plot_growth.py build/growth.svg

# What affine pieces and linear regions cost beside finding the regions, and beside one linear program a row.
bench-linear: $(READY)
	$(BIN)/python tests/perf/bench_linear_regions.py

# What certificates cost beside finding the regions: to make, to check, and their sizes.
bench-certify: $(READY)
	$(BIN)/python tests/perf/bench_certify.py

# What cells, skeletons, boundaries and their pictures take, and how much memory.
bench-geometry: $(READY)
	$(BIN)/python tests/perf/bench_geometry.py

# What neural path kernels cost beside evaluating the network.
bench-kernels: $(READY)
	$(BIN)/python tests/perf/bench_kernels.py

# Regions of networks with hundreds of inputs, by linear programs; 100,000 of each.
bench-programs: $(READY)
	$(BIN)/python tests/perf/bench_programs.py --regions 100000

# The score of the checker against corrupted certificates.
mutants: $(READY)
	$(BIN)/pytest -s tests/mutants

# Hostile files for the importer: `make fuzz FUZZING=60`; what it finds is kept in build/fuzz.
fuzz: $(READY)
	PYTHONPATH=tests $(BIN)/python -m fuzz.fuzz_import --seconds $(FUZZING) --out build/fuzz

# The importer against the standard's own tests: a table by operator.
conformance: $(READY)
	PYTHONPATH=tests $(BIN)/python -m conformance.standard

$(READY): pyproject.toml proofs/check.py
	@$(MAKE) --no-print-directory libraries
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

# pycddlib has no wheel for Linux: cddlib and GMP must be there to compile it.
libraries:
	@PYTHON=$(PYTHON) sh .ci/libraries.sh

clean:
	rm -rf $(VENV) build
