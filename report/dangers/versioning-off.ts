import { at } from "../../policies/readers/values";
import type { DangerRule } from "./danger";

const VERSIONING = "minio:index/s3BucketVersioning:S3BucketVersioning";
const BUCKET = "minio:index/s3Bucket:S3Bucket";

export const versioningOff: DangerRule = {
  name: "versioning-off",
  why: "Flight manifests and results name objects by VersionID: without versions an upload of the same name overwrites the data that they were made from.",
  *find({ type, operation, before, after }) {
    if (type === VERSIONING) {
      const status = (inputs: unknown) => at(inputs, "versioningConfiguration.status");
      if (operation === "delete") yield "no longer declares that the bucket keeps versions";
      else if (before && after && status(before.inputs) === "Enabled" && status(after.inputs) !== "Enabled")
        yield `sets versioning to ${String(status(after.inputs))}`;
    }
    if (
      type === BUCKET &&
      at(before?.inputs, "objectLocking") === true &&
      after &&
      at(after.inputs, "objectLocking") !== true
    )
      yield "makes the bucket without object locks";
  },
};
