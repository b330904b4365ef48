"""A model that fails is asked again while that may help, and left alone once it does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from time import monotonic, sleep
from typing import Final

import pytest

from index.errors import (
    ContextOverflowError,
    LanguageModelError,
    ModelLeftAloneError,
    ModelRefusalError,
    ModelUnreachableError,
    ReplyCancelledError,
    UnusableReplyError,
)
from rag.language_model import Cancellation, JsonSchema, Message, Role
from rag.resilience import ResilientModel

MESSAGES: Final = (Message(Role.USER, "Who opened the bridge?"),)


class ScriptedModel:
    """Gives one list of parts a call, the last one again and again; an error among the parts is raised there.

    `seconds`: the time that each call was given. `may_go_on`: no reply begins before it is set.
    """

    def __init__(self, *script: Sequence[str | LanguageModelError]) -> None:
        self._script = script
        self.seconds: list[float] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    @property
    def name(self) -> str:
        return "scripted"

    @property
    def constrains(self) -> bool:
        return False

    def reply(
        self, messages: Sequence[Message], schema: JsonSchema | None, seconds: float, cancellation: Cancellation
    ) -> Iterator[str]:
        self.seconds.append(seconds)
        parts = self._script[min(len(self.seconds), len(self._script)) - 1]
        self.may_go_on.wait(10)
        for part in parts:
            if isinstance(part, LanguageModelError):
                raise part
            yield part


def unreachable(retry_after: float | None = 0.0) -> ModelUnreachableError:
    """A failure that may pass."""
    return ModelUnreachableError("the server is not there", retry_after)


def said(model: ResilientModel, seconds: float = 5.0, cancellation: Cancellation | None = None) -> list[str]:
    """The parts of one reply."""
    return list(model.reply(MESSAGES, None, seconds, cancellation or Cancellation()))


def test_a_failure_that_passes_is_never_seen() -> None:
    """The third try succeeds, and its parts are all that comes."""
    scripted = ScriptedModel([unreachable()], [unreachable()], ["A ", "reply."])
    assert said(ResilientModel(scripted)) == ["A ", "reply."]
    assert len(scripted.seconds) == 3


def test_tries_are_counted_and_share_one_deadline() -> None:
    """After the last one the failure itself is raised; each had what the ones before left."""
    scripted = ScriptedModel([unreachable(0.1)])
    with pytest.raises(ModelUnreachableError, match="not there"):
        said(ResilientModel(scripted, attempts=4), seconds=3.0)
    assert len(scripted.seconds) == 4
    assert scripted.seconds == sorted(scripted.seconds, reverse=True)
    assert scripted.seconds[-1] <= 3.0 - 3 * 0.1


@pytest.mark.parametrize(
    "error", [ModelRefusalError("no"), ContextOverflowError("long"), UnusableReplyError("odd"), ReplyCancelledError("")]
)
def test_what_cannot_pass_is_not_tried_again(error: LanguageModelError) -> None:
    """A wrong key is as wrong the second time."""
    scripted = ScriptedModel([error])
    with pytest.raises(type(error)):
        said(ResilientModel(scripted))
    assert len(scripted.seconds) == 1


def test_a_pause_that_the_server_asks_for_is_kept() -> None:
    """It is neither shortened nor replaced by our own."""
    started = monotonic()
    assert said(ResilientModel(ScriptedModel([unreachable(0.3)], ["A reply."]))) == ["A reply."]
    assert 0.3 <= monotonic() - started < 8


def test_a_pause_beyond_the_deadline_is_not_waited_for() -> None:
    """The failure is told at once, since no try could follow."""
    scripted = ScriptedModel([unreachable(60.0)])
    started = monotonic()
    with pytest.raises(ModelUnreachableError):
        said(ResilientModel(scripted), seconds=2.0)
    assert monotonic() - started < 8
    assert len(scripted.seconds) == 1


def test_a_server_that_asks_for_no_pause_is_given_one() -> None:
    """A server in trouble is not hammered."""
    started = monotonic()
    assert said(ResilientModel(ScriptedModel([unreachable(None)], ["A reply."]))) == ["A reply."]
    assert 0.5 <= monotonic() - started < 8


def test_nothing_is_tried_again_once_a_part_has_come() -> None:
    """What was said cannot be taken back."""
    scripted = ScriptedModel(["A ", unreachable()], ["Another reply."])
    reply = ResilientModel(scripted).reply(MESSAGES, None, 5.0, Cancellation())
    assert next(reply) == "A "
    with pytest.raises(ModelUnreachableError):
        next(reply)
    assert len(scripted.seconds) == 1


def test_whoever_goes_during_a_pause_ends_it() -> None:
    """The pause asked for is long; the caller hears at once, and no request follows."""
    scripted = ScriptedModel([unreachable(30.0)], ["A reply."])
    cancellation = Cancellation()
    timer = threading.Timer(0.2, cancellation.cancel)
    timer.start()
    started = monotonic()
    with pytest.raises(ReplyCancelledError):
        said(ResilientModel(scripted), 60.0, cancellation)
    timer.join()
    assert monotonic() - started < 8
    assert len(scripted.seconds) == 1


def test_a_reply_that_nobody_waits_for_is_not_asked_for() -> None:
    """Cancelled before it begins: no request is sent."""
    scripted = ScriptedModel(["A reply."])
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(ReplyCancelledError):
        said(ResilientModel(scripted), 5.0, cancellation)
    assert scripted.seconds == []


def test_a_dead_server_is_left_alone_until_it_had_its_rest() -> None:
    """After so many failures in a row no request is sent; after the rest one is, and success ends the silence."""
    scripted = ScriptedModel([unreachable()], [unreachable()], ["A reply."])
    model = ResilientModel(scripted, attempts=1, failures=2, rest=0.3)
    for _ in range(2):
        with pytest.raises(ModelUnreachableError):
            said(model)
    with pytest.raises(ModelLeftAloneError, match="failed 2 times in a row"):
        said(model)
    assert len(scripted.seconds) == 2
    sleep(0.35)
    assert said(model) == ["A reply."]
    assert said(model) == ["A reply."]


def test_a_server_that_is_still_dead_after_its_rest_gets_another_one() -> None:
    """One failure is enough then."""
    scripted = ScriptedModel([unreachable()])
    model = ResilientModel(scripted, attempts=1, failures=3, rest=0.2)
    for _ in range(3):
        with pytest.raises(ModelUnreachableError):
            said(model)
    sleep(0.25)
    with pytest.raises(ModelUnreachableError):
        said(model)
    with pytest.raises(ModelLeftAloneError):
        said(model)
    assert len(scripted.seconds) == 4


def test_after_the_rest_one_request_decides_for_all() -> None:
    """Of two callers at once, one is sent to the server that may still be dead, and the other is told to wait."""
    scripted = ScriptedModel([unreachable()], ["A reply."])
    model = ResilientModel(scripted, attempts=1, failures=1, rest=0.2)
    with pytest.raises(ModelUnreachableError):
        said(model)
    sleep(0.25)
    scripted.may_go_on.clear()
    first = threading.Thread(target=said, args=(model,))
    first.start()
    while len(scripted.seconds) < 2:
        sleep(0.005)
    release = threading.Timer(0.3, scripted.may_go_on.set)
    release.start()
    try:
        with pytest.raises(ModelLeftAloneError):
            said(model)
    finally:
        release.join()
        first.join()


@pytest.mark.parametrize("error", [ModelRefusalError("no"), ContextOverflowError("long")])
def test_a_server_that_refuses_is_not_taken_for_a_dead_one(error: LanguageModelError) -> None:
    """It answers, so the next question is sent to it."""
    scripted = ScriptedModel([error])
    model = ResilientModel(scripted, attempts=1, failures=2, rest=60.0)
    for _ in range(4):
        with pytest.raises(type(error)):
            said(model)
    assert len(scripted.seconds) == 4


def test_a_server_that_hangs_is_not_taken_for_a_sound_one_when_callers_go() -> None:
    """Somebody who stops waiting says nothing about the server: failures before and after still count as in a row."""
    scripted = ScriptedModel([unreachable()], [ReplyCancelledError("gone")], [unreachable()], ["A reply."])
    model = ResilientModel(scripted, attempts=1, failures=2, rest=60.0)
    for error in (ModelUnreachableError, ReplyCancelledError, ModelUnreachableError, ModelLeftAloneError):
        with pytest.raises(error):
            said(model)


def test_replies_that_break_off_count_as_failures() -> None:
    """A server that dies in the middle of every reply is left alone too."""
    scripted = ScriptedModel(["A ", unreachable()])
    model = ResilientModel(scripted, attempts=1, failures=2, rest=60.0)
    for error in (ModelUnreachableError, ModelUnreachableError, ModelLeftAloneError):
        with pytest.raises(error):
            said(model)
