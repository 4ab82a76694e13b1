"""Lifecycle, encryption and policy, against moto, which knows all three."""

import json

import boto3

from solver.store import setup
from solver.store.tests import servers
from solver.store.tests.servers import client


def rules(url: str, name: str) -> list[dict[str, object]]:
    answer = client(url).get_bucket_lifecycle_configuration(Bucket=name)
    return list(answer["Rules"])


def test_logs_expire_and_objects_are_encrypted(moto_store, moto_url):
    setup.set_up()

    rule = rules(moto_url, moto_store)[0]
    assert rule["Filter"] == {"Prefix": "logs/"}
    assert rule["Expiration"] == {"Days": 30}
    answer = client(moto_url).get_bucket_encryption(Bucket=moto_store)
    told = answer["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert told["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_setup_twice_keeps_other_rules_and_adds_one(moto_store, moto_url):
    theirs = {
        "ID": "theirs",
        "Status": "Enabled",
        "Filter": {"Prefix": "other/"},
        "Expiration": {"Days": 5},
    }
    client(moto_url).put_bucket_lifecycle_configuration(
        Bucket=moto_store, LifecycleConfiguration={"Rules": [theirs]}
    )

    setup.set_up()
    setup.set_up()

    assert [rule["ID"] for rule in rules(moto_url, moto_store)] == ["theirs", setup.RULE_ID]


def test_kms_key_is_passed_on(moto_store, moto_url, settings):
    settings.S3_ENCRYPTION, settings.S3_KMS_KEY_ID = "aws:kms", "key-1"

    setup.set_up()

    answer = client(moto_url).get_bucket_encryption(Bucket=moto_store)
    told = answer["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert told["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == "key-1"


def test_policy_allows_what_the_site_does_and_no_more():
    statements = json.loads(setup.policy("b"))["Statement"]

    allowed = {action for one in statements for action in one["Action"]}
    assert allowed == {"s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"}
    removing = next(one for one in statements if "s3:DeleteObject" in one["Action"])
    assert removing["Resource"] == ["arn:aws:s3:::b/uploads/*", "arn:aws:s3:::b/logs/*"]


def test_policy_is_taken_by_a_real_iam_parser(moto_url):
    iam = boto3.client(
        "iam",
        endpoint_url=moto_url,
        aws_access_key_id=servers.KEY,
        aws_secret_access_key=servers.SECRET,
        region_name="us-east-1",
    )

    made = iam.create_policy(PolicyName="vibesite", PolicyDocument=setup.policy("b"))

    assert made["Policy"]["PolicyName"] == "vibesite"


def test_folder_needs_nothing(folder_store):
    assert "needs nothing" in setup.set_up()[0].message


def test_denied_setup_says_what_was_not_done(settings):
    with servers.scripted(lambda verb, path: servers.error(403, "AccessDenied")) as server:
        settings.STORAGES = servers.aliases(servers.options(server.url, "bucket"))
        lines = setup.set_up()

    assert [line.is_wrong for line in lines] == [True, True]
    assert "NOT done: new objects are encrypted" in lines[1].message
    assert "denies" in lines[1].message
