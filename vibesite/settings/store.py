"""The bucket and what is kept in it: prompts, configuration, layouts, uploads, logs."""

from typing import Any

from vibesite.settings.environment import DATA_DIR, SECRET_KEY, env, one_of

UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", 10_000_000)
UPLOAD_LINK_S = env.int("UPLOAD_LINK_S", 300)
UPLOADS_PER_PROBLEM = env.int("UPLOADS_PER_PROBLEM", 5)

# The bucket: S3 when S3_BUCKET is set, else a folder with the same keys.
S3_BUCKET = env.str("S3_BUCKET", "")
S3_ADDRESSING_STYLE = one_of("S3_ADDRESSING_STYLE", "auto", "path", "virtual", default="auto")
S3_ENCRYPTION = one_of("S3_ENCRYPTION", "", "AES256", "aws:kms", default="")
S3_KMS_KEY_ID = env.str("S3_KMS_KEY_ID", "")
S3_HEADERS = {
    header: value
    for header, value in {
        "ServerSideEncryption": S3_ENCRYPTION,
        "SSEKMSKeyId": S3_KMS_KEY_ID if S3_ENCRYPTION == "aws:kms" else "",
    }.items()
    if value
}
S3_OPTIONS: dict[str, Any] = {
    "bucket_name": S3_BUCKET,
    "endpoint_url": env.str("S3_ENDPOINT_URL", "") or None,
    "region_name": env.str("S3_REGION", "") or None,
    # None: boto3's own chain (AWS_* variables, a profile, the machine's role).
    "access_key": env.str("S3_ACCESS_KEY_ID", "") or None,
    "secret_key": env.str("S3_SECRET_ACCESS_KEY", "") or None,
    "security_token": env.str("S3_SESSION_TOKEN", "") or None,
    "verify": env.str("S3_CA_BUNDLE", "") or None,
    "addressing_style": S3_ADDRESSING_STYLE,
    "signature_version": env.str("S3_SIGNATURE_VERSION", "s3v4"),
    "connect_timeout_s": env.float("S3_CONNECT_TIMEOUT_S", 3.0),
    "read_timeout_s": env.float("S3_READ_TIMEOUT_S", 10.0),
    # The first try counts: 4 is three repeats.
    "total_attempts": env.int("S3_ATTEMPTS", 4),
    "body_timeout_s": env.float("S3_BODY_TIMEOUT_S", 30.0),
    "object_parameters": S3_HEADERS,
    "default_acl": None,
    "querystring_auth": True,
    "querystring_expire": UPLOAD_LINK_S,
    "file_overwrite": False,
}


def _bucket_folder(folder: str) -> dict[str, Any]:
    if S3_BUCKET:
        return {
            "BACKEND": "solver.store.s3.BucketStorage",
            "OPTIONS": {**S3_OPTIONS, "location": folder},
        }
    return {
        "BACKEND": "solver.store.folder.FolderStorage",
        "OPTIONS": {"location": DATA_DIR / "bucket" / folder},
    }


STORAGES: dict[str, dict[str, Any]] = {
    "default": _bucket_folder("uploads"),
    "prompts": _bucket_folder("prompts"),
    "configs": _bucket_folder("configs"),
    "templates": _bucket_folder("templates"),
    "logs": _bucket_folder("logs"),
    "batches": _bucket_folder("batches"),
    "staticfiles": {"BACKEND": "vibesite.static.ModuleStaticFilesStorage"},
}

# An object of the bucket (house prompt, configuration, layout) is looked at again after this time.
STORE_CACHE_S = env.float("STORE_CACHE_S", 60.0)
# A solution waits this long at most for the bucket before it takes the last good value.
STORE_WAIT_S = env.float("STORE_WAIT_S", 2.0)
# The same in a process that knows no value yet: the first request also loads the S3 client.
STORE_FIRST_WAIT_S = env.float("STORE_FIRST_WAIT_S", 8.0)
# After a fault the bucket is left alone for this long.
STORE_PAUSE_S = env.float("STORE_PAUSE_S", 10.0)

TRIAL_MIN_RUNS = env.int("TRIAL_MIN_RUNS", 30)
TEACHERS_RELEASE_PROMPTS = env.bool("TEACHERS_RELEASE_PROMPTS", True)

# The inference logs: one object for each solution, or for each hour.
LOG_TEXT = env.bool("LOG_TEXT", True)
LOG_PSEUDONYM_KEY = env.str("LOG_PSEUDONYM_KEY", "") or SECRET_KEY
LOG_BUNDLE = one_of("LOG_BUNDLE", "off", "hourly", default="off")
LOG_DAYS = env.int("LOG_DAYS", 30)
LOG_SPOOL_DIR = DATA_DIR / "spool"
LOG_SPOOL_MAX_FILES = env.int("LOG_SPOOL_MAX_FILES", 10_000)
LOG_SPOOL_MAX_BYTES = env.int("LOG_SPOOL_MAX_BYTES", 500_000_000)
