/** S3BucketNotification: all event targets of a bucket. The id is the bucket's name. */
import { randomUUID } from "node:crypto";
import {
  type Event,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  type QueueConfiguration,
} from "@aws-sdk/client-s3";
import type { ResourceType } from "../declared/resource";
import type { Json } from "../shared/values";
import { type Client, saysNo } from "./client";

interface Queue {
  id?: string | null;
  queueArn: string;
  events: string[];
  filterPrefix?: string | null;
  filterSuffix?: string | null;
}

export const notification: ResourceType<Client> = {
  token: "minio:index/s3BucketNotification:S3BucketNotification",
  schema: {
    bucket: { type: "string", required: true, replace: true },
    queues: {
      type: "list",
      of: {
        type: "object",
        fields: {
          id: { type: "string", computed: true },
          filterPrefix: { type: "string" },
          filterSuffix: { type: "string" },
          queueArn: {
            type: "string",
            required: true,
            check: (value) =>
              /^arn:minio:sqs:[^:]*:[^:]+:[^:]+$/.test(String(value))
                ? undefined
                : "must be the ARN of a target that the server has, such as arn:minio:sqs::TEKTON:webhook",
          },
          events: { type: "set", of: { type: "string" }, required: true },
        },
      },
    },
  },
  create: (client, desired) => put(client, String(desired.bucket), queuesIn(desired), []),
  update: (client, id, old, desired) => put(client, id, queuesIn(desired), queuesIn(old)),

  async read(client, id) {
    try {
      const command = new GetBucketNotificationConfigurationCommand({ Bucket: id });
      const { QueueConfigurations = [] } = await client.call(`events of bucket "${id}"`, (s3) => s3.send(command));
      return { id, outputs: { bucket: id, queues: QueueConfigurations.map(fromS3) as unknown as Json } };
    } catch (error) {
      if (saysNo(error, "NoSuchBucket")) return undefined;
      throw error;
    }
  },

  async delete(client, id) {
    await put(client, id, [], []).catch((error) => {
      if (!saysNo(error, "NoSuchBucket")) throw error;
    });
  },
};

function queuesIn(properties: { queues?: unknown }): Queue[] {
  return (properties.queues ?? []) as Queue[];
}

/** A queue without an id keeps the one that its place had, or gets one. */
async function put(client: Client, bucket: string, queues: Queue[], old: Queue[]) {
  const named = queues.map((queue, i) => ({ ...queue, id: queue.id || old[i]?.id || `queue-${randomUUID()}` }));
  const command = new PutBucketNotificationConfigurationCommand({
    Bucket: bucket,
    NotificationConfiguration: { QueueConfigurations: named.map(toS3) },
  });
  await client.changeBucket(bucket, "events", (s3) => s3.send(command));
  return { id: bucket, outputs: { queues: named as unknown as Json } };
}

function toS3(queue: Queue): QueueConfiguration {
  const rules = [
    ...(queue.filterPrefix ? [{ Name: "prefix" as const, Value: queue.filterPrefix }] : []),
    ...(queue.filterSuffix ? [{ Name: "suffix" as const, Value: queue.filterSuffix }] : []),
  ];
  return {
    Id: queue.id ?? undefined,
    QueueArn: queue.queueArn,
    Events: queue.events as Event[],
    ...(rules.length > 0 && { Filter: { Key: { FilterRules: rules } } }),
  };
}

function fromS3(queue: QueueConfiguration): Queue {
  const rules = queue.Filter?.Key?.FilterRules ?? [];
  const value = (name: string) => rules.find((rule) => rule.Name?.toLowerCase() === name)?.Value ?? null;
  return {
    id: queue.Id ?? null,
    queueArn: queue.QueueArn ?? "",
    events: [...(queue.Events ?? [])].sort(),
    filterPrefix: value("prefix"),
    filterSuffix: value("suffix"),
  };
}
