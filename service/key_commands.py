"""The verbs `pullquote keys create`, `keys list` and `keys revoke`: who may use the service over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from service.command_context import console, print_json, settings_for
from service.keys import KeyStore, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from service.keys import ApiKey

app = typer.Typer(
    name="keys",
    help="Create, list and revoke the API keys that the service asks for.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.command()
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is, or what for.")],
    scope: Annotated[Scope, typer.Option(help="read: ask and search. write: add and delete too. admin: all.")],
    *,
    as_json: Json = False,
) -> None:
    """Create a key and print it, once: only a digest of it is kept."""
    created = _store(context).create(name, scope)
    if as_json:
        from service.wire_keys import CreatedKeyOut

        print_json(CreatedKeyOut.of_created(created))
        return
    print(created.token)
    console(stderr=True).print(
        f"This is the key {created.key.id}, with the scope {scope}. Keep it safe: it is not shown again.",
        style="yellow",
        soft_wrap=True,
        highlight=False,
    )


@app.command("list")
def list_keys(context: typer.Context, *, as_json: Json = False) -> None:
    """List the keys, the oldest first; never their secrets."""
    keys = _store(context).keys()
    if as_json:
        from service.wire_keys import KeyList

        print_json(KeyList.of(keys))
    else:
        _print_keys(console(), keys)


@app.command()
def revoke(context: typer.Context, key_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Take a key away; a running server refuses it from the next request on."""
    key = _store(context).revoke(key_id)
    console().print(f"revoked {key.id} {key.name}", markup=False, highlight=False)


def _store(context: typer.Context) -> KeyStore:
    return KeyStore(settings_for(context).data_dir)


def _print_keys(console: Console, keys: Iterable[ApiKey]) -> None:
    """A table of keys, one a row; where there are none, how to make one."""
    from rich.table import Table  # slow
    from rich.text import Text

    keys = list(keys)
    if not keys:
        console.print(Text("no keys: pullquote keys create NAME --scope read", style="yellow"))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "scope", "created", "name"):
        table.add_column(heading, overflow="fold" if heading == "name" else "ellipsis", no_wrap=heading != "name")
    for key in keys:
        table.add_row(
            Text(key.id, style="cyan"), Text(key.scope), Text(f"{key.created:%Y-%m-%d %H:%M}"), Text(key.name)
        )
    console.print(table)
