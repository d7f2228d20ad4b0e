# What people type. `make run` and `make test` need Python 3.11 or newer and nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: install run demo test bench bench-full bench-peers check clean

$(BIN)/.installed: pyproject.toml
	@started=$$(date +%s); set -ex; \
	$(PYTHON) -m venv $(VENV); \
	$(BIN)/python -m pip install --quiet --upgrade pip; \
	$(BIN)/python -m pip install --quiet -e .; \
	touch $@; { set +x; } 2>/dev/null; \
	echo "Installed in $$(($$(date +%s) - started)) s; $(VENV) takes $$(du -sh $(VENV) | cut -f1)."

install: $(BIN)/.installed

shop/shop.json: $(BIN)/.installed src/sayfind/shop.py $(wildcard src/sayfind/demo/*.t*)
	$(BIN)/sayfind index src/sayfind/demo/catalog.tsv -o shop --queries src/sayfind/demo/queries.txt

run: shop/shop.json
	$(BIN)/sayfind serve --shop shop

demo: shop/shop.json
	$(BIN)/sayfind hear src/sayfind/demo/recordings/nike-running-shoes.flac --shop shop --trace

test: install
	VENV=$(VENV) scripts/test

bench: install
	VENV=$(VENV) scripts/bench

bench-full: install
	VENV=$(VENV) scripts/bench --full

bench-peers: install
	$(BIN)/python -m pip install --quiet -e ".[peers]"
	$(BIN)/python -m benchmarks.peers --page

check: install
	VENV=$(VENV) scripts/check

clean:
	rm -rf $(VENV) shop
