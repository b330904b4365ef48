"""The LLM writer over a real connection to a server that plays a script: what it makes of good and bad replies."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

import pytest

from index.article import Article
from index.embedding import SentenceTransformerEmbedder
from index.errors import (
    ContextOverflowError,
    LanguageModelError,
    ModelRefusalError,
    ModelUnreachableError,
    ReplyCancelledError,
    UnusableReplyError,
)
from index.library import Library
from rag.answer import Passage, Question
from rag.events import ClaimMade
from rag.generation import ReplyFormat, Writer, Written
from rag.language_model import Cancellation
from rag.llm import open_language_model
from rag.pipeline import QuestionAnswerer
from rag.prompts import NOT_IN_ARTICLES
from tests.conftest import BRIDGE, OWLS
from tests.language_model_server import (
    Behaviour,
    Break,
    Empty,
    Garbage,
    Hang,
    LanguageModelServer,
    ModelRequest,
    Reply,
    Status,
)

pytest.importorskip("llama_index.llms.openai_like")

QUESTION: Final = "How much did the harbour bridge cost?"
OPENED: Final = ("The harbour bridge opened on May 14, 2024.", "1.1")
COST: Final = ("Building it cost 40 million euros.", "1.3")
UNGROUNDED: Final = ("Building it cost 55 million euros.", "1.3")
FRENCH: Final = ("La construction du pont du port a duré six ans, selon la mairie.", "1.3")
TOO_LONG: Final = Status(400, json.dumps({"error": {"message": "the request exceeds the available context size"}}))
SCHEMA_REFUSED: Final = Status(400, json.dumps({"error": {"message": "response_format is not supported"}}))
MARKET: Final = Article(
    "market", "The market hall in Velmora closed on Friday. Its roof is to be mended.", "Market closed"
)


@pytest.fixture(scope="module")
def passages(
    tmp_path_factory: pytest.TempPathFactory, embedder: SentenceTransformerEmbedder
) -> Iterator[tuple[Passage, ...]]:
    """Three passages, of which the first is about the bridge."""
    library = Library(tmp_path_factory.mktemp("generation") / "library", embedder)
    library.add([BRIDGE, OWLS, MARKET])
    found = QuestionAnswerer(library).search(Question(QUESTION), 3)
    assert len(found) == 3
    assert found[0].article.id == BRIDGE.id
    yield found
    library.close()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a writer gave before it ended, how it ended, and the requests that the server had."""

    claims: tuple[ClaimMade, ...]
    end: Written | LanguageModelError
    requests: Sequence[ModelRequest]

    @property
    def texts(self) -> list[str]:
        return [made.claim.text for made in self.claims]

    @property
    def written(self) -> Written:
        assert isinstance(self.end, Written), self.end
        return self.end

    @property
    def counts(self) -> tuple[int, int]:
        """Unknown ids and dropped claims of a reply that did not break off."""
        assert self.written.broken is None
        return self.written.unknown_ids, self.written.dropped_claims


def writing(
    server: LanguageModelServer,
    passages: Sequence[Passage],
    cancellation: Cancellation | None = None,
    seconds: float = 30.0,
    reply_format: ReplyFormat = ReplyFormat.AUTO,
) -> Generator[ClaimMade, None, Written]:
    """What a writer makes of the replies of `server`, for a reader that takes every sentence for an answer."""
    model = open_language_model(server.setting)
    assert model is not None
    writer = Writer(model, passages=3, reply_format=reply_format)
    return writer.write(QUESTION, passages, (), lambda *_: True, monotonic() + seconds, cancellation or Cancellation())


def written(
    passages: Sequence[Passage],
    *script: Behaviour,
    seconds: float = 5.0,
    reply_format: ReplyFormat = ReplyFormat.AUTO,
) -> Outcome:
    """What a writer makes of a server's script."""
    with LanguageModelServer(script) as server:
        claims_made = writing(server, passages, None, seconds, reply_format)
        claims = []
        try:
            while True:
                claims.append(next(claims_made))
        except StopIteration as end:
            return Outcome(tuple(claims), end.value, server.requests)
        except LanguageModelError as error:
            return Outcome(tuple(claims), error, server.requests)


def as_json(*claims: tuple[str, ...]) -> str:
    """A reply under the schema; each claim is its text and its ids."""
    listed = [{"text": text, "sentences": ids} for text, *ids in claims]
    return json.dumps({"answered": bool(claims), "claims": listed})


def shown(request: ModelRequest) -> str:
    """What the user's last message in a request says."""
    return request.messages[-1]["content"]


def schema_of(request: ModelRequest) -> Mapping[str, object] | None:
    """The JSON schema that a request asks the server to hold its reply to."""
    form = request.body.get("response_format")
    return form["json_schema"]["schema"] if isinstance(form, dict) else None


def test_a_good_reply_becomes_claims_with_quotes(passages: tuple[Passage, ...]) -> None:
    """The model's words, and copies of the sentences that it points at."""
    outcome = written(passages, Reply(as_json(COST, OPENED)))
    assert outcome.texts == [COST[0], OPENED[0]]
    assert outcome.counts == (0, 0)
    for made in outcome.claims:
        assert made.new_citations
        for citation in made.new_citations:
            assert citation.span.of(BRIDGE.text) == citation.cited_text
    assert len(outcome.requests) == 1


def test_each_claim_comes_before_the_reply_is_complete(passages: tuple[Passage, ...]) -> None:
    """Nobody waits for the last word to read the first."""
    started = monotonic()
    with LanguageModelServer([Reply(as_json(COST, OPENED), parts=6, delay=0.2)]) as server:
        claims = writing(server, passages)
        assert next(claims).claim.text == COST[0]
        first = monotonic() - started
        assert next(claims).claim.text == OPENED[0]
        assert monotonic() - started >= first + 0.2
        claims.close()


def test_the_server_is_given_the_passages_and_their_ids_alone(passages: tuple[Passage, ...]) -> None:
    """The schema allows no other id, and every sentence of the passages is shown under its own."""
    (request,) = written(passages, Reply(as_json(COST))).requests
    schema = json.dumps(schema_of(request))
    assert '"1.4", "2.1"' in schema
    assert '"4.1"' not in schema
    assert "[1.3] Building it took six years and cost 40 million euros." in shown(request)
    assert request.body["temperature"] == 0


def test_unknown_ids_are_counted(passages: tuple[Passage, ...]) -> None:
    """A server that holds its model to nothing may let it invent some."""
    outcome = written(passages, Reply(as_json((*COST, "8.8", "1.99"))))
    assert outcome.texts == [COST[0]]
    assert outcome.written.unknown_ids == 2


def test_an_ungrounded_claim_is_asked_for_once_more_with_its_fault_named(passages: tuple[Passage, ...]) -> None:
    """The second request says what is wrong; the mended claim stands beside the good one."""
    outcome = written(passages, Reply(as_json(OPENED, UNGROUNDED)), Reply(as_json(COST)))
    assert outcome.texts == [OPENED[0], COST[0]]
    assert outcome.counts == (0, 0)
    first, second = outcome.requests
    assert "55 million" not in json.dumps(first.messages)
    assert UNGROUNDED[0] in shown(second)
    assert "its sentences do not say the amount 55 million euros" in shown(second)


def test_a_claim_that_fails_twice_is_dropped_and_counted(passages: tuple[Passage, ...]) -> None:
    """There is no third request."""
    outcome = written(passages, Reply(as_json(OPENED, UNGROUNDED)), Reply(as_json(UNGROUNDED)))
    assert outcome.texts == [OPENED[0]]
    assert outcome.counts == (0, 1)
    assert len(outcome.requests) == 2


def test_a_second_reply_that_gives_the_claim_up_drops_it(passages: tuple[Passage, ...]) -> None:
    """To leave a claim out is what the model is told to do with one that no sentence says."""
    outcome = written(passages, Reply(as_json(UNGROUNDED)), Reply(as_json()))
    assert outcome.texts == []
    assert outcome.counts == (0, 1)


@pytest.mark.parametrize("failure", [Status(500), Empty(), Break(as_json(COST), 9), Garbage()])
def test_what_stood_stays_when_the_second_reply_fails(passages: tuple[Passage, ...], failure: Behaviour) -> None:
    """A good claim is not lost because a bad one could not be mended."""
    outcome = written(passages, Reply(as_json(OPENED, UNGROUNDED)), failure)
    assert outcome.texts == [OPENED[0]]
    assert outcome.written.dropped_claims == 1


def test_a_claim_is_given_once(passages: tuple[Passage, ...]) -> None:
    """However often a model says it."""
    outcome = written(passages, Reply(as_json(COST, COST, UNGROUNDED)), Reply(as_json(COST)))
    assert outcome.texts == [COST[0]]


@pytest.mark.parametrize(("form", "reply"), [(ReplyFormat.JSON, as_json()), (ReplyFormat.TEXT, NOT_IN_ARTICLES)])
def test_silence_is_an_answer_that_is_not_asked_for_again(
    passages: tuple[Passage, ...], form: ReplyFormat, reply: str
) -> None:
    """The model says that the articles do not answer."""
    outcome = written(passages, Reply(reply), reply_format=form)
    assert (outcome.texts, outcome.written.dropped_claims, len(outcome.requests)) == ([], 0, 1)


def test_text_with_markers_does_as_well(passages: tuple[Passage, ...]) -> None:
    """For servers that cannot hold a model to a schema; none is sent."""
    reply = f"{COST[0]} [1.3] {OPENED[0]} [1.1]"
    outcome = written(passages, Reply(reply, parts=len(reply)), reply_format=ReplyFormat.TEXT)
    assert outcome.texts == [COST[0], OPENED[0]]
    assert schema_of(outcome.requests[0]) is None


def test_a_server_that_refuses_the_schema_is_asked_for_text(passages: tuple[Passage, ...]) -> None:
    """Status 400 to the form; the second request has another one."""
    outcome = written(passages, SCHEMA_REFUSED, Reply(f"{COST[0]} [1.3]"))
    assert outcome.texts == [COST[0]]
    first, second = outcome.requests
    assert schema_of(first) is not None
    assert schema_of(second) is None
    assert first.messages[0] != second.messages[0]


def test_a_form_that_is_asked_for_by_name_is_not_given_up(passages: tuple[Passage, ...]) -> None:
    """Who sets the format to JSON hears that the server cannot."""
    outcome = written(passages, SCHEMA_REFUSED, reply_format=ReplyFormat.JSON)
    assert isinstance(outcome.end, ModelRefusalError)
    assert len(outcome.requests) == 1


def test_a_prompt_that_is_too_long_is_sent_with_half_the_passages(passages: tuple[Passage, ...]) -> None:
    """Three, then one: what is left is the nearest."""
    outcome = written(passages, TOO_LONG, Reply(as_json(COST)))
    assert outcome.texts == [COST[0]]
    first, second = outcome.requests
    assert OWLS.text.split(".")[0] in shown(first)
    assert OWLS.text.split(".")[0] not in shown(second)
    assert BRIDGE.text.split(".")[0] in shown(second)


def test_a_prompt_that_is_always_too_long_is_given_up(passages: tuple[Passage, ...]) -> None:
    """One passage is the least."""
    outcome = written(passages, TOO_LONG)
    assert isinstance(outcome.end, ContextOverflowError)
    assert len(outcome.requests) == 2


def test_half_a_json_reply_keeps_the_claims_that_stand(passages: tuple[Passage, ...]) -> None:
    """The server ends the reply in the middle of a claim: what stood is kept, and it is said that more was coming."""
    reply = as_json(COST, OPENED)
    outcome = written(passages, Reply(reply[: reply.index("opened")]))
    assert outcome.texts == [COST[0]]
    assert "broken off" in (outcome.written.broken or "")
    assert len(outcome.requests) == 1


def test_a_connection_that_breaks_keeps_the_claims_that_stand(passages: tuple[Passage, ...]) -> None:
    """The same, when it is the connection that ends."""
    reply = as_json(COST, OPENED)
    outcome = written(passages, Break(reply, reply.index("opened")))
    assert outcome.texts == [COST[0]]
    assert "broke off" in (outcome.written.broken or "")


def test_a_connection_that_breaks_before_a_claim_stands_is_a_failure(passages: tuple[Passage, ...]) -> None:
    """There is nothing to keep."""
    assert isinstance(written(passages, Break(as_json(COST), 20)).end, ModelUnreachableError)


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (Empty(), "is empty"),
        (Reply("  \n"), "is empty"),
        (Reply('{"answered": true, "cl'), "is broken off"),
        (Reply(as_json(FRENCH)), "in another language"),
        (Reply("???"), "neither claims nor"),
        (Reply('{"answer": "40 million euros"}'), "neither claims nor"),
        (Reply("<think>I wonder what it cost."), "broken off"),
    ],
)
def test_a_reply_that_cannot_be_used_is_asked_for_once_more(
    passages: tuple[Passage, ...], behaviour: Behaviour, words: str
) -> None:
    """The second reply may be good; if it is not, the error says in plain words what was wrong."""
    mended = written(passages, behaviour, Reply(as_json(COST)))
    assert (mended.texts, len(mended.requests)) == ([COST[0]], 2)
    given_up = written(passages, behaviour)
    assert isinstance(given_up.end, UnusableReplyError)
    assert words in str(given_up.end)
    assert len(given_up.requests) == 2


def test_one_deadline_covers_all_replies(passages: tuple[Passage, ...]) -> None:
    """A slow first reply leaves the second one little time."""
    started = monotonic()
    slow = Reply(as_json(UNGROUNDED), parts=4, delay=0.1)
    outcome = written(passages, slow, Hang(30), seconds=3)
    assert 2.9 < monotonic() - started < 15
    assert isinstance(outcome.end, ModelUnreachableError)
    assert len(outcome.requests) == 2


@pytest.mark.parametrize("script", [[Hang(30)], [Reply(as_json(COST, OPENED), parts=40, delay=0.5)]])
def test_a_caller_who_goes_closes_the_connection(passages: tuple[Passage, ...], script: list[Behaviour]) -> None:
    """The server soon knows, whether it has begun to reply or not."""
    cancellation = Cancellation()
    with LanguageModelServer(script) as server:
        claims = writing(server, passages, cancellation)
        timer = threading.Timer(0.4, cancellation.cancel)
        timer.start()
        started = monotonic()
        with pytest.raises(ReplyCancelledError):
            list(claims)
        assert monotonic() - started < 8
        assert server.hung_up.wait(10)
        timer.join()
