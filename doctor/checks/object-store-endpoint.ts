import { objectStore } from "../../components/names";
import { type Check, fail, ok, warn } from "../check";
import { get } from "../http";
import { isDeployed } from "../service";

/** Pulumi makes buckets and users at this address, so `up` stops where it does not answer. */
export const objectStoreEndpoint: Check = {
  title: "address of the object store",
  asksCluster: false,
  async run({ environment: { endpoints }, cluster }) {
    const { minio, minioTls, minioCaFile } = endpoints;
    const url = `${minioTls ? "https" : "http"}://${minio}/minio/health/live`;
    try {
      const { status } = await get(url, { caFile: minioCaFile });
      if (status === 200) return [ok(`${minio} answers`)];
      const mend =
        "see that endpoints.minio is MinIO's S3 API, and that what stands in front of it lets /minio/health/live through";
      return [fail(`${minio} answers ${status} to /minio/health/live`, mend)];
    } catch (error) {
      const why = `${minio}: ${(error as Error).message}`;
      if (await isDeployed(cluster, objectStore.name)) {
        return [
          fail(
            `${why}, while the cluster has its Service`,
            "see to the name, the proxy and its certificate (endpoints.minio, minioTls, minioCaFile)",
          ),
        ];
      }
      return [warn(`not up yet: ${why}`, "have its name and proxy ready before up, which makes buckets through them")];
    }
  },
};
