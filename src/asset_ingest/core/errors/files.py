"""What is wrong with a file: with its bytes on their way here, or with what they turn out to be."""

from __future__ import annotations

from asset_ingest.core.errors.codes import Code, Family, IngestError


class UploadRefused(IngestError):
    """The bytes as sent cannot become a file here."""

    family = Family.INPUT


class TooLarge(UploadRefused):
    code = Code.TOO_LARGE
    remedy = "Send a smaller file, or ask an operator to raise the limit."

    def __init__(self, limit: int) -> None:
        super().__init__(f"the file is larger than the {limit} bytes allowed here")
        self.limit = limit


class EmptyFile(UploadRefused):
    code = Code.EMPTY_FILE
    remedy = "Check the file on your disk: it has no content."

    def __init__(self) -> None:
        super().__init__("the file is empty")


class InvalidFilename(UploadRefused):
    code = Code.INVALID_FILENAME
    remedy = "Rename the file and upload it again."


class LengthMismatch(UploadRefused):
    code = Code.LENGTH_MISMATCH
    remedy = "Upload the file again; it may have changed while it was sent."

    def __init__(self, promised: int, received: int) -> None:
        super().__init__(f"{promised} bytes were promised and {received} arrived")


class Overlong(LengthMismatch):
    """The body is longer than what is missing; what there was before it stays."""

    remedy = "Ask for the offset, and send what is missing behind it and no more."


class ContentMismatch(UploadRefused):
    code = Code.CONTENT_MISMATCH
    remedy = "Upload the file again; its content is not what its checksum promised."

    def __init__(self, checksum: str = "SHA-256") -> None:
        super().__init__(f"the {checksum} of the bytes is not the one that was promised")


class StoredBytesChanged(IngestError):
    """What the store holds is not what came in: nothing may be made of it."""

    code = Code.STORED_BYTES_CHANGED
    family = Family.BUG  # the same bytes would be read again; whoever runs the store has to know
    remedy = "Upload the file again, and tell an operator: the object store has changed or lost bytes."

    def __init__(self) -> None:
        super().__init__("the stored bytes are not those that arrived: their CRC64NVME differs")


class UploadInterrupted(UploadRefused):
    """The connection or the server went away in the middle."""

    code = Code.UPLOAD_INTERRUPTED
    remedy = "Drop the file or import its address again; nothing of the first attempt is kept."

    def __init__(self) -> None:
        super().__init__("the upload stopped before all bytes had arrived")


class Cancelled(UploadRefused):
    code = Code.CANCELLED
    remedy = "Drop the file again if you want it after all."

    def __init__(self) -> None:
        super().__init__("somebody cancelled this while it was under way")


class FileRefused(IngestError):
    """The stored file cannot be what it claims; the same bytes will be refused again."""

    family = Family.INPUT


class NotWhatItsNameSays(FileRefused):
    code = Code.NOT_WHAT_ITS_NAME_SAYS
    remedy = "Check that you dropped the right file; rename it if its extension is wrong."

    def __init__(self, claimed: str, found: str) -> None:
        super().__init__(f"the name says {claimed}, the bytes say {found}")


class PackageUnreadable(FileRefused):
    code = Code.PACKAGE_UNREADABLE
    remedy = "Export the package again from Unity, or download it again."


class PackageTruncated(FileRefused):
    code = Code.PACKAGE_TRUNCATED
    remedy = "Download or export the package again and drop the complete file."


class PackageCorrupt(FileRefused):
    code = Code.PACKAGE_CORRUPT
    remedy = "Download or export the package again; its checksum does not match its content."


class PackageBomb(FileRefused):
    code = Code.PACKAGE_BOMB
    remedy = "If you trust the package, ask an operator to raise the inflation limit."


class PackageOverLimit(FileRefused):
    code = Code.PACKAGE_OVER_LIMIT
    remedy = "Split the package, or ask an operator to raise the limit."


class DecoderFailed(IngestError):
    """A native decoder crashed, hung or refused; it ran in a child process, so we did not."""

    code = Code.DECODER_FAILED
    family = Family.INPUT
    remedy = "Check that the picture opens elsewhere; export it again."
