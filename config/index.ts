export { ConfigError, loadEnvironment } from "./load";
export type { Environment } from "./schema";
