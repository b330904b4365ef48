"""The documents hold: what they list is what there is, and their examples are understood."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sysconfig
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from dotenv import dotenv_values
from pydantic import BaseModel, TypeAdapter

from index.loading import load_record
from service.cli import app as command_line
from service.completions import ChatRequest
from service.http.app import create_app
from service.settings import Settings
from service.wire import AnswerOut, AskRequest, Problem, SearchRequest, VerifyOut, VerifyRequest
from service.wire_articles import AddResult, ArticleBatch, ArticleList
from service.wiring import open_library, question_answerer

ROOT: Final = Path(__file__).parents[1]
DOCUMENTS: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FOLDERS: Final = ("index", "rag", "service", "eval", "tests", "docs")
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
GROUPS: Final = {
    "Runtime": PROJECT["dependencies"],
    "Development: the extra `dev`": PROJECT["optional-dependencies"]["dev"],
    "Language models: an extra for each": sorted(
        {
            requirement
            for extra in ("openai", "openai-like", "anthropic", "ollama", "gguf")
            for requirement in PROJECT["optional-dependencies"][extra]
        }
    ),
    "Reports: the extra `report`": PROJECT["optional-dependencies"]["report"],
    "Benchmark: the extra `bench`": PROJECT["optional-dependencies"]["bench"],
}
REQUESTS: Final[dict[str, type[BaseModel]]] = {
    "/v1/ask": AskRequest,
    "/v1/search": SearchRequest,
    "/v1/verify": VerifyRequest,
    "/v1/articles": ArticleBatch,
    "/v1/chat/completions": ChatRequest,
}
FIELD_VALUES: Final = {"date": "2024-05-14", "address": "https://www.example.org/bridge"}
FIELD_ATTRIBUTES: Final = {
    "text": "text",
    "title": "title",
    "author": "author",
    "date": "published",
    "outlet": "source",
    "address": "url",
}


def read(name: str) -> str:
    """The text of a file in the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def read_if_there(name: str) -> str:
    """The text of a file that is written last; the test is skipped while it is not there."""
    if not (ROOT / name).is_file():
        pytest.skip(f"{name} is not written yet")
    return read(name)


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its rank."""
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of every table row but the rule below a head."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def fenced(text: str, language: str) -> list[str]:
    """The code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def inline_code(text: str) -> list[str]:
    """What stands between backticks in the prose."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE))


def layout() -> Iterator[str]:
    """The paths in the layout of docs/design.md, where what is in a folder stands two spaces further in than it."""
    folders: list[str] = []
    for line in fenced(section(read("docs/design.md"), "The house"), "")[0].splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        name = line.split()[0]
        folders = folders[:depth]
        yield "".join([*folders, name])
        folders.append(name)


def package_name(requirement: str) -> str:
    """The name in a requirement such as "rich>=13.9"."""
    match = re.match(r"[\w.-]+", requirement)
    assert match
    return match.group()


def bounds(name: str) -> list[str]:
    """The least and the greatest value of a setting, as written."""
    found = (getattr(item, side, None) for item in Settings.model_fields[name].metadata for side in ("ge", "le"))
    return [str(bound) for bound in found if bound is not None]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_stands_in_its_document_with_default_and_bounds(name: str) -> None:
    """Variable, key, default, bounds and meaning of each setting are those of the code."""
    row = next((row for row in rows(read("docs/settings.md")) if f"`{name}`" in row), None)
    assert row, f"docs/settings.md has no row for {name!r}"
    field = Settings.model_fields[name]
    assert row[1] == f"`PULLQUOTE_{name.upper()}`"
    if field.default_factory is None:
        assert row[3] == f"`{field.default}`"
    if bounds(name):
        assert row[4] == " to ".join(bounds(name))
    assert field.description
    assert row[5].startswith(field.description.rstrip("."))


def test_the_settings_document_names_no_setting_that_is_not_there() -> None:
    """Every row of the table is a setting of the code."""
    named = {row[2].strip("`") for row in rows(section(read("docs/settings.md"), "Every setting"))[1:]}
    assert named == set(Settings.model_fields)


def test_the_example_settings_file_is_understood() -> None:
    """The pullquote.toml in docs/settings.md has known keys and allowed values."""
    values = tomllib.loads(fenced(read("docs/settings.md"), "toml")[0])
    assert Settings.model_validate(values).model_dump(include=set(values), mode="json") == values


def test_every_setting_stands_commented_out_in_the_example_environment(tmp_path: Path) -> None:
    """.env.example sets nothing as it is, and with its comments opened it sets every setting to an allowed value."""
    assert not dotenv_values(ROOT / ".env.example")
    opened = tmp_path / "env"
    opened.write_text(re.sub(r"^# (?=PULLQUOTE_\w+=)", "", read(".env.example"), flags=re.MULTILINE))
    values = {name.removeprefix("PULLQUOTE_").lower(): value for name, value in dotenv_values(opened).items()}
    assert set(values) == set(Settings.model_fields)
    set_up = Settings.model_validate(values)
    defaults = {name: field.default for name, field in Settings.model_fields.items() if not field.default_factory}
    del defaults["llm_api_key"]  # there is no key by default
    assert {name: getattr(set_up, name) for name in defaults} == defaults


@pytest.mark.parametrize("group", GROUPS)
def test_the_document_of_dependencies_lists_those_of_the_project(group: str) -> None:
    """Each group of docs/dependencies.md has the packages of pyproject.toml, each with a licence and a reason."""
    table = rows(section(read("docs/dependencies.md"), group))[1:]
    assert [row[0] for row in table] == [package_name(requirement) for requirement in GROUPS[group]]
    assert all(len(row) == 3 and all(row) for row in table)


def test_every_route_is_documented(tmp_path: Path) -> None:
    """Each method and path of the HTTP service stands in docs/http.md, and the table there has no other."""
    settings = Settings(data_dir=tmp_path)
    library = open_library(settings)
    try:
        document = create_app(question_answerer(settings, library), settings).openapi()
    finally:
        library.close()
    routes = {f"`{method.upper()} {path}`" for path, methods in document["paths"].items() for method in methods}
    assert {row[0] for row in rows(section(read("docs/http.md"), "Routes"))[1:]} == routes


@pytest.mark.parametrize("block", fenced(read("docs/http.md"), "json"), ids=itertools.count(1))
def test_every_response_in_the_http_document_has_the_shape_of_a_real_one(block: str) -> None:
    """A JSON example in docs/http.md is a valid response of the service."""
    shapes = TypeAdapter(AnswerOut | VerifyOut | AddResult | ArticleList | Problem)
    shown = json.loads(block)
    assert shapes.validate_python(shown).model_dump(mode="json") == shown


def test_every_request_in_the_http_document_is_understood() -> None:
    """The body of each curl example in docs/http.md is accepted by its route, and each POST route has one."""
    calls = re.findall(r"http://127\.0\.0\.1:8000(/\S+) -H .*\n\s+-d '(.*)'$", read("docs/http.md"), re.MULTILINE)
    for path, body in calls:
        REQUESTS[path].model_validate_json(body)
    assert {path for path, _ in calls} == set(REQUESTS)


def test_every_alert_is_explained() -> None:
    """The alerts of docs/observability.md are those that docs/operations.md says what to do about."""
    alerts = re.findall(r"^ +- alert: (\w+)$", read("docs/observability.md"), re.MULTILINE)
    explained = [row[0].strip("`") for row in rows(section(read("docs/operations.md"), "What each alert means"))[1:]]
    assert explained == alerts


def test_every_field_in_the_document_of_articles_is_recognised() -> None:
    """A record's field has the meaning that docs/articles.md gives its name."""
    table = {row[0]: row[1] for row in rows(section(read("docs/articles.md"), "Fields"))}
    for what, attribute in FIELD_ATTRIBUTES.items():
        value = FIELD_VALUES.get(what, "Velmora has a bridge.")
        for name in inline_code(table[what]):
            record = {"text": "The new bridge opened on Monday.", name: value}
            if what == "text":
                record = {name: value}
            found = getattr(load_record(record, "a record", "origin"), attribute)
            assert (found.isoformat() if isinstance(found, date) else found) == value, name


def test_every_verb_stands_in_the_readme() -> None:
    """Each verb of the command line is shown as code in README.md."""
    text = read_if_there("README.md")
    shown = " ".join([*inline_code(text), *re.findall(r"^```.*?^```$", text, re.DOTALL | re.MULTILINE)])
    verbs = {command.name or getattr(command.callback, "__name__", "") for command in command_line.registered_commands}
    missing = {verb for verb in verbs | {"eval"} if not re.search(rf"\b{verb}\b", shown)}
    assert not missing


def test_every_make_target_says_what_it_does() -> None:
    """Each .PHONY target of the Makefile has a description behind `## `."""
    text = read_if_there("Makefile")
    targets = {name for line in re.findall(r"^\.PHONY:(.*)$", text, re.MULTILINE) for name in line.split()}
    described = set(re.findall(r"^([\w-]+):.*## \S", text, re.MULTILINE))
    assert targets
    assert targets <= described


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_names_only_paths_that_exist(document: Path) -> None:
    """Paths in backticks, such as `index/library.py`, and links to other files lead somewhere."""
    text = document.read_text(encoding="utf-8")
    named = [word for word in inline_code(text) if re.fullmatch(rf"(?:{'|'.join(FOLDERS)})/[\w./-]*", word)]
    linked = re.findall(r"\]\((?!https?://)([^)#\s]+)", text)
    missing = [name for name in named if not (ROOT / name).exists()]
    missing += [name for name in linked if not (document.parent / name).exists()]
    assert not missing


def test_the_layout_in_the_design_is_the_layout() -> None:
    """Every path in the layout of docs/design.md exists, and every module in and below the four folders is in it."""
    shown = set(layout())
    assert not [name for name in shown if not (ROOT / name).exists()]
    modules = (file.relative_to(ROOT) for folder in FOLDERS[:4] for file in (ROOT / folder).rglob("*.py"))
    assert {str(module) for module in modules if module.name != "__init__.py"} <= shown


def test_the_container_file_is_clean() -> None:
    """Hadolint finds nothing wrong with the Dockerfile."""
    program = Path(sysconfig.get_path("scripts")) / "hadolint"
    result = subprocess.run([program, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_licence_is_complete() -> None:
    """LICENSE is the Apache License 2.0 that pyproject.toml names, from title to appendix."""
    text = read("LICENSE")
    assert PROJECT["license"] == "Apache-2.0"
    assert "Version 2.0, January 2004" in text
    assert "APPENDIX: How to apply the Apache License to your work." in text
