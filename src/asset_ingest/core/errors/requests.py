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


class AddressRefused(InvalidRequest):
    """We do not fetch from this address, or what is there is not for us. Says nothing of where a name leads."""

    remedy = "Give an http or https address that everybody on the internet can read, or upload the file itself."

    def __init__(self, message: str) -> None:
        super().__init__(message, "url")


class Unauthenticated(IngestError):
    """Nobody we know is asking."""

    code = Code.UNAUTHENTICATED
    family = Family.INPUT
    remedy = "Sign in again, or send 'Authorization: Bearer <API key>'."


class ChooseStudio(IngestError):
    """The password opens several studios: say which."""

    code = Code.CHOOSE_STUDIO
    family = Family.INPUT
    remedy = "Send the short name of one of them as `studio`."

    def __init__(self, studios: tuple[str, ...]) -> None:
        super().__init__(f"this e-mail address and password open several studios: {', '.join(studios)}")
        self.studios = studios


class Forbidden(IngestError):
    """We know who asks, and this role may not."""

    code = Code.FORBIDDEN
    family = Family.INPUT
    remedy = "Ask an administrator of your studio for a role that allows it."


class OwnVersion(Forbidden):
    """The studio wants a second pair of eyes on each version."""

    remedy = "Ask somebody else to look at it. A producer can change this in the studio's approval policy (not_own)."

    def __init__(self) -> None:
        super().__init__("you brought this version yourself, so others have to approve it")


class SignatureRefused(Forbidden):
    """Nobody signed this request, or its time is over."""

    remedy = "Send exactly what was signed, or ask for the request to be signed anew."


class NotFound(IngestError):
    """There is no such thing, or it is not yours: the answer is the same."""

    code = Code.NOT_FOUND
    family = Family.INPUT
    remedy = "Check the address; the thing may have been deleted."

    def __init__(self, what: str, ident: object) -> None:
        super().__init__(f"there is no {what} {ident}")
        self.what = what


class NoSuchShare(NotFound):
    """Unknown, revoked, expired, of an asset that is gone, or not for this: a stranger hears the same of all."""

    remedy = "The link may have expired or been revoked. Ask whoever sent it to you for a new one."

    def __init__(self) -> None:
        super().__init__("share link", "here, or there is none any more")


class PasswordNeeded(IngestError):
    """A share link opens with its password alone; there was none, or a wrong one."""

    code = Code.PASSWORD_NEEDED
    family = Family.INPUT
    remedy = "Ask whoever sent you the link for its password."


class Conflict(IngestError):
    """Somebody changed the same thing first."""

    code = Code.CONFLICT
    family = Family.INFRA
    remedy = "Read the thing again and repeat the change."


class ChangedMeanwhile(IngestError):
    """The thing is no longer as it was when the client read it; `current` is how it stands now."""

    code = Code.PRECONDITION_FAILED
    family = Family.INPUT
    remedy = "Look at the current state in this answer and, if the change still makes sense, send it with the new ETag."

    def __init__(self, current: object) -> None:
        super().__init__("somebody has changed this since you read it")
        self.current = current


class OffsetMismatch(IngestError):
    """The client goes on at a byte that is not where we stand; it should ask for the offset and go on from there."""

    code = Code.OFFSET_MISMATCH
    family = Family.INPUT
    remedy = "Ask for the upload's offset and go on from there."

    def __init__(self, held: int, sent: int) -> None:
        super().__init__(f"the upload stands at byte {held}, not {sent}")
        self.held = held
        self.sent = sent


class ChecksumMismatch(IngestError):
    """What arrived is not what was sent; nothing of this request is kept."""

    code = Code.CHECKSUM_MISMATCH
    family = Family.INPUT
    remedy = "Send the same bytes again."

    def __init__(self) -> None:
        super().__init__("the bytes that arrived have another checksum than those that were sent")


class WriterReplaced(IngestError):
    """The same upload is continued by a newer request; what this one had stored before that is kept."""

    code = Code.WRITER_REPLACED
    family = Family.INPUT
    remedy = "Nothing is lost: the newer request goes on."

    def __init__(self) -> None:
        super().__init__("a newer request continues this upload")


class UploadGone(IngestError):
    """The upload has ended without its bytes: they broke a promise, or somebody or time stopped it."""

    code = Code.UPLOAD_GONE
    family = Family.INPUT
    remedy = "Begin a new upload."

    def __init__(self, status: str) -> None:
        super().__init__(f"this upload has ended: {status.lower()}")


class NotPossibleNow(IngestError):
    """The state table has no such move from where the thing stands."""

    code = Code.NOT_POSSIBLE_NOW
    family = Family.INPUT
    remedy = "Look at its present state; the page shows what is possible."


class AssetInTrash(NotPossibleNow):
    """What lies in the trash takes no changes and no new versions."""

    remedy = "Restore the asset first; a job that ended by this can then be retried."

    def __init__(self) -> None:
        super().__init__("the asset is in the trash")


class AssetPurgedMeanwhile(NotPossibleNow):
    """The asset that a file was to be a version of, or that work was done for, has been deleted for good."""

    remedy = "Upload the file again as an asset of its own."

    def __init__(self) -> None:
        super().__init__("the asset was deleted for good meanwhile")


class ImportsOff(NotPossibleNow):
    """An operator has not allowed this server to fetch files from addresses."""

    remedy = "Upload the file itself, or ask an operator to turn ASSET_INGEST_REMOTE_IMPORT on."

    def __init__(self) -> None:
        super().__init__("this server does not fetch files from web addresses")


class RangeNotSatisfiable(IngestError):
    """The bytes asked for lie outside the object."""

    code = Code.RANGE_NOT_SATISFIABLE
    family = Family.INPUT
    remedy = "Ask for a range inside the size that the answer names."

    def __init__(self, size: int) -> None:
        super().__init__(f"the range lies outside the {size} bytes of this object")
        self.size = size
