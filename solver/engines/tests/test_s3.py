"""Weights from a real S3 server (rclone), with a download that is cut short."""

import shutil
import socket
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from ..base import ModelNotFound
from ..options import EngineOptions
from ..s3 import _list, download

KEYS = ("AKIDTEST", "SECRETTEST")


@pytest.fixture(scope="module")
def bucket(tiny_folder, tmp_path_factory):
    """Client arguments for a server whose bucket `models` holds the tiny model below tiny/."""
    root = tmp_path_factory.mktemp("buckets")
    shutil.copytree(tiny_folder, root / "models" / "tiny")
    (root / "models" / "empty").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"127.0.0.1:{port}"
    arguments = ["--addr", address, "--auth-key", ",".join(KEYS), "--vfs-cache-mode", "off"]
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("rclone")), "serve", "s3", *arguments, str(root)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    ends_at = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert time.monotonic() < ends_at, "rclone did not start"
            time.sleep(0.05)
    yield {
        "endpoint_url": f"http://{address}",
        "aws_access_key_id": KEYS[0],
        "aws_secret_access_key": KEYS[1],
        "region_name": "us-east-1",
        "config": Config(
            s3={"addressing_style": "path"},
            retries={"total_max_attempts": 2},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    }
    process.terminate()
    process.wait(timeout=60)


@pytest.fixture
def options(bucket, tmp_path):
    seen = []
    options = EngineOptions(
        models_dir=tmp_path, s3=bucket, progress=lambda *report: seen.append(report)
    )
    return options, seen


def test_a_prefix_is_mirrored_once_and_progress_is_shown(options, tiny_folder):
    settings, seen = options
    folder = download("s3://models/tiny", settings)
    for file in tiny_folder.iterdir():
        assert (folder / file.name).read_bytes() == file.read_bytes()
    doing, done, total = seen[-1]
    assert (doing, done) == ("downloading s3://models/tiny", total)
    seen.clear()
    assert download("s3://models/tiny", settings) == folder
    assert seen == []


def test_a_download_cut_short_goes_on_where_it_ended(options, bucket, tiny_folder):
    settings, _ = options
    folder = download("s3://models/tiny", settings)
    whole = (folder / "model.safetensors").read_bytes()
    (item,) = [
        item
        for item in _list(boto3.client("s3", **bucket), "models", "tiny/")
        if item.path.name == "model.safetensors"
    ]
    mark = sha256(item.etag.encode()).hexdigest()[:8]
    (folder / "model.safetensors").unlink()
    (folder / ".s3.json").unlink()
    # Marked bytes show that what was there is kept and only the rest is fetched.
    (folder / f"model.safetensors.{mark}.part").write_bytes(b"K" * 1000)
    download("s3://models/tiny", settings)
    assert (folder / "model.safetensors").read_bytes() == b"K" * 1000 + whole[1000:]


@pytest.mark.parametrize("spec", ["s3://models/nothing", "s3://no-such-bucket/x"])
def test_a_missing_prefix_or_bucket_is_said(options, spec):
    with pytest.raises(ModelNotFound, match="check the bucket"):
        download(spec, options[0])
