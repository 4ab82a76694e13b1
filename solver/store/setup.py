"""What a bucket needs once: logs that expire, encryption at rest, a policy for the site's key."""

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings

from solver.store import bucket
from solver.store.faults import CAUGHT, fault
from solver.store.s3 import BucketStorage
from solver.store.sync import Line

RULE_ID = "vibesite-logs-expire"


def set_up() -> list[Line]:
    """Apply to the bucket what it lacks, each thing by itself; needs an operator's key."""
    storage = bucket.storage(bucket.LOGS)
    if not isinstance(storage, BucketStorage):
        return [Line(f"The folder needs nothing: the site removes logs after {_days()} days.")]
    encryption = settings.S3_ENCRYPTION or "AES256"
    return [
        _apply(_expire_logs, storage, f"objects below logs/ expire after {_days()} days"),
        _apply(_encrypt, storage, f"new objects are encrypted ({encryption})"),
    ]


def _apply(act: Callable[[BucketStorage], None], storage: BucketStorage, what: str) -> Line:
    try:
        act(storage)
    except CAUGHT as error:
        found = fault(error)
        return Line(f"NOT done: {what}. {found} ({found.cause})", is_wrong=True)
    return Line(f"done: {what}")


def policy(bucket_name: str) -> str:
    """The least that the site's own key must be allowed, as an IAM policy in JSON."""
    arn = f"arn:aws:s3:::{bucket_name}"
    removable = [f"{arn}/uploads/*", f"{arn}/logs/*"]
    statements = [
        {"Sid": "List", "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [arn]},
        {
            "Sid": "ReadAndWrite",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": [f"{arn}/*"],
        },
        # A student who deletes a problem deletes its files and logs; prompts stay for ever.
        {
            "Sid": "RemoveOnRequest",
            "Effect": "Allow",
            "Action": ["s3:DeleteObject"],
            "Resource": removable,
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


def _expire_logs(storage: BucketStorage) -> None:
    """Our rule beside whatever rules the operator has."""
    rule = {
        "ID": RULE_ID,
        "Status": "Enabled",
        "Filter": {"Prefix": f"{storage.location}/"},
        "Expiration": {"Days": _days()},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
    others = [found for found in _rules(storage) if found.get("ID") != RULE_ID]
    storage.client.put_bucket_lifecycle_configuration(
        Bucket=storage.bucket_name, LifecycleConfiguration={"Rules": [*others, rule]}
    )


def _rules(storage: BucketStorage) -> list[dict[str, Any]]:
    try:
        answer = storage.client.get_bucket_lifecycle_configuration(Bucket=storage.bucket_name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration":
            return []
        raise
    return list(answer.get("Rules", []))


def _encrypt(storage: BucketStorage) -> None:
    default = {"SSEAlgorithm": settings.S3_ENCRYPTION or "AES256"}
    if settings.S3_KMS_KEY_ID and default["SSEAlgorithm"] == "aws:kms":
        default["KMSMasterKeyID"] = settings.S3_KMS_KEY_ID
    storage.client.put_bucket_encryption(
        Bucket=storage.bucket_name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": default}]
        },
    )


def _days() -> int:
    return int(settings.LOG_DAYS)
