/** What Tekton needs of Kubernetes. */
export const MINIMUM_KUBERNETES = "1.28";

/** Whether a version such as `v1.31.2+k3s1` is not older than another, by its first two numbers. */
export function atLeast(version: string, minimum: string): boolean {
  const [major = 0, minor = 0] = (/\d+\.\d+/.exec(version)?.[0] ?? "0.0").split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = minimum.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
