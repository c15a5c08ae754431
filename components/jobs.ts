/** Annotations of a Job that `up` waits for: one that has failed never runs again, so the next `up` makes it anew. */
export const retriedByUp = { "pulumi.com/replaceUnready": "true" };
