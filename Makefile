# One verb per task; each sets up what it needs, in .venv, when that is missing or out of date.
#
#   make VERB [PYTHON=/path/to/python3] [COURSE=first|production]
#
# COURSE is for report, site, handout and slides; without it they run both courses.

PYTHON ?= python3
OLDEST := 3.11
PY     := .venv/bin/python
# What is installed: the base, or with it the optional dependencies of pyproject.toml that a verb needs.
BASE    := .venv/.ready-base
HANDOUT := .venv/.ready-handout
DEV     := .venv/.ready-dev

# An editable install remembers its folder, so a project that was moved or copied is set up again.
ifneq '$(shell cat $(BASE) 2>/dev/null)' '$(CURDIR)'
$(shell rm -f .venv/.ready-*)
endif

.DEFAULT_GOAL := help
.PHONY: help report site handout slides test test-all lab check languages pages measure bench clean

help:
	@echo 'make report   run all notebooks on a cluster of their own and write reports/index.html'
	@echo 'make site     the same as a folder for a static web server: site/, whose first page is index.html'
	@echo 'make handout  run them and write reports/handout.pdf and reports/trainer.pdf'
	@echo 'make slides   run them and write reports/slides/index.html'
	@echo 'make test     run the tests, but for the slow ones (a few minutes)'
	@echo 'make test-all run all tests: those of make test, then the slow ones'
	@echo 'make lab      open the notebooks in JupyterLab'
	@echo 'make check    style, types, imports, prose; notebooks without outputs'
	@echo 'make languages  build the clients in Go, Java and Node.js, and measure which pods they reach'
	@echo 'make pages    copy into FIX.md and README.md what they quote'
	@echo 'make measure  repeat every event of the second course (an hour; goes on where it stopped)'
	@echo 'make bench    measure the local cluster, and the waits of the notebooks at the pace of a class'
	@echo 'make clean    remove .venv, reports and caches'

report: $(BASE)
	$(PY) -m helpers.report $(if $(COURSE),--course $(COURSE))

# .nojekyll: GitHub Pages then serves the files as they are.
site: $(BASE)
	$(PY) -m helpers.report --output site $(if $(COURSE),--course $(COURSE))
	@touch site/.nojekyll

handout: $(HANDOUT)
	$(PY) -m helpers.handout pdf $(if $(COURSE),--course $(COURSE))

slides: $(HANDOUT)
	$(PY) -m helpers.handout slides $(if $(COURSE),--course $(COURSE))

# tests/conftest.py says how many run at a time, and in which order.
PYTEST := $(PY) -m pytest -n auto --dist loadgroup --no-loadscope-reorder

test: $(DEV)
	$(PYTEST) -m 'not slow'

test-all: test
	$(PYTEST) -n 2 -m slow

# Jupyter refuses to run as root unless it is told to.
lab: $(BASE)
	cd notebooks && PYTHONSTARTUP='$(CURDIR)/helpers/lesson/startup.py' ../$(PY) -m jupyterlab $$([ "$$(id -u)" -ne 0 ] || echo --allow-root)

check: $(DEV)
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(PY) .venv/bin/lint-imports
	$(PY) -m tests.prose
	.venv/bin/zizmor -q --offline .github
	$(PY) -m nbstripout --verify --keep-id notebooks/*.ipynb notebooks/*/*.ipynb

# A language whose tools are not on PATH is left out.
languages: $(DEV)
	$(PY) -m benchmarks.languages
	$(PY) -m helpers.lesson.excerpts

pages: $(BASE)
	$(PY) -m helpers.lesson.excerpts

# Goes on where it was interrupted; reports/measured has what each run saved.
measure: $(BASE)
	$(PY) -m helpers.report.measure

bench: $(DEV)
	$(PY) -m benchmarks

clean:
	rm -rf .venv reports site build dist *.egg-info
	rm -rf greeter/clients/go/v1 greeter/clients/java/target greeter/clients/node/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find benchmarks controlplane greeter helpers localcluster tests notebooks \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

$(BASE): INSTALLS := base
$(HANDOUT): INSTALLS := base handout
$(DEV): INSTALLS := base handout dev

$(BASE) $(HANDOUT) $(DEV): pyproject.toml constraints.txt
	@command -v '$(PYTHON)' >/dev/null || { \
	  echo 'There is no $(PYTHON); install Python $(OLDEST) or newer, or name one: make PYTHON=/path/to/python3' >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info[:2] < tuple(map(int, "$(OLDEST)".split("."))))' || { \
	  echo '$(PYTHON) is too old: Python $(OLDEST) or newer is needed; name one: make PYTHON=/path/to/python3' >&2; exit 1; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '$(PYTHON) has no venv module; on Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }
	@mkdir -p .venv 2>/dev/null && [ -w .venv ] || { \
	  echo '$(CURDIR)/.venv cannot be written to; copy the project to a folder of yours, and run make there' >&2; exit 1; }
	@echo 'Setting up .venv ($(INSTALLS)); the first time this downloads packages.'
	@[ -n '$(wildcard .venv/.ready-*)' ] || '$(PYTHON)' -m venv .venv
	@$(PY) -I helpers/cli/install.py $(filter-out base,$(INSTALLS))
	@for part in $(INSTALLS); do printf '%s' '$(CURDIR)' >.venv/.ready-$$part; done
