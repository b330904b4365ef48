"""Readers who ask one question of the shipped cases after another, with time to read between; for locust."""

from __future__ import annotations

import json
import random
from itertools import count
from pathlib import Path
from typing import Final

from locust import HttpUser, events, task
from locust.argument_parser import LocustArgumentParser

CASES: Final = Path(__file__).parents[2] / "eval" / "cases" / "shipped.jsonl"
QUESTIONS: Final = [json.loads(line)["question"] for line in CASES.read_text(encoding="utf-8").splitlines()]

_asked = count()


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _options(parser: LocustArgumentParser) -> None:
    parser.add_argument("--think-least", type=float, default=1.0, help="Seconds between two questions of one reader.")
    parser.add_argument("--think-most", type=float, default=5.0)
    parser.add_argument(
        "--distinct", action="store_true", help="No question twice: each has a number of its own in front."
    )


class Reader(HttpUser):
    """Asks, reads, asks again."""

    def wait_time(self) -> float:
        options = self.environment.parsed_options
        return random.uniform(options.think_least, options.think_most)

    @task
    def ask(self) -> None:
        """One question; anything but an answer is a failure."""
        question = random.choice(QUESTIONS)
        if self.environment.parsed_options.distinct:
            question = f"({next(_asked)}) {question}"
        with self.client.post("/v1/ask", json={"question": question}, catch_response=True) as response:
            if response.status_code != 200:
                response.failure(f"status {response.status_code}: {response.text[:200]}")
            elif "status" not in response.json():
                response.failure("no answer")
