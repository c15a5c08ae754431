"""The store against a real MinIO: exact versions, checked bytes, failures in plain words."""

import hashlib
from pathlib import Path

import pytest
from pydantic import SecretStr

from dronelake import storage
from dronelake.errors import AlreadyThere, BadInput, Denied, NotFound, Unavailable
from dronelake.keys import RAW_BUCKET
from dronelake.settings import StoreSettings
from dronelake.storage import Store

_NAME = "projects/dijk/1/'q\" $(touch x) `y` é水.jpg"


def test_gets_exactly_the_version_asked_for(store: Store, tmp_path: Path) -> None:
    old = store.put(RAW_BUCKET, _NAME, b"old", metadata={"engine": "sfm"})
    new = store.put(RAW_BUCKET, _NAME, b"newer")
    target = tmp_path / "photo.jpg"
    store.download(RAW_BUCKET, _NAME, old.version_id, target, sha256=hashlib.sha256(b"old").hexdigest(), size=3)
    assert target.read_bytes() == b"old"
    assert store.read(RAW_BUCKET, _NAME) == b"newer"
    assert store.head(RAW_BUCKET, _NAME).version_id == new.version_id
    found = store.head(RAW_BUCKET, _NAME, old.version_id)
    assert found.metadata == {"engine": "sfm", "sha256": hashlib.sha256(b"old").hexdigest()}


@pytest.mark.parametrize("wrong", [{"sha256": "0" * 64}, {"size": 4}])
def test_other_bytes_than_promised_never_become_a_file(store: Store, tmp_path: Path, wrong: dict[str, object]) -> None:
    stored = store.put(RAW_BUCKET, _NAME, b"abc")
    with pytest.raises(BadInput, match="upload it again"):
        store.download(RAW_BUCKET, _NAME, stored.version_id, tmp_path / "x", **wrong)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_lists_versions_and_latest_without_deleted_objects(store: Store, project: str) -> None:
    prefix = f"projects/{project}/"
    for name, body in (("a", b"1"), ("a", b"2"), ("b", b"1"), ("gone", b"1")):
        store.put(RAW_BUCKET, prefix + name, body)
    store._client.delete_object(Bucket=RAW_BUCKET, Key=prefix + "gone")
    assert [(one.key[-1], one.size) for one in store.latest(RAW_BUCKET, prefix)] == [("a", 1), ("b", 1)]
    assert sorted(one.key.rsplit("/", 1)[1] for one in store.versions(RAW_BUCKET, prefix)) == ["a", "a", "b", "gone"]


def test_a_conditional_put_never_overwrites(store: Store, project: str) -> None:
    key = f"projects/{project}/flight.json"
    first = store.put(RAW_BUCKET, key, b"first", only_new=True)
    with pytest.raises(AlreadyThere, match="nothing was written"):
        store.put(RAW_BUCKET, key, b"second", only_new=True)
    assert [one.version_id for one in store.versions(RAW_BUCKET, key)] == [first.version_id]


@pytest.mark.parametrize("limit", [10 << 20, 1 << 20])
def test_puts_a_file_whole_or_in_parts(
    store: Store, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(storage, "_SINGLE_PUT_LIMIT", limit)
    monkeypatch.setattr(storage, "_PART", 5 << 20)
    path = tmp_path / "ortho.tif"
    path.write_bytes(bytes(range(256)) * 32 * 1024 + b"end")
    sent = store.put_file(RAW_BUCKET, f"projects/{project}/ortho.tif", path, metadata={"run": "r"})
    assert ("-" in sent.etag) == (limit < path.stat().st_size)
    target = tmp_path / "back.tif"
    store.download(RAW_BUCKET, sent.key, sent.version_id, target, sha256=sent.sha256, size=sent.size)
    assert target.read_bytes() == path.read_bytes()
    assert store.head(RAW_BUCKET, sent.key).metadata["run"] == "r"


@pytest.mark.parametrize("version", [None, "3b1fb9b2-0b0c-4b8c-9d3e-1c4a3f9b7777", "no-version-at-all"])
def test_what_is_not_there_is_told_with_its_name_and_version(store: Store, version: str | None) -> None:
    with pytest.raises(NotFound, match=rf"s3://drone-raw/projects/nothing.*{version or ''}"):
        store.head(RAW_BUCKET, "projects/nothing", version)
    with pytest.raises(NotFound):
        store.read(RAW_BUCKET, "projects/nothing", version)


def test_an_unreachable_store_is_told_with_its_address_and_worth_a_retry(
    store: Store, minio_dead: StoreSettings
) -> None:
    with pytest.raises(Unavailable, match=r"http://127\.0\.0\.1:1 does not answer.*AWS_ENDPOINT_URL_S3") as caught:
        Store(minio_dead).head(RAW_BUCKET, "a")
    assert caught.value.exit_code == 75


def test_a_wrong_key_is_final_and_tells_no_secret(store: Store, minio_settings: StoreSettings) -> None:
    wrong = minio_settings.model_copy(update={"aws_secret_access_key": SecretStr("hunter2hunter2")})
    with pytest.raises(Denied) as caught:
        Store(wrong).put(RAW_BUCKET, "a", b"x")
    assert caught.value.exit_code == 77
    assert "hunter2" not in str(caught.value)


def test_refuses_to_write_where_nothing_is_versioned(store: Store) -> None:
    store._client.create_bucket(Bucket="plain")
    with pytest.raises(BadInput, match="'plain' is not versioned"):
        store.put("plain", "a", b"x")


@pytest.fixture
def minio_settings(store: Store) -> StoreSettings:
    return StoreSettings.load()


@pytest.fixture
def minio_dead(minio_settings: StoreSettings) -> StoreSettings:
    return minio_settings.model_copy(update={"aws_endpoint_url_s3": "http://127.0.0.1:1"})


def test_missing_settings_are_named_together_and_without_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "ftp://nowhere")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    with pytest.raises(BadInput, match=r"AWS_ENDPOINT_URL_S3.*AWS_ACCESS_KEY_ID: field required") as caught:
        Store.from_env()
    assert "hunter2" not in str(caught.value)
