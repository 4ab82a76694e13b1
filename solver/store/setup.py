"""What a bucket needs once: logs that expire, encryption at rest, a policy for the site's key."""

import json
from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings

from solver.store import bucket
from solver.store.faults import CAUGHT, fault
from solver.store.s3 import BucketStorage

RULE_ID = "vibesite-logs-expire"


def set_up() -> list[str]:
    """Apply to the bucket; says what was done. Raises StorageFault; needs an operator's key."""
    storage = bucket.storage(bucket.LOGS)
    if not isinstance(storage, BucketStorage):
        return [f"The folder back end needs nothing: the site removes logs after {_days()} days."]
    try:
        _expire_logs(storage)
        _encrypt(storage)
    except CAUGHT as error:
        raise fault(error) from None
    return [
        f"Objects below {storage.location}/ expire after {_days()} days.",
        f"New objects are encrypted ({settings.S3_ENCRYPTION or 'AES256'}).",
    ]


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
