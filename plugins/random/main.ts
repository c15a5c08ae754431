import { DeclaredProvider } from "../declared/provider";
import { serve } from "../shared/serve";
import { randomId, randomPassword, randomString } from "./types";

serve(
  new DeclaredProvider<undefined>({
    name: "random",
    types: [randomPassword, randomString, randomId],
    config: {},
    connect: () => undefined,
    noteDefaults: false,
    plainDiffs: true,
  }),
  "random",
);
