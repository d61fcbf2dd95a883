# Short names for the verbs of bootstrap.py, which does the work and also runs where there is no make.
PYTHON ?= python3

.PHONY: help setup demo test fuzz check bench lock docs

help:
	@$(PYTHON) bootstrap.py --help

setup demo test fuzz check bench lock docs:
	@$(PYTHON) bootstrap.py $@ $(ARGS)
