/** The processor, as Go, Kubernetes and Debian name it. The preflight refuses any other than these two. */
export const arch: "amd64" | "arm64" = process.arch === "arm64" ? "arm64" : "amd64";
