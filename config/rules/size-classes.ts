import { allocatable, type Compute, stitchRequests } from "../pods";
import type { SizeClass } from "../schema-pipelines";
import { duplicates, type Problem, rule } from "./rule";

/** GiB that the photos of a flight take beside what is made of them, a photo: two copies of 10 MB each. */
const SCRATCH_GIB_A_PHOTO = 0.02;

/** What grows, or stays the same, from one class to the next. */
const GROWING = ["cpu", "memoryGiB", "scratchGiB"] as const;

/** Classes go from small to large, and a pod of each one fits on a node and holds its photos. */
export const sizeClassRule = rule(["pipelines", "cluster"], ({ pipelines, cluster }) => {
  const classes = pipelines.sizeClasses;
  const problems = duplicates(
    classes.map((sizeClass) => sizeClass.name),
    "pipelines.sizeClasses",
    "size class",
  );
  for (const [i, sizeClass] of classes.entries()) {
    const path = `pipelines.sizeClasses.${i}`;
    const previous = classes[i - 1];
    if (previous) problems.push(...orderProblems(path, sizeClass, previous));
    problems.push(...scratchProblems(path, sizeClass));
    problems.push(...nodeProblems(path, sizeClass, stitchRequests(pipelines, sizeClass), cluster.largestNode));
  }
  // With GPUs the detection runs on a node of the GPU pool, whose size the config does not know.
  if (pipelines.detect.gpus === 0) {
    problems.push(...nodeProblems("pipelines.detect", pipelines.detect, pipelines.detect, cluster.largestNode));
  }
  return problems;
});

function orderProblems(path: string, sizeClass: SizeClass, previous: SizeClass): Problem[] {
  const problems: Problem[] = GROWING.filter((key) => sizeClass[key] < previous[key]).map((key) => ({
    path: `${path}.${key}`,
    message: `found ${sizeClass[key]}; a larger class needs at least the ${previous[key]} of class ${previous.name}`,
  }));
  if (sizeClass.photos <= previous.photos) {
    problems.unshift({
      path: `${path}.photos`,
      message: `found ${sizeClass.photos}; classes go from small to large, so more than ${previous.photos} (class ${previous.name}) is allowed`,
    });
  }
  return problems;
}

function scratchProblems(path: string, { photos, scratchGiB }: SizeClass): Problem[] {
  const needed = Math.ceil(photos * SCRATCH_GIB_A_PHOTO);
  if (scratchGiB >= needed) return [];
  return [
    {
      path: `${path}.scratchGiB`,
      message: `found ${scratchGiB}; ${photos} photos alone take ${needed}, at 10 MB each and twice while they are prepared`,
    },
  ];
}

/** What keeps a pod of some requests off the largest node for ever. */
function nodeProblems(path: string, found: Compute, requests: Compute, node: Compute | undefined): Problem[] {
  if (!node) return [];
  const room = allocatable(node);
  return (["cpu", "memoryGiB"] as const)
    .filter((key) => requests[key] > room[key])
    .map((key) => ({
      path: `${path}.${key}`,
      message: `found ${found[key]}; the pod requests ${requests[key]} in all, and the largest node has ${room[key]} for pods (cluster.largestNode.${key} is ${node[key]})`,
    }));
}
