"""The OpenAI chat-completions format: its requests -> questions, answers -> its responses.

Fields are as https://platform.openai.com/docs/api-reference/chat describes them. Beside them a response has the
whole answer under `pullquote`, and each annotation its citation, so that nothing is lost on the way.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from index.errors import QuestionError
from rag.answer import Answer, Citation, Claim, Question, Status, Turn
from rag.answer_draft import marked
from rag.events import ClaimMade
from service.agreement_text import agreement_lines
from service.wire import AnswerOut, CitationOut, FilterFields

NOT_IN_ARTICLES: Final = "The articles do not say."
_FOOTNOTE: Final = "\n\n[1] “"

CountTokens: TypeAlias = Callable[[Sequence[str]], list[int]]


class _Lenient(BaseModel):
    """What is sent to any such server: what this one has no use for is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class TextPart(_Lenient):
    """A part of a message; only text can be asked."""

    type: Literal["text"]
    text: str


class ChatMessage(_Lenient):
    """One message. What system and developer messages say is passed over, since every answer has one form."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """The message's words, its parts in one."""
        return "".join(part.text for part in self.content) if isinstance(self.content, list) else self.content or ""


class StreamOptions(_Lenient):
    """What a stream brings beside the answer."""

    include_usage: bool = False


class ChatRequest(FilterFields):
    """A conversation whose last message is the question. Which articles may answer is said as in /v1/ask."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {"model": "pullquote", "messages": [{"role": "user", "content": "When did Russia intervene?"}]}
            ]
        },
    )

    model: Annotated[str, Field(max_length=200)]
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=200)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Annotated[int | None, Field(ge=1, le=1)] = None

    def to_question(self) -> Question:
        """The last message, after the turns before it. Raises QuestionError when it is not the user's."""
        talk = [message for message in self.messages if message.role in ("user", "assistant")]
        if not talk or talk[-1].role != "user":
            raise QuestionError("the last message is not the user's: end the conversation with a question")
        return Question(talk[-1].text, self.article_filter(), tuple(_turns(talk[:-1])), self.as_of)


class UrlCitation(BaseModel):
    """Where in the message a marker such as [1] stands, and the article that it stands for."""

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(BaseModel):
    """A marker of the message, as OpenAI's `url_citation`, with the citation itself."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation
    citation: CitationOut


class CompletionMessage(BaseModel):
    """The answer as a message: claims with markers, then a footnote for each citation."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[Annotation]


class Choice(BaseModel):
    """The one answer there is."""

    index: Literal[0] = 0
    message: CompletionMessage
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = None


class Usage(BaseModel):
    """Tokens of the conversation and of the message, as the embedding model counts them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Completion(BaseModel):
    """A chat completion."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    pullquote: AnswerOut


class Delta(BaseModel):
    """What a chunk adds to the message."""

    role: Literal["assistant"] | None = None
    content: str | None = None
    annotations: list[Annotation] | None = None


class ChunkChoice(BaseModel):
    """The one answer there is, in the making."""

    index: Literal[0] = 0
    delta: Delta
    finish_reason: Literal["stop"] | None = None


class Chunk(BaseModel):
    """A piece of a streamed chat completion; the last but the usage has the whole answer."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: Usage | None = None
    pullquote: AnswerOut | None = None


class Model(BaseModel):
    """A model that may be asked."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: Literal["pullquote"] = "pullquote"


class ModelList(BaseModel):
    """The models that may be asked."""

    object: Literal["list"] = "list"
    data: list[Model]


class CompletionWriter:
    """Puts one answer into the format, whole or chunk by chunk; `base_url` is where the service is reached."""

    def __init__(self, request: ChatRequest, base_url: str, count_tokens: CountTokens) -> None:
        self._request = request
        self._base_url = base_url
        self._count_tokens = count_tokens
        self._id = f"chatcmpl-{uuid.uuid4().hex}"
        self._created = int(time.time())
        self._content = ""

    def whole(self, question: Question, answer: Answer) -> Completion:
        """The answer in one piece."""
        annotations = [self._add_claim(claim, answer.citations)[1] for claim in answer.claims]
        self._content += self._end(answer)
        message = CompletionMessage(content=self._content, annotations=[each for some in annotations for each in some])
        return Completion(
            id=self._id,
            created=self._created,
            model=self._request.model,
            choices=[Choice(message=message)],
            usage=self._usage(),
            pullquote=AnswerOut.of(question, answer),
        )

    def opening(self) -> Chunk:
        """The first chunk: who speaks."""
        return self._chunk(Delta(role="assistant", content=""))

    def claim(self, event: ClaimMade, citations: Sequence[Citation]) -> Chunk:
        """A claim with its markers, and what they stand for; `citations` are those so far."""
        text, annotations = self._add_claim(event.claim, citations)
        return self._chunk(Delta(content=text, annotations=annotations))

    def closing(self, question: Question, answer: Answer) -> Iterator[Chunk]:
        """The footnotes, the end with the whole answer, and the usage where it is asked for."""
        end = self._end(answer)
        self._content += end
        yield self._chunk(Delta(content=end))
        last = ChunkChoice(delta=Delta(), finish_reason="stop")
        yield self._with(choices=[last], pullquote=AnswerOut.of(question, answer))
        if self._request.stream_options and self._request.stream_options.include_usage:
            yield self._with(choices=[], usage=self._usage())

    def _add_claim(self, claim: Claim, citations: Sequence[Citation]) -> tuple[str, list[Annotation]]:
        text = f"{' ' if self._content else ''}{marked(claim)}"
        end = len(self._content) + len(text)
        annotations = []
        for position in reversed(claim.citations):
            start = end - len(f"[{position + 1}]")
            annotations.append(self._annotation(citations[position], start, end))
            end = start
        self._content += text
        return text, annotations[::-1]

    def _annotation(self, citation: Citation, start: int, end: int) -> Annotation:
        url = citation.link or citation.url or f"{self._base_url}v1/articles/{citation.article_id}"
        place = UrlCitation(start_index=start, end_index=end, title=citation.document_title, url=url)
        return Annotation(url_citation=place, citation=CitationOut.of(citation))

    def _end(self, answer: Answer) -> str:
        if not answer.claims:
            return NOT_IN_ARTICLES
        notes = [_footnote(number, citation) for number, citation in enumerate(answer.citations, start=1)]
        disagreement = agreement_lines(answer) if answer.status is Status.CONFLICTING else []
        return "\n\n" + "\n".join([*notes, *disagreement])

    def _usage(self) -> Usage:
        said = sum(self._count_tokens([message.text for message in self._request.messages]))
        written = sum(self._count_tokens([self._content]))
        return Usage(prompt_tokens=said, completion_tokens=written, total_tokens=said + written)

    def _chunk(self, delta: Delta) -> Chunk:
        return self._with(choices=[ChunkChoice(delta=delta)])

    def _with(
        self, choices: list[ChunkChoice], usage: Usage | None = None, pullquote: AnswerOut | None = None
    ) -> Chunk:
        return Chunk(
            id=self._id,
            created=self._created,
            model=self._request.model,
            choices=choices,
            usage=usage,
            pullquote=pullquote,
        )


def model_list(names: Sequence[str], created: int) -> ModelList:
    """The list of models by their names; `created` is in seconds since 1970."""
    return ModelList(data=[Model(id=name, created=created) for name in names])


def _footnote(number: int, citation: Citation) -> str:
    facts = (citation.document_title, citation.source, str(citation.published or ""), citation.link or citation.url)
    place = f"article {citation.article_id}, characters {citation.start_char_index}–{citation.end_char_index}"
    return f"[{number}] “{citation.cited_text}” — {', '.join(fact for fact in facts if fact)} ({place})"


def _turns(messages: Sequence[ChatMessage]) -> Iterator[Turn]:
    """Questions with the answers that follow them, footnotes left out."""
    for number, message in enumerate(messages):
        if message.role == "user" and message.text.strip():
            answer = messages[number + 1].text if number + 1 < len(messages) else ""
            said = number + 1 < len(messages) and messages[number + 1].role == "assistant"
            yield Turn(message.text, answer.partition(_FOOTNOTE)[0] if said and answer != NOT_IN_ARTICLES else "")
