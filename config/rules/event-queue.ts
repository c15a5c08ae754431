import { bytesOf, inUnits } from "../values";
import { rule } from "./rule";

/** An undelivered event is a file of its own: one block of the filesystem, however short it is. */
const EVENT_BYTES = 4096;

/** A full volume makes MinIO drop events while its own limit still lets them in. */
export const eventQueueRule = rule(["objectStore"], ({ objectStore: { eventQueue } }) => {
  const needed = eventQueue.limit * EVENT_BYTES;
  if (needed <= bytesOf(eventQueue.size)) return [];
  return [
    {
      path: "objectStore.eventQueue.limit",
      message: `found ${eventQueue.limit}; so many events take ${inUnits(needed)}, and the volume has ${eventQueue.size} (objectStore.eventQueue.size)`,
    },
  ];
});
