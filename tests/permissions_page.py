"""Writes the page that says who may do what, from the policy and from the operations that ask it.

`python -m tests.permissions_page` writes docs/reference/permissions.md anew.
"""

from __future__ import annotations

from pathlib import Path

from asset_ingest.core.model.access import MAY, Action, Role
from asset_ingest.core.model.hearing import HEARD_WITH
from asset_ingest.entrypoints.web.app import OPERATIONS

PAGE = Path(__file__).parents[1] / "docs/reference/permissions.md"

_HEAD = """# Permissions

Who may do what. This page is made from the policy that every door and every use case asks (`MAY` in
`core/model/access.py`) and from the table of operations; a test fails when it says anything else. What is not in the
table is denied.

- **Role**: each member has one in their studio. It holds from the next request on.
- **Scopes**: an API key may what its member may, and of that only what its scopes name; they are the actions of this
  table. A key without scopes may whatever its member may.
- **Studio**: nobody may anything in another studio. Its ids answer 404, as if they were not there.
- Whoever may not gets 403 before anything of the request is looked at.

| action | {roles} | over HTTP |
| --- | {lines} | --- |
"""
_HEARING = """
## Live

A fact is told over WebSocket and SSE, live and replayed, to whoever may what it asks for, asked by the role that the
listener has then; a key also needs it among its scopes. Most ask for `read`; these ask for more:

| fact | asks for |
| --- | --- |
"""
_TAIL = """
## Without an action

One's own affairs, for everybody who is signed in: {personal}. A key that was given scopes may not change its member's
password or sign them out.

For everybody, because they prove themselves in another way or say nothing: {public}.

## By every door

{doors}
A job that was let in goes on when its sender is demoted or leaves: the file is the studio's, and half of a pipeline is
nobody's wish. Whoever wants it stopped cancels the job. What needs a person's leave again, such as a retry, asks
whoever asks for it then. An upload that is open is the studio's, too; its sender needs leave for each further byte.

Credentials that are expired, forged, spent or revoked get 401 at every door, and which of these it was is not said.
"""

_DOORS = (
    (
        "door",
        "who",
        "asks for",
        "another studio's id",
        "ends",
    ),
    (
        "HTTP",
        "key, access token, or session cookie with `X-CSRF-Token`",
        "the action above, at each request",
        "404, to the byte like one that is not there",
        "at once",
    ),
    (
        "tus and the IETF's draft (`/files`)",
        "the same",
        "`upload` to open and send, `read` to look, `cancel_job` to end; at each request",
        "404",
        "at once",
    ),
    (
        "`/direct` and the store's own signed addresses",
        "whoever holds the address",
        "`upload`, when it is signed; good for one object, length and method",
        "a changed one is refused, 403",
        "after 10 minutes",
    ),
    (
        "WebSocket, server-sent events",
        "key, token, or cookie from a page of ours",
        "`read`, as it opens",
        "nothing is heard, as of an id of nothing",
        "at the fact that ends it, a socket with code 4401; within a minute where its notice was lost",
    ),
    (
        "share links",
        "whoever holds the link, and its password",
        "`share`, when it is made; shows one asset",
        "404",
        "when it is revoked, expires, or its asset is trashed",
    ),
    (
        "storage hooks",
        "the store, by its token or signature",
        "nothing: a hint to look at the store",
        "says nothing",
        "with the setting",
    ),
    (
        "workers",
        "no one: a step works for its studio",
        "what its sender was asked for when they sent the file",
        "a step sees rows of its own studio alone",
        "see below",
    ),
)


def page() -> str:
    """Return the page as it should be."""
    head = _HEAD.format(roles=" | ".join(Role), lines=" | ".join([":-:"] * len(Role)))
    rows = "".join(_row(action) for action in Action)
    tail = _TAIL.format(personal=_named(personal=True), public=_named(personal=False), doors=_doors())
    return head + rows + _HEARING + _heard() + tail


def _row(action: Action) -> str:
    marks = " | ".join("yes" if role in MAY[action] else "" for role in Role)
    asked = [f"`{each.method} {each.path}`" for each in OPERATIONS if each.asks_for is action]
    return f"| `{action}` | {marks} | {', '.join(asked)} |\n"


def _doors() -> str:
    head, *rows = ("| " + " | ".join(row) + " |\n" for row in _DOORS)
    return head + "|" + " --- |" * len(_DOORS[0]) + "\n" + "".join(rows)


def _heard() -> str:
    return "".join(f"| `{kind}` | `{asks}` |\n" for kind, asks in HEARD_WITH.items() if asks is not Action.READ)


def _named(*, personal: bool) -> str:
    chosen = [each for each in OPERATIONS if (each.personal if personal else each.public)]
    return ", ".join(f"`{each.method} {each.path}`" for each in chosen)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
