"""What the S3 side says, in our words: one sentence with a remedy for each thing an operator can mend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ssl import SSLCertVerificationError
from typing import Any, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ResponseStreamingError,
    SSLError,
)
from botocore.exceptions import ConnectionError as NotConnected

from asset_ingest.core.errors import Conflict, IngestError, ObjectMissing, StoreFull, StoreUnavailable


class S3Refused(StoreUnavailable):
    """The server answers, and refuses us until an operator changes something."""


class UnknownKey(S3Refused):
    remedy = "Correct the access key id in the settings, or create the key at the provider."


class WrongSecret(S3Refused):
    remedy = "Correct the secret key in the settings; it does not belong to the access key id."


class NoKey(S3Refused):
    remedy = "Set the access key id and the secret key of the bucket."


class WrongClock(S3Refused):
    remedy = "Set this machine's clock, best by NTP: requests are only valid for some minutes."


class BucketMissing(S3Refused):
    remedy = "Create the bucket, or correct its name, the endpoint or the region in the settings."


class WrongRegion(S3Refused):
    remedy = "Correct the region or the endpoint in the settings: the bucket lives elsewhere."


class NotAllowed(S3Refused):
    remedy = "Give the key the rights to read, write, delete and list in the bucket; then run the doctor."


class Untrusted(S3Refused):
    remedy = "Name the file with the server's CA certificate in the settings, or correct the endpoint."


class Busy(StoreUnavailable):
    remedy = "Try again in a moment; if it stays, ask the provider for a higher rate."


_REFUSALS: Final[Mapping[str, tuple[type[S3Refused], str]]] = {
    "InvalidAccessKeyId": (UnknownKey, "the S3 server does not know our access key id"),
    "XAdminUserNotFound": (UnknownKey, "the S3 server does not know our access key id"),  # VersityGW's word
    "InvalidToken": (UnknownKey, "the S3 server does not accept our session token"),
    "ExpiredToken": (UnknownKey, "our key for the S3 server has expired"),
    "SignatureDoesNotMatch": (WrongSecret, "the S3 server says that our secret key is wrong"),
    "RequestTimeTooSkewed": (WrongClock, "the clocks of this machine and of the S3 server differ too much"),
    "RequestExpired": (WrongClock, "the clocks of this machine and of the S3 server differ too much"),
    "NoSuchBucket": (BucketMissing, "the S3 server has no such bucket"),
    "InvalidBucketName": (BucketMissing, "the S3 server says that no bucket can have this name"),
    "AuthorizationHeaderMalformed": (WrongRegion, "the S3 server does not serve this region"),
    "IllegalLocationConstraintException": (WrongRegion, "the S3 server does not serve this region"),
    "PermanentRedirect": (WrongRegion, "the bucket lives at another S3 endpoint"),
    "301": (WrongRegion, "the bucket lives at another S3 endpoint"),
    "AccessDenied": (NotAllowed, "the S3 server does not let our key do this"),
    "AllAccessDisabled": (NotAllowed, "the S3 server has locked the bucket"),
    "403": (NotAllowed, "the S3 server refuses us and does not say whether key, secret, clock or rights are wrong"),
}
# Ceph says QuotaExceeded (403), MinIO the two others (507, 409).
_FULL: Final = frozenset({"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"})
_MISSING: Final = frozenset({"NoSuchKey", "NoSuchUpload", "404", "NotFound", "NoSuchVersion"})
_BAD_PARTS: Final = frozenset({"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML"})
_BUSY: Final = frozenset({"SlowDown", "SlowDownRead", "SlowDownWrite", "Throttling", "429"})
_INSUFFICIENT_STORAGE: Final = 507


@contextmanager
def our_errors(key: str = "") -> Iterator[None]:
    """Raise our error for whatever the driver raises inside; `key` is the object it is about."""
    try:
        yield
    except ClientError as error:
        raise refusal(error, key) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise NoKey("there is no access key for the S3 server") from error
    except (NoRegionError, ParamValidationError) as error:
        raise BucketMissing("the bucket's name or region cannot be right") from error
    except (HTTPClientError, NotConnected, ResponseStreamingError) as error:
        raise unreachable(error) from error
    except BotoCoreError as error:
        raise StoreUnavailable(f"the S3 driver gave up: {type(error).__name__}") from error


def told(said: Mapping[str, Any], field: str) -> Any:
    """Return what an answer must tell; raise StoreUnavailable for a 200 from what is no S3, such as a proxy's page."""
    if (value := said.get(field)) is None:
        raise StoreUnavailable(f"what answers at the address of the S3 server is none: it tells no {field}")
    return value


def code_of(error: ClientError) -> str:
    """Return the server's code; for an answer without a body, such as one to HEAD, the status."""
    return str(error.response.get("Error", {}).get("Code") or status_of(error))


def status_of(error: ClientError) -> int:
    """Return the HTTP status."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def refusal(error: ClientError, key: str) -> IngestError:
    """Return what the answer means. Its <Message> is not quoted: Ceph leaves it empty, others put the key into it."""
    code, status = code_of(error), status_of(error)
    if code in _MISSING:
        return ObjectMissing(key)
    if code in _FULL or status == _INSUFFICIENT_STORAGE:
        return StoreFull()
    if code in _BAD_PARTS:
        return Conflict("the parts of the upload are not the ones the store holds, or one is too small")
    if code in _BUSY:
        return Busy("the S3 server has no time for us now")
    if found := _REFUSALS.get(code):
        kind, message = found
        return kind(message)
    return StoreUnavailable(f"the S3 server answered {status} {code[:64]} to {error.operation_name}")


def unreachable(error: BaseException) -> StoreUnavailable:
    """Return what a failed connection means."""
    if is_untrusted(error):
        return Untrusted("the certificate of the S3 server is not one we trust")
    if isinstance(error, SSLError):
        return StoreUnavailable("the S3 server does not speak TLS at this address as we do")
    return StoreUnavailable(f"the S3 server cannot be reached or broke off: {type(error).__name__}")


def is_untrusted(error: BaseException | None) -> bool:
    """Say whether it was the certificate: trying again cannot help."""
    return isinstance(error, SSLError) and isinstance(_inner(error), SSLCertVerificationError)


def _inner(error: Any) -> object:
    cause = error.kwargs.get("error")
    return getattr(cause, "certificate_error", cause)
