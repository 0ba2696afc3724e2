"""What is wrong with a request, or with whoever makes it."""

from __future__ import annotations

from asset_ingest.core.errors.codes import Code, Family, IngestError


class InvalidRequest(IngestError):
    """A field, header or query parameter makes no sense; `field` names it where one is to blame."""

    code = Code.INVALID_REQUEST
    family = Family.INPUT
    remedy = "Correct the request and send it again."

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Unauthenticated(IngestError):
    """Nobody we know is asking."""

    code = Code.UNAUTHENTICATED
    family = Family.INPUT
    remedy = "Sign in with a fresh link, or send 'Authorization: Bearer <API key>'."


class Forbidden(IngestError):
    """We know who asks, and this role may not."""

    code = Code.FORBIDDEN
    family = Family.INPUT
    remedy = "Ask an administrator of your studio for a role that allows it."


class NotFound(IngestError):
    """There is no such thing, or it is not yours: the answer is the same."""

    code = Code.NOT_FOUND
    family = Family.INPUT
    remedy = "Check the address; the thing may have been deleted."

    def __init__(self, what: str, ident: object) -> None:
        super().__init__(f"there is no {what} {ident}")
        self.what = what


class Conflict(IngestError):
    """Somebody changed the same thing first."""

    code = Code.CONFLICT
    family = Family.INFRA
    remedy = "Read the thing again and repeat the change."


class NotPossibleNow(IngestError):
    """The state table has no such move from where the thing stands."""

    code = Code.NOT_POSSIBLE_NOW
    family = Family.INPUT
    remedy = "Look at its present state; the page shows what is possible."


class RangeNotSatisfiable(IngestError):
    """The bytes asked for lie outside the object."""

    code = Code.RANGE_NOT_SATISFIABLE
    family = Family.INPUT
    remedy = "Ask for a range inside the size that the answer names."

    def __init__(self, size: int) -> None:
        super().__init__(f"the range lies outside the {size} bytes of this object")
        self.size = size
