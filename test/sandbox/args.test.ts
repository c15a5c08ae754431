import { describe, expect, it } from "vitest";
import { parseCommand } from "../../sandbox/args";

const parse = (...argv: string[]) => parseCommand(argv, {});

describe("the command line", () => {
  it("brings everything up when nothing is said", () => {
    expect(parse()).toMatchObject({ command: "up", instance: "default", withFlight: true });
    expect(parse("up")).toEqual(parse());
    expect(parse("--no-flight")).toMatchObject({ command: "up", withFlight: false });
  });

  it("takes a person's flight, cluster and instance", () => {
    const argv = [
      "up",
      "--flight",
      "photos",
      "--project",
      "p",
      "--flight-name",
      "f",
      "--kubeconfig",
      "k",
      "--registry",
      "localhost:5001/lake",
      "--instance",
      "two",
    ];
    expect(parse(...argv)).toMatchObject({
      flight: "photos",
      project: "p",
      flightName: "f",
      kubeconfig: "k",
      registry: "localhost:5001/lake",
      instance: "two",
    });
  });

  it("takes the instance from the environment, and the option over it", () => {
    const env = { DRONE_LAKE_INSTANCE: "mine" };
    expect(parseCommand(["mcp"], env)).toEqual({ command: "mcp", instance: "mine" });
    expect(parseCommand(["status"], env)).toEqual({ command: "status", instance: "mine" });
    expect(parseCommand(["status", "--instance", "other"], env)).toEqual({ command: "status", instance: "other" });
  });

  it("leaves everything behind `lake` to dronelake", () => {
    const lake = ["upload", "DIR", "--project", "p", "--instance", "not-ours"];
    expect(parse("lake", ...lake)).toEqual({ command: "lake", instance: "default", lake });
    expect(parse("lake", "--instance", "two", ...lake)).toEqual({ command: "lake", instance: "two", lake });
  });

  it("leaves everything behind `client` to the program, which reads as stagiair unless told otherwise", () => {
    const program = ["python", "recipe.py", "--as", "not-ours"];
    expect(parse("client", ...program)).toEqual({
      command: "client",
      instance: "default",
      identity: "stagiair",
      program,
    });
    const own = ["--as", "data-scientist", "--instance", "two"];
    expect(parse("client", ...own, ...program)).toMatchObject({ identity: "data-scientist", instance: "two", program });
  });

  it.each([
    [["--flgiht", "x"], /--flgiht/],
    [["up", "extra"], /extra/],
    [["fly"], /no command "fly"/],
    [["down", "--flight", "x"], /--flight/],
    [["--flight"], /--flight/],
    [["down", "--keep-cache"], /--purge/],
    [["--no-flight", "--flight", "x"], /exclude each other/],
    [["--no-flight", "--project", "x"], /--project/],
    [["lake"], /npm run lake/],
    [["client"], /npm run client/],
    [["client", "--as"], /--as needs a value/],
    [["--registry", "localhost:5001/lake"], /--kubeconfig/],
    [["--kubeconfig", "k", "--registry", "https://example.org/lake"], /not HOST/],
  ])("refuses %j and shows the usage", (argv, message) => {
    expect(() => parse(...argv)).toThrow(message);
    expect(() => parse(...argv)).toThrow(/usage: npm run sandbox/);
  });

  it.each(["Upper", "-x", "x-", "a".repeat(25), "a/b", "../x", ""])("refuses the instance name %j", (name) => {
    expect(() => parse(`--instance=${name}`)).toThrow(/instance name/);
  });
});
