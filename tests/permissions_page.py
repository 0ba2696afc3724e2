"""Writes the page that says who may do what, from the policy and from the operations that ask it.

`python -m tests.permissions_page` writes docs/reference/permissions.md anew.
"""

from __future__ import annotations

from pathlib import Path

from asset_ingest.core.model.access import MAY, Action, Role
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
_TAIL = """
## Without an action

One's own affairs, for everybody who is signed in: {personal}. A key that was given scopes may not change its member's
password or sign them out.

For everybody, because they prove themselves in another way or say nothing: {public}.
"""


def page() -> str:
    """Return the page as it should be."""
    head = _HEAD.format(roles=" | ".join(Role), lines=" | ".join([":-:"] * len(Role)))
    rows = "".join(_row(action) for action in Action)
    return head + rows + _TAIL.format(personal=_named(personal=True), public=_named(personal=False))


def _row(action: Action) -> str:
    marks = " | ".join("yes" if role in MAY[action] else "" for role in Role)
    asked = [f"`{each.method} {each.path}`" for each in OPERATIONS if each.asks_for is action]
    return f"| `{action}` | {marks} | {', '.join(asked)} |\n"


def _named(*, personal: bool) -> str:
    chosen = [each for each in OPERATIONS if (each.personal if personal else each.public)]
    return ", ".join(f"`{each.method} {each.path}`" for each in chosen)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
