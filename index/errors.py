"""Every error that Pullquote raises on purpose.

PullquoteError
├── InputError                    what was given cannot be used
│   ├── LoadingError              one file or record cannot be read as an article
│   │   └── AddressRefusedError   what is at an address must not be fetched
│   ├── QuestionError             a question is empty or too long
│   ├── UnknownArticleError       no article has this id
│   ├── UnknownModelError         no model of the service has this name
│   ├── UnknownKeyError           no API key has this id
│   ├── BackupError               a file is no backup, or cannot be made one
│   └── SettingsError             a setting is unknown or out of bounds
├── LibraryError                  the data folder cannot serve
│   ├── LibraryLockedError        another process is writing to it
│   ├── LibraryUnusableError      it cannot be opened, read or written
│   │   ├── DamagedIndexError     a file of a derived index is not as it was written
│   │   └── SchemaMismatchError   its catalogue is of another version's schema
│   ├── KeysUnusableError         its API keys cannot be read or written
│   ├── ModelMismatchError        it was made with another embedding model
│   └── OutOfStepError            the derived indexes do not match the catalogue
├── ModelError                    the embedding model cannot be loaded
├── OverloadedError               so many wait already that no more are let in
│   └── AnswerTimeoutError        no answer began within the time there is for it
└── LanguageModelError            the language model gave no usable reply; the answer is made without it
    ├── ModelUnreachableError     it cannot be reached just now: time-out, refused, too many requests, 5xx
    ├── ModelLeftAloneError       it failed so often of late that it is not asked for a while
    ├── ModelRefusalError         it will not take the request however often it is sent: key, name, form
    ├── ContextOverflowError      the prompt is longer than it can read
    ├── UnusableReplyError        what it replied is empty, broken off, or in another language
    └── ReplyCancelledError       whoever asked has gone

Errors of vendors become one of these at the edge, `from` the original. The message says
what failed, the value, and the cure; it is written for the person who reads it.
"""


class PullquoteError(Exception):
    """Root of the tree; catching it catches every error that Pullquote raises on purpose."""


class InputError(PullquoteError):
    """What was given cannot be used; giving something else is the cure."""


class LoadingError(InputError):
    """One file or record cannot be read as an article.

    `place` names it as a person would: a path, or a path and a line.
    """

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


class AddressRefusedError(LoadingError):
    """What is at an address must not be fetched: it is not public, holds a password, or its site forbids it."""


class QuestionError(InputError):
    """A question is empty or too long."""


class UnknownArticleError(InputError):
    """No article has this id, or more than one has an id that begins so."""


class UnknownModelError(InputError):
    """No model of the service has this name."""


class BackupError(InputError):
    """A file is no backup that can be restored, or a backup cannot be written there."""


class UnknownKeyError(InputError):
    """No API key has this id."""


class SettingsError(InputError):
    """A setting is unknown, or its value is out of bounds."""


class LibraryError(PullquoteError):
    """The data folder cannot serve."""


class LibraryLockedError(LibraryError):
    """Another process is writing to the data folder."""


class LibraryUnusableError(LibraryError):
    """The data folder cannot be opened, read or written."""


class DamagedIndexError(LibraryUnusableError):
    """A file of the vectors or of the lexical index is not as it was written; it can be made again."""


class SchemaMismatchError(LibraryUnusableError):
    """The catalogue has the schema of an earlier or a later version."""


class KeysUnusableError(LibraryError):
    """The API keys in the data folder cannot be read or written."""


class ModelMismatchError(LibraryError):
    """The data folder was made with another embedding model."""


class OutOfStepError(LibraryError):
    """The vectors or the lexical index do not match the catalogue."""


class ModelError(PullquoteError):
    """The embedding model cannot be loaded, or is not the one expected."""


class OverloadedError(PullquoteError):
    """So many wait already that no more are let in.

    `retry_after`: whole seconds after which there is likely room.
    """

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class AnswerTimeoutError(OverloadedError):
    """No answer began within the time there is for it."""


class LanguageModelError(PullquoteError):
    """The language model gave no usable reply.

    The message holds no word of the model's server: that may repeat a key.
    """


class ModelUnreachableError(LanguageModelError):
    """The language model cannot be reached just now; later it may be.

    `retry_after`: seconds after which its server asks to be tried again, None where it does not say.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ModelLeftAloneError(LanguageModelError):
    """The language model failed so often of late that it is not asked for a while."""


class ModelRefusalError(LanguageModelError):
    """The language model's server does not take the request, and would not take it later.

    `form`: whether it is the request's form that it does not take, so that another form may do.
    """

    def __init__(self, message: str, *, form: bool = False) -> None:
        super().__init__(message)
        self.form = form


class ContextOverflowError(LanguageModelError):
    """The prompt has more tokens than the language model can read."""


class UnusableReplyError(LanguageModelError):
    """The language model's reply is empty, broken off, or in another language than the articles."""


class ReplyCancelledError(LanguageModelError):
    """Whoever asked has gone, so the language model was stopped."""
