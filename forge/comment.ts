/** The one comment that a pull request has of its previews. */

export interface Comment {
  readonly id: number;
  readonly body: string;
}

/** What is needed of a forge's comments on one pull request. */
export interface Forge {
  /** All comments that this token's own author wrote, oldest first. */
  mine(): Promise<Comment[]>;
  create(body: string): Promise<void>;
  update(id: number, body: string): Promise<void>;
  remove(id: number): Promise<void>;
}

/** How the comment is known again; it cannot be seen. */
export const MARKER = "<!-- drone-data-lake: preview -->";

/** Characters that GitHub takes; GitLab takes more. */
const LONGEST = 65_536;

/**
 * Writes the comment, in place of the one that is there. Were two runs to have written one each, the younger goes.
 *
 * @throws Error when the text is longer than a comment may be
 */
export async function putComment(forge: Forge, text: string): Promise<"created" | "updated"> {
  const body = `${MARKER}\n${text}`;
  if (body.length > LONGEST)
    throw new Error(
      `the report has ${body.length} characters, and a comment at most ${LONGEST}: make it with preview:report, which keeps to that`,
    );
  const [first, ...others] = (await forge.mine()).filter((comment) => comment.body.startsWith(MARKER));
  if (!first) await forge.create(body);
  else await forge.update(first.id, body);
  for (const { id } of others) await forge.remove(id);
  return first ? "updated" : "created";
}
