"""The commands of make.py, inside the environment: python -m tools COMMAND."""

import os
import subprocess
import sys

from make import parse
from tools import book, colab, epub, mutants, mutation, notebooks, pdf, records, scheduler, site, suite
from tools.environment import ROOT, SetupError


def main(arguments):
    options = parse(arguments)
    if options.device:
        os.environ["BOOK_DEVICE"] = options.device
    if options.command == "mutants" and options.chapters == ["utils"]:
        return mutation.run()
    chapters = notebooks.select(options.chapters)
    if options.command == "book":
        return book.build(chapters if options.chapters else None)
    if options.command == "preview":
        return site.build(strict=False)
    if options.command == "serve":
        return site.serve(options.port)
    if options.command == "test":
        return suite.run()
    if options.command == "lab":
        lab = [sys.executable, "-m", "jupyter", "lab", "book"]
        return subprocess.run(lab, cwd=ROOT, env=os.environ | scheduler.kernels()).returncode
    if options.command == "data":
        return subprocess.run([sys.executable, "-m", "tools.data"], cwd=ROOT).returncode
    if options.command == "records":
        return records.repeat()
    if options.command == "mutants":
        return mutants.run(chapters)
    if options.command == "colab":
        return colab.write_all()
    if options.command == "pdf":
        return pdf.write()
    if options.command == "epub":
        return epub.write()
    if options.command == "repository":
        return notebooks.set_repository(options.url)
    return site.clean()


if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    except (notebooks.NotebookError, site.SiteError, SetupError) as error:
        print(f"\n{error}", file=sys.stderr)
        status = 1
    sys.exit(min(status, 125))
