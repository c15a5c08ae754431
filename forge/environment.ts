/** Which pull request a pipeline runs for, as its forge says in the environment. */
import { readFileSync } from "node:fs";
import type { Forge } from "./comment";
import { github } from "./github";
import { gitlab } from "./gitlab";

type Variables = Readonly<Record<string, string | undefined>>;

/** @throws Error that names the variable that is missing */
export function forgeOf(variables: Variables): Forge {
  const need = (name: string, why: string) => {
    const value = variables[name];
    if (!value) throw new Error(`${name} is not set: ${why}`);
    return value;
  };
  if (variables.GITHUB_ACTIONS === "true") {
    const event = JSON.parse(readFileSync(need("GITHUB_EVENT_PATH", "it is GitHub's"), "utf8")) as {
      pull_request?: { number: number };
    };
    if (!event.pull_request)
      throw new Error("this run is not for a pull request: let the workflow start it by pull_request");
    return github({
      api: need("GITHUB_API_URL", "it is GitHub's"),
      repository: need("GITHUB_REPOSITORY", "it is GitHub's"),
      pull: event.pull_request.number,
      token: need("GITHUB_TOKEN", "hand the workflow's token to this step, with pull-requests: write"),
      author: variables.COMMENT_AUTHOR || "github-actions[bot]",
    });
  }
  if (variables.GITLAB_CI === "true") {
    return gitlab({
      api: need("CI_API_V4_URL", "it is GitLab's"),
      project: need("CI_PROJECT_ID", "it is GitLab's"),
      mergeRequest: Number(need("CI_MERGE_REQUEST_IID", "let the job run in merge request pipelines")),
      token: need("GITLAB_TOKEN", "a project access token with scope api, as a masked variable"),
    });
  }
  throw new Error("neither GITHUB_ACTIONS nor GITLAB_CI is set: this runs in a pipeline of GitHub or GitLab");
}
