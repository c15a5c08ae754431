import { objectStore } from "../../components/names";
import { NoAnswer, silent } from "../answers";
import { type Check, fail, ok } from "../check";
import { get } from "../http";

/** What a proxy answers that finds nothing behind it. */
const NOTHING_BEHIND = [502, 503, 504];
const HEALTH = "/minio/health/live";

/** Pulumi makes buckets and users at this address, so `up` stops where it does not answer. */
export const objectStoreEndpoint: Check = {
  title: "address of the object store",
  asksCluster: false,
  async run({ environment: { endpoints }, cluster }) {
    const { minio, minioCaFile } = endpoints;
    const mend = "see to the name, what is in front of it and its certificate (endpoints.minio, minioCaFile)";
    try {
      const { status } = await get(`https://${minio}${HEALTH}`, { caFile: minioCaFile });
      if (status === 200) return [ok(`${minio} answers`)];
      const what = `${minio} answers ${status} to ${HEALTH}`;
      if (NOTHING_BEHIND.includes(status)) return [await silent(cluster, objectStore.name, new NoAnswer(what), mend)];
      return [
        fail(
          what,
          "see that endpoints.minio is MinIO's S3 API, and that what stands in front of it lets that path through",
        ),
      ];
    } catch (error) {
      return [await silent(cluster, objectStore.name, error as Error, mend)];
    }
  },
};
