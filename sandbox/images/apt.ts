import { exec } from "../process";
import { versions } from "../toolchain";

/** A source of Debian packages of the machine. */
export interface AptSource {
  uri: string;
  suite: string;
  components: string[];
}

/** The machine's sources of Debian's own suite, its updates and its security updates, as apt itself reads them from /etc/apt. */
export async function aptSources(): Promise<AptSource[]> {
  const format = "$(CREATED_BY)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)";
  const { stdout } = await exec("apt-get", ["indextargets", "--format", format], { env: { LC_ALL: "C" } });
  return parseTargets(stdout, versions.debian.suite);
}

/** Merges apt's index targets (`CREATED_BY|REPO_URI|RELEASE|COMPONENT` lines) to sources of a suite, in the order of appearance. */
export function parseTargets(text: string, suite: string): AptSource[] {
  const wanted = [suite, `${suite}-updates`, `${suite}-security`];
  const sources = new Map<string, AptSource>();
  for (const line of text.split("\n")) {
    const [kind, uri = "", release = "", component = ""] = line.trim().split("|");
    if (kind !== "Packages" || !wanted.includes(release)) continue;
    const key = `${uri} ${release}`;
    const source = sources.get(key) ?? { uri: uri.replace(/\/$/, ""), suite: release, components: [] };
    if (!source.components.includes(component)) source.components.push(component);
    sources.set(key, source);
  }
  return [...sources.values()];
}

/** The sources in the form of sources.list, trusted by the keys that Debian's base system has. */
export function sourcesList(sources: readonly AptSource[]): string {
  return sources.map(({ uri, suite, components }) => `deb ${uri} ${suite} ${components.join(" ")}\n`).join("");
}
