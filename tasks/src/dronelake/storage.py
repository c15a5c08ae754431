"""The object store: exact versions in, checked versions out.

Everything is addressed by bucket, key and VersionID. Each put carries a SHA-256 that the server checks, and keeps it as
metadata `sha256` (hex), so that a later reader can tell what is there without reading it.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from dronelake.errors import AlreadyThere, BadInput, Denied, LakeError, NotFound, Superseded, Unavailable
from dronelake.settings import StoreSettings

_CHUNK = 1 << 20
_PART = 64 << 20
# One PUT, not parts, as far as S3 allows it (5 GiB): MinIO sends the event of a PUT before it answers, that of a
# completed multipart upload after, and a crash in between loses it.
_SINGLE_PUT_LIMIT = 4 << 30
_READ_ATTEMPTS = 4
_ABSENT = {"404", "NoSuchKey", "NoSuchVersion", "NotFound", "NoSuchBucket"}
_REFUSED = {"403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"}


@dataclass(frozen=True)
class StoredObject:
    """One version of one object; `size` in bytes, `etag` without quotes."""

    bucket: str
    key: str
    version_id: str
    size: int
    etag: str
    modified: datetime | None = None
    is_latest: bool = True
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str | None:
        """The checksum in hex that the writer left, when the writer was one of ours."""
        return self.metadata.get("sha256")

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


class Store:
    """A client of the object store; thread safe."""

    def __init__(self, settings: StoreSettings) -> None:
        self.endpoint = settings.aws_endpoint_url_s3.rstrip("/")
        self._client: Any = boto3.session.Session().client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=settings.aws_access_key_id,
            aws_secret_access_key=settings.aws_secret_access_key.get_secret_value(),
            region_name=settings.aws_region,
            config=Config(
                s3={"addressing_style": "path"},
                retries={"mode": "standard", "total_max_attempts": 7},
                connect_timeout=5,
                read_timeout=60,
                max_pool_connections=64,
            ),
        )

    @classmethod
    def from_env(cls) -> "Store":
        """The store that the environment names; raises BadInput when a variable is missing."""
        return cls(StoreSettings.load())

    def head(self, bucket: str, key: str, version_id: str | None = None) -> StoredObject:
        """What is known of a version (default: the latest); raises NotFound, Denied, Unavailable."""
        with self._told(bucket, key, version_id):
            answer = self._client.head_object(Bucket=bucket, Key=key, **_version(version_id))
        return _stored(bucket, key, answer)

    def check_latest(self, bucket: str, key: str, version_id: str) -> None:
        """Raise Superseded when the key has a newer version or was deleted: what is made of this one is out of date."""
        what = f"s3://{bucket}/{key} version {version_id}"
        try:
            latest = self.head(bucket, key).version_id
        except NotFound:
            raise Superseded(
                f"{what} was deleted while this run worked on it, so the run ends and writes nothing"
            ) from None
        if latest != version_id:
            raise Superseded(
                f"{what} was replaced by version {latest}, so this run ends and writes nothing; "
                "the newer version's own run does the work, and there is nothing to do"
            )

    def read(self, bucket: str, key: str, version_id: str | None = None, *, first: int | None = None) -> bytes:
        """The bytes of a small object, such as a manifest or report, or only the `first` so many of another."""
        span = {} if first is None else {"Range": f"bytes=0-{first - 1}"}
        with self._told(bucket, key, version_id):
            body: bytes = self._client.get_object(Bucket=bucket, Key=key, **_version(version_id), **span)["Body"].read()
        return body

    def stream(self, bucket: str, key: str, version_id: str) -> Iterator[bytes]:
        """The bytes of a version in chunks of 1 MiB; a broken connection is resumed where it stopped."""
        offset = 0
        for attempt in range(1, _READ_ATTEMPTS + 1):
            span = {"Range": f"bytes={offset}-"} if offset else {}
            try:
                answer = self._client.get_object(Bucket=bucket, Key=key, VersionId=version_id, **span)
                for chunk in answer["Body"].iter_chunks(_CHUNK):
                    offset += len(chunk)
                    yield chunk
                return
            except (BotoCoreError, OSError) as error:
                if attempt == _READ_ATTEMPTS:
                    raise self._told_as(error, bucket, key, version_id) from error
            except ClientError as error:
                raise self._told_as(error, bucket, key, version_id) from error

    def download(
        self,
        bucket: str,
        key: str,
        version_id: str,
        target: Path,
        *,
        sha256: str | None = None,
        size: int | None = None,
    ) -> None:
        """Get exactly one version into `target`, which appears only when size and checksum (where given) are right.

        Raises BadInput when the bytes are not the ones that were promised.
        """
        what = f"s3://{bucket}/{key} version {version_id}"
        part = target.with_name(target.name + ".part")
        digest = hashlib.sha256()
        count = 0
        try:
            with part.open("wb") as file:
                for chunk in self.stream(bucket, key, version_id):
                    digest.update(chunk)
                    count += len(chunk)
                    file.write(chunk)
            if size is not None and count != size:
                raise BadInput(f"{what} has {count} bytes, {size} were listed; upload it again")
            if sha256 is not None and digest.hexdigest() != sha256:
                raise BadInput(f"{what} has another SHA-256 than was listed; upload it again")
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def put(
        self,
        bucket: str,
        key: str,
        body: bytes,
        *,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        only_new: bool = False,
    ) -> StoredObject:
        """Write bytes; `only_new` raises AlreadyThere, and writes nothing, when the key has an object."""
        digest = hashlib.sha256(body)
        extra = {"IfNoneMatch": "*"} if only_new else {}
        kept = {**(metadata or {}), "sha256": digest.hexdigest()}
        with self._told(bucket, key, None):
            answer = self._client.put_object(
                Bucket=bucket,
                Key=key,
                Body=body,
                ContentType=content_type,
                Metadata=kept,
                ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
                **extra,
            )
        return StoredObject(
            bucket, key, _version_of(answer, bucket), len(body), answer["ETag"].strip('"'), metadata=kept
        )

    def put_file(
        self,
        bucket: str,
        key: str,
        path: Path,
        *,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
    ) -> StoredObject:
        """Write a file, in one PUT up to 4 GiB and in parts of 64 MiB or more above."""
        digest = file_sha256(path)
        size = path.stat().st_size
        kept = {**(metadata or {}), "sha256": digest.hex()}
        about = {"Bucket": bucket, "Key": key, "ContentType": content_type, "Metadata": kept}
        with self._told(bucket, key, None):
            if size > _SINGLE_PUT_LIMIT:
                answer = self._put_parts(path, size, about)
            else:
                with path.open("rb") as file:
                    checksum = base64.b64encode(digest).decode()
                    answer = self._client.put_object(Body=file, ChecksumSHA256=checksum, **about)
        return StoredObject(bucket, key, _version_of(answer, bucket), size, answer["ETag"].strip('"'), metadata=kept)

    def address(self, bucket: str, key: str, version_id: str, seconds: int = 900) -> str:
        """A presigned URL that reads one version, for a reader without credentials; a secret while it lasts."""
        wanted = {"Bucket": bucket, "Key": key, "VersionId": version_id}
        return str(self._client.generate_presigned_url("get_object", Params=wanted, ExpiresIn=seconds))

    def latest(self, bucket: str, prefix: str = "") -> Iterator[StoredObject]:
        """The latest version of every object under `prefix`; deleted objects are left out. Metadata is not read."""
        return (found for found in self.versions(bucket, prefix) if found.is_latest)

    def folders(self, bucket: str, prefix: str) -> Iterator[str]:
        """The common prefixes one level below `prefix`, each with its closing slash."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
        with self._told(bucket, prefix, None):
            for page in pages:
                for entry in page.get("CommonPrefixes", []):
                    yield entry["Prefix"]

    def versions(self, bucket: str, prefix: str = "") -> Iterator[StoredObject]:
        """Every version of every object under `prefix`, delete markers left out. Metadata is not read."""
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
        with self._told(bucket, prefix, None):
            for page in pages:
                for entry in page.get("Versions", []):
                    yield StoredObject(
                        bucket,
                        entry["Key"],
                        entry["VersionId"],
                        entry["Size"],
                        entry["ETag"].strip('"'),
                        entry["LastModified"],
                        entry["IsLatest"],
                    )

    def _put_parts(self, path: Path, size: int, about: dict[str, Any]) -> Any:
        place = {"Bucket": about["Bucket"], "Key": about["Key"]}
        length = max(_PART, -(-size // 10_000))  # S3 takes at most 10,000 parts
        upload = self._client.create_multipart_upload(ChecksumAlgorithm="SHA256", **about)["UploadId"]

        def send(number: int) -> dict[str, Any]:
            with path.open("rb") as file:
                file.seek((number - 1) * length)
                data = file.read(length)
            checksum = base64.b64encode(hashlib.sha256(data).digest()).decode()
            sent = self._client.upload_part(
                UploadId=upload, PartNumber=number, Body=data, ChecksumSHA256=checksum, **place
            )
            return {"PartNumber": number, "ETag": sent["ETag"], "ChecksumSHA256": checksum}

        try:
            with ThreadPoolExecutor(4) as pool:
                parts = list(pool.map(send, range(1, -(-size // length) + 1)))
            return self._client.complete_multipart_upload(UploadId=upload, MultipartUpload={"Parts": parts}, **place)
        except BaseException:
            self._client.abort_multipart_upload(UploadId=upload, **place)
            raise

    @contextmanager
    def _told(self, bucket: str, key: str, version_id: str | None) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise self._told_as(error, bucket, key, version_id) from error

    def _told_as(self, error: Exception, bucket: str, key: str, version_id: str | None) -> LakeError:
        """The error in the lake's own terms; no message of it carries a credential."""
        what = f"s3://{bucket}/{key}" + (f" version {version_id}" if version_id else "")
        if not isinstance(error, ClientError):
            return Unavailable(
                f"the object store at {self.endpoint} does not answer ({type(error).__name__}) for {what}; "
                "check that it runs and that AWS_ENDPOINT_URL_S3 is right, then run again"
            )
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        malformed_version = version_id is not None and status == 400  # MinIO's answer to a VersionID that is no UUID
        if code in _ABSENT or status == 404 or malformed_version:
            return NotFound(f"{what} is not in the object store at {self.endpoint}; check its name and version")
        if code == "PreconditionFailed" or status == 412:
            return AlreadyThere(f"{what} is already there; nothing was written")
        deed = f"{error.operation_name} on {what} at {self.endpoint}"
        if code in _REFUSED or status == 403:
            return Denied(f"this identity may not do {deed} ({code}); use the identity that the task is meant for")
        if status >= 500 or code in {"SlowDown", "RequestTimeout", "429"}:
            return Unavailable(f"the object store could not do {deed} ({code}); run again later")
        return BadInput(f"the object store refuses {deed}: {code or status}")


def file_sha256(path: Path) -> bytes:
    """The SHA-256 of a file, read in chunks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _version(version_id: str | None) -> dict[str, str]:
    return {} if version_id is None else {"VersionId": version_id}


def _version_of(answer: Mapping[str, Any], bucket: str) -> str:
    version = answer.get("VersionId")
    if not version or version == "null":
        raise BadInput(f"bucket {bucket!r} is not versioned; enable versioning before anything is written to it")
    return str(version)


def _stored(bucket: str, key: str, answer: Mapping[str, Any]) -> StoredObject:
    return StoredObject(
        bucket,
        key,
        answer.get("VersionId", "null"),
        answer["ContentLength"],
        answer["ETag"].strip('"'),
        answer["LastModified"],
        metadata=answer.get("Metadata", {}),
    )
