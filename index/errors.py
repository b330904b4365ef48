"""Every error that Pullquote raises on purpose.

PullquoteError
├── InputError                    what was given cannot be used
│   ├── LoadingError              one file or record cannot be read as an article
│   ├── QuestionError             a question is empty or too long
│   ├── UnknownArticleError       no article has this id
│   └── SettingsError             a setting is unknown or out of bounds
├── LibraryError                  the data folder cannot serve
│   ├── LibraryLockedError        another process is writing to it
│   ├── LibraryUnusableError      it cannot be opened, read or written
│   ├── ModelMismatchError        it was made with another embedding model
│   └── OutOfStepError            the derived indexes do not match the catalogue
└── ModelError                    the embedding model cannot be loaded
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


class QuestionError(InputError):
    """A question is empty or too long."""


class UnknownArticleError(InputError):
    """No article has this id, or more than one has an id that begins so."""


class SettingsError(InputError):
    """A setting is unknown, or its value is out of bounds."""


class LibraryError(PullquoteError):
    """The data folder cannot serve."""


class LibraryLockedError(LibraryError):
    """Another process is writing to the data folder."""


class LibraryUnusableError(LibraryError):
    """The data folder cannot be opened, read or written."""


class ModelMismatchError(LibraryError):
    """The data folder was made with another embedding model."""


class OutOfStepError(LibraryError):
    """The vectors or the lexical index do not match the catalogue."""


class ModelError(PullquoteError):
    """The embedding model cannot be loaded, or is not the one expected."""
