import { Api } from "./api";
import type { Comment, Forge } from "./comment";

export interface GitLabMergeRequest {
  /** Such as `https://gitlab.example.org/api/v4`. */
  readonly api: string;
  readonly project: string;
  readonly mergeRequest: number;
  readonly token: string;
}

interface Note extends Comment {
  readonly author: { readonly id: number };
  readonly system: boolean;
}

export function gitlab({ api, project, mergeRequest, token }: GitLabMergeRequest): Forge {
  const calls = new Api(api, { "private-token": token });
  const notes = `/projects/${encodeURIComponent(project)}/merge_requests/${mergeRequest}/notes`;
  return {
    mine: async () => {
      const { id } = await calls.call<{ id: number }>("GET", "/user");
      const all = await calls.all<Note>(`${notes}?sort=asc&order_by=created_at`);
      return all.filter(({ author, system }) => author.id === id && !system);
    },
    create: async (body) => void (await calls.call("POST", notes, { body })),
    update: async (id, body) => void (await calls.call("PUT", `${notes}/${id}`, { body })),
    remove: async (id) => void (await calls.call("DELETE", `${notes}/${id}`)),
  };
}
