"""Cases as pytest's tests: one library for the whole run, one item a case, a failure that can be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from eval.cases import Case, CaseError, load_cases
from index.errors import PullquoteError

if TYPE_CHECKING:
    from _pytest._code.code import ExceptionInfo, TerminalRepr  # pytest names these types nowhere else

    from eval.results import CaseResult
    from rag.pipeline import QuestionAnswerer

# A tag of one of these names is matched by -k alone, since as a marker it would do something to the test.
_BUILT_IN: Final = frozenset(
    {"filterwarnings", "parametrize", "skip", "skipif", "tryfirst", "trylast", "usefixtures", "xfail"}
)
_QUESTIONS: Final = pytest.StashKey["_Questions"]()


class CaseFailedError(Exception):
    """A case failed; its message is the account of it."""


class CaseFile(pytest.File):
    """A JSONL file of cases."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each case. A malformed file is an error of the collection that names file and line."""
        try:
            cases = load_cases(self.path)
            _questions(self).prepare(cases, self.path)
        except CaseError as error:
            raise self.CollectError(str(error)) from error
        for case in cases:
            item: CaseItem = CaseItem.from_parent(self, name=case.id, case=case)
            item.mark(case.tags)
            yield item


class CaseItem(pytest.Item):
    """One case; its tags are markers and keywords, so that -m and -k choose by them."""

    def __init__(self, *, name: str, parent: pytest.Collector, case: Case) -> None:
        super().__init__(name, parent)
        self.case = case

    def mark(self, tags: Iterable[str]) -> None:
        """Registers the tags, since pytest may refuse markers that it does not know, and marks the item with them."""
        for tag in tags:
            self.extra_keyword_matches.add(tag)
            if tag not in _BUILT_IN and not tag.startswith("_"):
                self.config.addinivalue_line("markers", f"{tag}: a tag of cases")
                self.add_marker(tag)

    def setup(self) -> None:
        """What keeps every case from being asked is an error of the setup, not a failure of the case."""
        _questions(self).make_ready()

    def runtest(self) -> None:
        """Asks the case. Raises CaseFailedError, or fails as expected when the case failed in the baseline too."""
        from eval.reports.wording import account, why_failed

        questions = _questions(self)
        result = questions.ask(self.case)
        if result.passed:
            return
        words = f"{why_failed(result)}\n{account(result)}"
        if questions.failed_before(self.case.id):
            pytest.xfail(f"{why_failed(result)}, as in the baseline")
        raise CaseFailedError(words)

    def repr_failure(self, excinfo: ExceptionInfo[BaseException]) -> str | TerminalRepr:  # type: ignore[override]
        """What was asked, expected and quoted, rather than a traceback."""
        if isinstance(excinfo.value, CaseFailedError | PullquoteError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, f"case {self.name}"


class _Questions:
    """The library of a run with its answers, made when the first case is asked."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._open = ExitStack()
        self._cases: list[Case] = []
        self._articles = Path()
        self._failed_before: frozenset[str] = frozenset()
        self._answerer: QuestionAnswerer | None = None
        self._names: Mapping[str, str] = {}
        self._problem: PullquoteError | None = None
        config.add_cleanup(self._open.close)

    def prepare(self, cases: list[Case], file: Path) -> None:
        """Looks at what the cases are asked of, as far as that is quick. Raises CaseError for what cannot be used."""
        self._cases = cases
        self._articles = self._path("pullquote_articles") or file.parent / "articles"
        if not self._articles.is_dir():
            raise CaseError(f"the folder of articles {str(self._articles)!r} is not there: give --pullquote-articles")
        if baseline := self._path("pullquote_baseline"):
            from eval.baseline import load_baseline

            before = load_baseline(baseline).cases
            self._failed_before = frozenset(key for key, case in before.items() if not case.passed)

    def make_ready(self) -> None:
        """Makes the library, once. Raises PullquoteError, for every case the same, when that cannot be done."""
        if self._problem:
            raise self._problem
        if self._answerer is None:
            try:
                self._answerer = self._opened()
            except PullquoteError as error:
                self._problem = error
                raise

    def ask(self, case: Case) -> CaseResult:
        """The result of one case."""
        from eval.runner import case_result

        self.make_ready()
        assert self._answerer  # noqa: S101  (make_ready has made it)
        return case_result(case, self._answerer, self._names)

    def failed_before(self, key: str) -> bool:
        """Whether the baseline has the case as failing."""
        return key in self._failed_before

    def _opened(self) -> QuestionAnswerer:
        from eval.case_checks import check_articles_named
        from eval.runner import library_of, named_articles
        from service.settings import load_settings

        answerer = self._open.enter_context(library_of(self._articles, load_settings()))
        by_name = named_articles(answerer.library, self._articles)
        check_articles_named(self._cases, by_name, str(self._articles))
        self._names = {article.id: name for name, article in by_name.items()}
        return answerer

    def _path(self, option: str) -> Path | None:
        given = self._config.getoption(option)
        return (self._config.invocation_params.dir / given).resolve() if given else None


def _questions(node: pytest.Item | pytest.Collector) -> _Questions:
    stash = node.config.stash
    if _QUESTIONS not in stash:
        stash[_QUESTIONS] = _Questions(node.config)
    return stash[_QUESTIONS]
