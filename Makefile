# Each target is one call of make.py, which works without make too: python make.py book
PYTHON ?= python3
COMMANDS := setup book preview serve test floor versions lab data records mutants colab pdf epub repository clean

.PHONY: help $(COMMANDS)

help:
	@$(PYTHON) make.py --help

$(COMMANDS):
	@$(PYTHON) make.py $@ $(CHAPTERS) $(if $(DEVICE),--device $(DEVICE)) $(if $(URL),--url $(URL)) $(if $(PORT),--port $(PORT))
