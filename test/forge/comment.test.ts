/** The scripts of the pipelines against servers that speak as the forges do, and write down what they are asked. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MARKER, putComment } from "../../forge/comment";
import { forgeOf } from "../../forge/environment";
import { exec } from "../../sandbox/process";

vi.setConfig({ testTimeout: 60_000 });

interface Stored {
  id: number;
  body: string;
  user?: { login: string };
  author?: { id: number };
  system?: boolean;
}

const folder = mkdtempSync(join(tmpdir(), "forge-"));
const report = join(folder, "preview.md");
const event = join(folder, "event.json");
writeFileSync(report, "# Preview of dev: changes\n");
writeFileSync(event, JSON.stringify({ pull_request: { number: 7 } }));
afterAll(() => rmSync(folder, { recursive: true }));

let server: Server;
let url: string;
/** `METHOD path` of every call that changes something. */
let changes: string[];
let headers: Record<string, unknown>[];
let comments: Stored[];
/** What the forge answers with instead of doing as it is told. */
let refusal: number | undefined;

beforeEach(async () => {
  [changes, headers, comments, refusal] = [[], [], [], undefined];
  server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { pathname, searchParams } = new URL(request.url as string, url);
    headers.push(request.headers);
    const answer = (value: unknown, status = 200) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(value === undefined ? "" : JSON.stringify(value));
    };
    if (refusal) return answer({ message: "Resource not accessible by integration" }, refusal);
    if (pathname.endsWith("/user")) return answer({ id: 42 });
    if (request.method === "GET") {
      const [size, page] = [Number(searchParams.get("per_page")), Number(searchParams.get("page"))];
      return answer(comments.slice((page - 1) * size, page * size));
    }
    changes.push(`${request.method} ${pathname}`);
    const id = Number(/(\d+)$/.exec(pathname)?.[1]);
    const body = text ? (JSON.parse(text) as { body: string }).body : "";
    if (request.method === "DELETE") {
      comments = comments.filter((comment) => comment.id !== id);
      return answer(undefined, 204);
    }
    if (request.method === "POST") {
      comments.push({ id: 1000 + comments.length, body, user: { login: "github-actions[bot]" }, author: { id: 42 } });
      return answer({}, 201);
    }
    comments = comments.map((comment) => (comment.id === id ? { ...comment, body } : comment));
    return answer({});
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => server.close());

const TOKEN = "a-token-that-nobody-may-see";
const FORGES = {
  GitHub: () => ({
    GITHUB_ACTIONS: "true",
    GITHUB_API_URL: url,
    GITHUB_REPOSITORY: "waterboard/lake",
    GITHUB_EVENT_PATH: event,
    GITHUB_TOKEN: TOKEN,
  }),
  GitLab: () => ({
    GITLAB_CI: "true",
    CI_API_V4_URL: url,
    CI_PROJECT_ID: "3",
    CI_MERGE_REQUEST_IID: "7",
    GITLAB_TOKEN: TOKEN,
  }),
};
const ADD = {
  GitHub: "POST /repos/waterboard/lake/issues/7/comments",
  GitLab: "POST /projects/3/merge_requests/7/notes",
};
const change = (forge: keyof typeof FORGES, method: "edit" | "delete", id: number) =>
  forge === "GitHub"
    ? `${method === "edit" ? "PATCH" : "DELETE"} /repos/waterboard/lake/issues/comments/${id}`
    : `${method === "edit" ? "PUT" : "DELETE"} /projects/3/merge_requests/7/notes/${id}`;

/** What a pipeline of a forge does with a report. */
const comment = (env: Record<string, string | undefined>, text: string) => putComment(forgeOf(env), text);

const mine = (id: number): Stored => ({
  id,
  body: `${MARKER}\nold`,
  user: { login: "github-actions[bot]" },
  author: { id: 42 },
});
const stranger = (id: number): Stored => ({ id, body: `${MARKER}\nfake`, user: { login: "eve" }, author: { id: 66 } });

describe.each(Object.keys(FORGES) as (keyof typeof FORGES)[])("%s", (forge) => {
  it("writes one comment, and the next run updates it", async () => {
    expect(await comment(FORGES[forge](), "old")).toBe("created");
    expect(await comment(FORGES[forge](), "new")).toBe("updated");
    expect(comments.map(({ body }) => body)).toEqual([`${MARKER}\nnew`]);
    expect(changes).toEqual([ADD[forge], change(forge, "edit", 1000)]);
  });

  it("finds it on a later page, takes away a second one, and leaves what others wrote", async () => {
    const others = Array.from({ length: 120 }, (_, i): Stored => ({ ...stranger(i + 1), body: "I like it" }));
    comments = [stranger(500), ...others, mine(501), { ...mine(502), body: "something else" }, mine(503)];
    await comment(FORGES[forge](), "new");
    expect(changes).toEqual([change(forge, "edit", 501), change(forge, "delete", 503)]);
  });

  it("says what the forge refused, and never the token", async () => {
    refusal = 403;
    const refused = await comment(FORGES[forge](), "new").catch(String);
    expect(refused).toContain("403");
    expect(refused).toContain("may the token write comments of this pull request?");
    expect(refused).not.toContain(TOKEN);
    expect(JSON.stringify(headers[0])).toContain(TOKEN);
  });
});

it("refuses a report that no comment can hold, before it asks the forge anything", async () => {
  await expect(comment(FORGES.GitHub(), "x".repeat(65_530))).rejects.toThrow("a comment at most 65536");
  expect(headers).toEqual([]);
});

it("names the variable that is missing", () => {
  expect(() => forgeOf({ ...FORGES.GitHub(), GITHUB_TOKEN: undefined })).toThrow("GITHUB_TOKEN is not set");
  expect(() => forgeOf({})).toThrow("neither GITHUB_ACTIONS nor GITLAB_CI is set");
});

it("is what the command does, with the environment of a pipeline", async () => {
  const checkout = resolve(__dirname, "../..");
  const args = ["--import", "tsx", join(checkout, "forge/main.ts"), report];
  const { stdout } = await exec(process.execPath, args, { cwd: checkout, env: FORGES.GitHub() });
  expect(stdout).toBe("the comment is created\n");
  expect(comments.map(({ body }) => body)).toEqual([`${MARKER}\n# Preview of dev: changes\n`]);
});
