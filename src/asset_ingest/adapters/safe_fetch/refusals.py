"""Why something is not fetched."""


class Refused(Exception):
    """We do not fetch this; the message says why."""


class NotPublic(Refused):
    """The name leads to an address inside."""


class TooMuch(Refused):
    """The body is larger than the caller takes."""
