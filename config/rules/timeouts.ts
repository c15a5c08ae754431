import type { PipelinesConfig } from "../schema-pipelines";
import { type Problem, rule } from "./rule";

/** Photos that the reconciler reads in a minute while it closes a flight: of 10 MB each, at 20 MB/s. */
const PHOTOS_A_MINUTE = 120;

/** Times that must fit one another: of the classes, and of the reconciler with the largest flight. */
export const timeoutRule = rule(["pipelines"], ({ pipelines }) => [
  ...classProblems(pipelines),
  ...reconcileProblems(pipelines),
]);

function classProblems({ sizeClasses }: PipelinesConfig): Problem[] {
  return sizeClasses.flatMap(({ timeoutMinutes }, i) => {
    const previous = sizeClasses[i - 1];
    if (!previous || timeoutMinutes >= previous.timeoutMinutes) return [];
    return [
      {
        path: `pipelines.sizeClasses.${i}.timeoutMinutes`,
        message: `found ${timeoutMinutes}; a larger class needs at least the ${previous.timeoutMinutes} minutes of class ${previous.name}`,
      },
    ];
  });
}

/** A look that is always cut off would begin the same flight anew each time. */
function reconcileProblems({ sizeClasses, reconcile }: PipelinesConfig): Problem[] {
  const photos = Math.max(...sizeClasses.map((sizeClass) => sizeClass.photos));
  const needed = Math.ceil(photos / PHOTOS_A_MINUTE);
  if (reconcile.timeoutMinutes >= needed) return [];
  return [
    {
      path: "pipelines.reconcile.timeoutMinutes",
      message: `found ${reconcile.timeoutMinutes}; closing a flight of the largest class, ${photos} photos, takes ${needed} at ${PHOTOS_A_MINUTE} photos a minute`,
    },
  ];
}
