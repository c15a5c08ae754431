import { shortOfProduction } from "../../config/rules/production";
import { type Check, ok } from "../check";

/** What an environment that is not production does without, so that nobody takes it for more than it is. */
export const tier: Check = {
  title: "tier",
  asksCluster: false,
  async run({ environment }) {
    const { tier: is } = environment;
    const short = shortOfProduction(environment).map(({ path }) => path);
    return [ok(short.length === 0 ? is : `${is}; not as production asks: ${short.join(", ")}`)];
  },
};
