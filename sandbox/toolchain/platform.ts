/** The processor, as Go, Kubernetes and Debian name it. */
export const arch: "amd64" | "arm64" = (() => {
  if (process.arch === "x64") return "amd64";
  if (process.arch === "arm64") return "arm64";
  throw new Error(`processor ${process.arch} is not supported: the sandbox needs linux on x64 or arm64`);
})();
