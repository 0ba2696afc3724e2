"""Every way in which Strapi, or a proxy before it, says no; and who can mend it.

Two families. What this one entry brought about is refused for good (GiveUp): the same entry fails again. Everything
else is a failure of a service (ServiceUnavailable), also a token without rights or a missing content type: the file is
not to blame, the log should show an error, and tokens are replaced while jobs run. So the runner tries a few times
within a minute, ends the job in ERROR with a remedy, and a retry works once an operator has mended it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from asset_ingest.core.errors import Code, GiveUp, IngestError, ServiceUnavailable
from asset_ingest.core.formats.plain_text import one_line

_LONGEST_QUOTE: Final = 200


class Doubtful(ServiceUnavailable):
    """Nothing came that tells whether Strapi did what we asked; it may have, or may still do it."""


class NotSetUp(ServiceUnavailable):
    """An operator has to mend Strapi, or our settings for it."""

    code = Code.MISCONFIGURED


class TokenRefused(NotSetUp):
    remedy = (
        "An operator should make an API token in Strapi (Settings, API Tokens), put it into ASSET_INGEST_STRAPI_TOKEN,"
        " restart, and then retry the job."
    )


class RightMissing(NotSetUp):
    remedy = (
        "An operator should give our API token in Strapi this right ('asset-ingest doctor' lists all that are missing)"
        " and then retry the job."
    )


class TypeMissing(NotSetUp):
    remedy = (
        "An operator should install the content types as docs/how-to/publish-to-strapi.md says, or name the right"
        " collection in the file of ASSET_INGEST_STRAPI_MAPPING, and then retry the job."
    )


class FieldMissing(NotSetUp):
    remedy = (
        "An operator should add the field to the content type in Strapi, or map it otherwise in the file of"
        " ASSET_INGEST_STRAPI_MAPPING ('asset-ingest doctor' lists all that are missing), and then retry the job."
    )

    def __init__(self, collection: str, name: str) -> None:
        super().__init__(
            f"the content type '{collection}' in Strapi has no field '{name}' that fits and that we may use"
        )
        self.name = name


class NotStrapi5(NotSetUp):
    remedy = "An operator should check ASSET_INGEST_STRAPI_URL: it must lead to Strapi 5; older ones are not supported."


class EntryRefused(GiveUp):
    """Strapi finds fault with what the entry says; `fields` names where, as far as it told."""

    code = Code.INVALID_REQUEST
    remedy = (
        "Change what the fields named here say, or have an operator loosen the rules of the content type in Strapi;"
        " then retry the job."
    )

    def __init__(self, message: str, fields: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.fields = frozenset(fields)


class TooLargeThere(GiveUp):
    code = Code.TOO_LARGE
    remedy = (
        "An operator should raise the limits in Strapi (sizeLimit of the upload plugin and strapi::body) or in the"
        " proxy before it; then retry the job."
    )


class SeveralEntries(GiveUp):
    """Somebody made more entries with a key of ours; which one is meant is not for us to decide beyond the oldest."""

    code = Code.CONFLICT
    remedy = "Delete all of them in Strapi except the oldest; then retry the job."


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of whoever answered, read to its end; `hidden` is what must never be quoted from it."""

    status: int
    content_type: str
    body: bytes
    location: str = ""
    hidden: str = ""

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise Doubtful(f"Strapi's answer is no JSON but {self.quote()}") from None

    def quote(self) -> str:
        """Say in a line what came."""
        return f"{self.clean(self.content_type) or 'untyped'}: {self.clean(self.body[:4096].decode(errors='replace'))}"

    def clean(self, text: str) -> str:
        spaced = " ".join((text.replace(self.hidden, "[hidden]") if self.hidden else text).split())
        return one_line(spaced, _LONGEST_QUOTE)

    @property
    def error(self) -> dict[str, Any]:
        """Strapi's own account of what is wrong; empty when somebody else answered."""
        try:
            said = self.json()
        except Doubtful:
            return {}
        error = said.get("error") if isinstance(said, dict) else None
        return error if isinstance(error, dict) else {}


def refusal(answer: Answer, doing: str, collection: str) -> IngestError:
    """Say what an answer that is no success means; `doing` completes 'could not …'."""
    if answer.status == 413:
        return TooLargeThere(f"too large for Strapi, or for a proxy before it: could not {doing}")
    if 300 <= answer.status < 400:
        return Doubtful(f"could not {doing}: instead of Strapi's answer came a redirect to {_target(answer)}")
    told = _told(answer, doing, collection)
    return told or Doubtful(f"could not {doing}: the answer was {answer.status}, {answer.quote()}")


def _told(answer: Answer, doing: str, collection: str) -> IngestError | None:
    """Understand what Strapi itself told; None where it is none of Strapi's refusals, but a crash or a proxy's."""
    plain = answer.content_type.startswith("text/plain")
    match answer.status:
        case 405 if plain:  # its only refusal without JSON
            return TypeMissing(f"Strapi offers no way to {doing}")
        case 400 if answer.error:
            return _fault_found(answer, doing, collection)
        case 401 if answer.error:
            return TokenRefused(f"Strapi does not know our API token, or it has expired: could not {doing}")
        case 403 if answer.error:
            return RightMissing(f"our API token has no right in Strapi to {doing}")
        case 404 if answer.error:
            return TypeMissing(f"Strapi has no content type '{collection}': could not {doing}")
    return None


def _target(answer: Answer) -> str:
    return answer.clean(answer.location.partition("?")[0]) or "nowhere"


def _fault_found(answer: Answer, doing: str, collection: str) -> IngestError:
    said = answer.clean(str(answer.error.get("message", "")))
    details = answer.error.get("details")
    details = details if isinstance(details, dict) else {}
    if isinstance(details.get("key"), str) and said.startswith("Invalid key"):
        return FieldMissing(collection, answer.clean(details["key"]))
    found = dict(_by_field(answer, details.get("errors")))
    told = "; ".join(f"{name}: {what}" for name, what in found.items()) or said
    return EntryRefused(f"Strapi refuses to {doing}: {told}", tuple(found))


def _by_field(answer: Answer, errors: object) -> list[tuple[str, str]]:
    found = []
    for error in errors[:20] if isinstance(errors, list) else ():
        path = error.get("path") if isinstance(error, dict) else None
        if isinstance(path, list) and path:
            name = answer.clean(".".join(map(str, path[:5])))
            found.append((name, answer.clean(str(error.get("message", "")))))
    return found
