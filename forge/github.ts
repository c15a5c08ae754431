import { Api } from "./api";
import type { Comment, Forge } from "./comment";

export interface GitHubPull {
  /** Such as `https://api.github.com`. */
  readonly api: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly pull: number;
  readonly token: string;
  /** Login that the token's comments have. */
  readonly author: string;
}

interface IssueComment extends Comment {
  readonly user: { readonly login: string } | null;
}

export function github({ api, repository, pull, token, author }: GitHubPull): Forge {
  const calls = new Api(`${api}/repos/${repository}/issues`, {
    accept: "application/vnd.github+json",
    authorization: `Bearer ${token}`,
    "x-github-api-version": "2022-11-28",
  });
  return {
    // Who may write to the repository may also change other people's comments: those that only look like ours are left alone.
    mine: async () => (await calls.all<IssueComment>(`/${pull}/comments`)).filter(({ user }) => user?.login === author),
    create: async (body) => void (await calls.call("POST", `/${pull}/comments`, { body })),
    update: async (id, body) => void (await calls.call("PATCH", `/comments/${id}`, { body })),
    remove: async (id) => void (await calls.call("DELETE", `/comments/${id}`)),
  };
}
