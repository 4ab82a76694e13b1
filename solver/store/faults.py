"""What can be wrong with the bucket, in words for an operator.

Messages never quote the server: an S3 error body may repeat the key id or a signed request.
"""

import errno
from enum import StrEnum

from botocore import exceptions as boto
from urllib3.exceptions import HTTPError


class FaultKind(StrEnum):
    CREDENTIALS = "credentials"
    DENIED = "denied"
    NO_BUCKET = "no bucket"
    REGION = "region"
    CLOCK = "clock"
    UNREACHABLE = "unreachable"
    SLOW = "slow"
    BUSY = "busy"
    SERVER = "server"
    FULL = "full"
    TOO_BIG = "too big"
    OPTIONS = "options"
    OTHER = "other"


ADVICE: dict[FaultKind, str] = {
    FaultKind.CREDENTIALS: (
        "The storage refuses our credentials: check S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, "
        "or the machine's role."
    ),
    FaultKind.DENIED: (
        "The storage denies this operation: the policy needs GetObject, PutObject, DeleteObject "
        "and ListBucket (manage.py storage setup prints one)."
    ),
    FaultKind.NO_BUCKET: "The bucket does not exist: create it, or correct S3_BUCKET.",
    FaultKind.REGION: "The bucket is in another region: correct S3_REGION and S3_ENDPOINT_URL.",
    FaultKind.CLOCK: "This machine's clock is off: set it by NTP, the storage refuses us.",
    FaultKind.UNREACHABLE: "The storage cannot be reached: check S3_ENDPOINT_URL and the network.",
    FaultKind.SLOW: "The storage answers too slowly: we stopped waiting and go on without it.",
    FaultKind.BUSY: "The storage asks us to slow down; we try again later.",
    FaultKind.SERVER: "The storage failed on its side; we try again later.",
    FaultKind.FULL: "No room is left on the disk: free some, or move DATA_DIR.",
    FaultKind.TOO_BIG: "The stored object is larger than we read: shorten it.",
    FaultKind.OPTIONS: "The storage options make no sense together: check S3_* in the environment.",
    FaultKind.OTHER: "The storage failed in a way we do not know: see the log of the storage.",
}


class StorageFault(Exception):
    """The bucket could not do what was asked; missing objects are no fault."""

    def __init__(self, kind: FaultKind, cause: str = "") -> None:
        super().__init__(ADVICE[kind])
        self.kind = kind
        # Class or code of the cause: fit for a log, never a server's text.
        self.cause = cause


_CODES: dict[str, FaultKind] = {
    "InvalidAccessKeyId": FaultKind.CREDENTIALS,
    "SignatureDoesNotMatch": FaultKind.CREDENTIALS,
    "ExpiredToken": FaultKind.CREDENTIALS,
    "InvalidToken": FaultKind.CREDENTIALS,
    "TokenRefreshRequired": FaultKind.CREDENTIALS,
    "AuthorizationHeaderMalformed": FaultKind.REGION,
    "PermanentRedirect": FaultKind.REGION,
    "TemporaryRedirect": FaultKind.REGION,
    "IllegalLocationConstraintException": FaultKind.REGION,
    "301": FaultKind.REGION,
    "307": FaultKind.REGION,
    "RequestTimeTooSkewed": FaultKind.CLOCK,
    "RequestExpired": FaultKind.CLOCK,
    "NoSuchBucket": FaultKind.NO_BUCKET,
    "SlowDown": FaultKind.BUSY,
    "Throttling": FaultKind.BUSY,
    "TooManyRequests": FaultKind.BUSY,
    "ServiceUnavailable": FaultKind.BUSY,
    "RequestTimeout": FaultKind.SLOW,
    "InvalidBucketName": FaultKind.OPTIONS,
}
_STATUSES: dict[int, FaultKind] = {
    401: FaultKind.CREDENTIALS,
    403: FaultKind.DENIED,
    429: FaultKind.BUSY,
    503: FaultKind.BUSY,
}
_RAISED: tuple[tuple[type[Exception], FaultKind], ...] = (
    (boto.NoCredentialsError, FaultKind.CREDENTIALS),
    (boto.PartialCredentialsError, FaultKind.CREDENTIALS),
    (boto.CredentialRetrievalError, FaultKind.CREDENTIALS),
    (boto.ReadTimeoutError, FaultKind.SLOW),
    (boto.ConnectTimeoutError, FaultKind.UNREACHABLE),
    (boto.ConnectionError, FaultKind.UNREACHABLE),
    (boto.HTTPClientError, FaultKind.UNREACHABLE),
    (boto.IncompleteReadError, FaultKind.UNREACHABLE),
    (boto.ParamValidationError, FaultKind.OPTIONS),
    (boto.BotoCoreError, FaultKind.OTHER),
    (HTTPError, FaultKind.UNREACHABLE),
    (PermissionError, FaultKind.DENIED),
    (OSError, FaultKind.OTHER),
    # botocore raises it for an endpoint that is no address.
    (ValueError, FaultKind.OPTIONS),
    # It asks a server that redirects without naming a region until Python stops it.
    (RecursionError, FaultKind.REGION),
)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
CAUGHT = (boto.ClientError, boto.BotoCoreError, HTTPError, OSError, ValueError, RecursionError)


def fault(error: Exception) -> StorageFault:
    """The fault behind an exception of boto3 or of the file system."""
    if isinstance(error, StorageFault):
        return error
    if isinstance(error, boto.ClientError):
        return _of_answer(error)
    if isinstance(error, OSError) and error.errno in _FULL:
        return StorageFault(FaultKind.FULL, errno.errorcode[error.errno])
    if isinstance(error, boto.HTTPClientError):
        # The same, where it stopped inside the HTTP client.
        inner = error.kwargs.get("error")
        error = inner if isinstance(inner, RecursionError) else error
    kind = next((kind for raised, kind in _RAISED if isinstance(error, raised)), FaultKind.OTHER)
    return StorageFault(kind, type(error).__name__)


def _of_answer(error: boto.ClientError) -> StorageFault:
    code = code_of(error)
    status = status_of(error)
    kind = _CODES.get(code) or _STATUSES.get(status)
    if kind is None:
        kind = FaultKind.SERVER if status >= 500 else FaultKind.OTHER
    return StorageFault(kind, code if code.isalnum() and len(code) < 60 else str(status))


def code_of(error: boto.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: boto.ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
