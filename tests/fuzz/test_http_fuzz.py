"""The HTTP door under fuzzed requests, made by schemathesis from the service's own OpenAPI document."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.library import Library
from rag.pipeline import QuestionAnswerer
from rag.reader_model import ReaderModel
from service.http.app import create_app
from service.settings import Settings
from tests.conftest import BRIDGE, OWLS

FuzzedCase: TypeAlias = schemathesis.Case[Any]
"""A request as schemathesis makes it; the kinds of its operation's parts do not matter here."""

EXCLUDED: Final = (positive_data_acceptance,)
"""A schema cannot say that a question has more than white space, nor that an article with an address can be cleaned."""


@dataclass(slots=True)
class Tally:
    """Counts the responses of an ASGI application by status, and by route those that report a failure."""

    app: ASGIApp
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.statuses[int(message["status"])] += 1
                if message["status"] >= 500:
                    self.failures.append(f"{message['status']} {scope['method']} {scope['path']}")
            await send(message)

        await self.app(scope, receive, counted)


@dataclass(frozen=True, slots=True)
class FuzzedService:
    """A service that runs, what it promises, and what it has answered so far."""

    schema: BaseSchema
    tally: Tally
    library: Library


@pytest.fixture
def service(library: Library, reader_model: ReaderModel) -> Iterator[FuzzedService]:
    """A real server over a small library, without limits on how often it may be asked."""
    library.add([BRIDGE, OWLS])
    unlimited = Settings(address_requests_per_minute=0, key_requests_per_minute=0)
    tally = Tally(create_app(QuestionAnswerer(library, reader_model), unlimited))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(tally, log_level="critical"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    host, port = listening.getsockname()
    yield FuzzedService(schemathesis.openapi.from_url(f"http://{host}:{port}/openapi.json"), tally, library)
    server.should_exit = True
    thread.join()
    listening.close()


def quick(examples: int) -> settings:
    """As many examples, the same ones each time, and each bad one shown as it was found."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


def send_each_operation(service: FuzzedService, examples: int) -> None:
    """Sends as many requests to each operation that fit its schema, and as many that do not."""
    for result in service.schema.get_all_operations():
        assert isinstance(result, Ok), result
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @quick(examples)
            @given(case=result.ok().as_strategy(generation_mode=mode))
            def send(case: FuzzedCase) -> None:
                case.call_and_validate(excluded_checks=list(EXCLUDED))

            # some operations have nothing that could be wrong
            with suppress(Unsatisfiable):
                send()


def send_in_sequence(service: FuzzedService, sequences: int, steps: int) -> None:
    """Sends requests one after another that use what earlier ones gave back: add, get, ask, delete."""

    class Sequences(service.schema.as_state_machine()):  # type: ignore[misc]  # the schema is read when the test runs
        def setup(self) -> None:
            """Each sequence begins with the same library, so that the same requests get the same responses."""
            for article_id in service.library.catalogue.article_ids():
                service.library.remove(article_id)
            service.library.add([BRIDGE, OWLS])

        def validate_response(self, response: Response, case: FuzzedCase, **options: object) -> None:
            options["excluded_checks"] = list(EXCLUDED)
            super().validate_response(response, case, **options)

    Sequences.run(settings=settings(quick(sequences), stateful_step_count=steps))


def assert_no_failure(service: FuzzedService, requests: int) -> None:
    """At least so many requests were answered, none of them with a status of 500 or more."""
    print(f"{service.tally.statuses.total():,} requests: {dict(sorted(service.tally.statuses.items()))}")
    assert service.tally.failures == []
    assert service.tally.statuses.total() >= requests


def test_fuzzed_requests_meet_no_failure(service: FuzzedService) -> None:
    """Hundreds of requests, alone and in sequences, get the statuses and bodies that the document names, and no 5xx."""
    send_each_operation(service, examples=16)
    send_in_sequence(service, sequences=5, steps=8)
    assert_no_failure(service, requests=250)


@pytest.mark.soak
def test_thousands_of_fuzzed_requests_meet_no_failure(service: FuzzedService) -> None:
    """The same with at least 5,000 requests."""
    send_each_operation(service, examples=300)
    send_in_sequence(service, sequences=150, steps=12)
    assert_no_failure(service, requests=5_000)
