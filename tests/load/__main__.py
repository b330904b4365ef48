"""`make load`: a real service over the sample articles; one reader, then many, then many while articles are added."""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from index.embedding import SentenceTransformerEmbedder
from index.library import Library
from index.loading import load
from tests.conftest import SAMPLES
from tests.load.measuring import Machine, Measurement, Readers, measure, measure_machine
from tests.service.service_process import ServiceProcess


def main() -> None:
    """Measures, prints a table, and leaves with status 1 if a question failed."""
    options = _options()
    think = (options.think, options.think) if options.think is not None else (1.0, 5.0)
    one, many = (Readers(clients, think, options.distinct) for clients in (1, options.clients))
    machine = measure_machine()
    with tempfile.TemporaryDirectory() as folder:
        _stock(Path(folder))
        # all readers share one address here, which in use they do not
        with ServiceProcess(Path(folder), {"address_requests_per_minute": "0", "log_format": "json"}) as service:
            service.until_ready()
            place = service.address, service.pid
            seconds = options.minutes * 60
            measured = [
                measure("one reader", *place, one, min(seconds, 60), adding=False),
                measure("many readers", *place, many, seconds, adding=False),
                measure("many readers, adds", *place, many, seconds, adding=True),
            ]
    print(_table(measured, machine))
    if options.json:
        options.json.write_text(json.dumps({"machine": asdict(machine), "runs": [asdict(one) for one in measured]}))
    if any(one.errors or not one.requests for one in measured):
        raise SystemExit(1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long many readers ask, in each of two runs")
    parser.add_argument("--clients", type=int, default=16, help="how many readers many are")
    parser.add_argument("--think", type=float, help="seconds between two questions; by default 1 to 5, at random")
    parser.add_argument(
        "--distinct", action="store_true", help="no question twice, so that nothing of it was read before"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go as JSON")
    return parser.parse_args()


def _stock(folder: Path) -> None:
    library = Library(folder, SentenceTransformerEmbedder())
    library.add(load(SAMPLES))
    library.close()


def _table(measured: list[Measurement], machine: Machine) -> str:
    columns = ("requests", "errors", "per s", "p50", "p95", "p99", "min 2", "end", "added")
    head = " " * 20 + "".join(f"{column:>9}" for column in columns)
    rows = [
        f"{one.name:20}{one.requests:9}{one.errors:9}{one.per_second:9.2f}{one.p50_ms:9.0f}{one.p95_ms:9.0f}"
        f"{one.p99_ms:9.0f}{one.settled_mb:9.0f}{one.end_mb:9.0f}{one.added:9}"
        for one in measured
    ]
    problems = [f"{one.name}: {problem}" for one in measured for problem in one.problems]
    speed = (
        f"times in ms, memory in MB; the machine before: {machine.cores} cores, Python loop {machine.python_ms:.0f} ms,"
        f" matrices {machine.matrices_ms:.1f} ms"
    )
    return "\n".join([head, *rows, *problems, speed])


if __name__ == "__main__":
    main()
