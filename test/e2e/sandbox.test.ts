import { afterAll, beforeAll, describe } from "vitest";
import { theLightClients } from "../clients/light";
import { stagiairWritesNothing } from "../clients/stagiair";
import { theAccess } from "./access";
import { theBackup } from "./backup";
import { theCatalogue } from "./catalogue";
import { theChain } from "./chain";
import { INSTANCE, npm, outputs } from "./context";
import { theDrift } from "./drift";
import { theEvents } from "./events";
import { theInterruption } from "./interruption";
import { theLineage } from "./lineage";
import { theAssistant } from "./mcp";
import { theNetwork } from "./network";
import { theOfficialRecord } from "./parity";
import { theProgram } from "./program";
import { theRealFlight } from "./real-flight";
import { theRemoval } from "./removal";
import { theCertificates } from "./tls";

// In this order: each part works on what the ones before it left.
describe.sequential("the sandbox", () => {
  const removeAll = () => npm("sandbox:down", ["--instance", INSTANCE, "--purge", "--keep-cache"]);
  beforeAll(removeAll);
  afterAll(removeAll);

  describe.sequential("an interruption on the way up", theInterruption);
  describe.sequential("the sample flight", theChain);
  describe.sequential("lineage", theLineage);
  describe.sequential("who may do what", theAccess);
  describe.sequential("the network", theNetwork);
  describe.sequential("other clients", () => theLightClients(outputs));
  describe.sequential("every way of writing, as stagiair", () => stagiairWritesNothing(outputs));
  describe.sequential("an AI assistant", theAssistant);
  describe.sequential("certificates", theCertificates);
  describe.sequential("the catalogue", theCatalogue);
  describe.sequential("events", theEvents);
  describe.sequential("a real flight", theRealFlight);
  describe.sequential("backup and restore", theBackup);
  describe.sequential("the program", theProgram);
  describe.sequential("drift", theDrift);
  describe.sequential("the official plugins' record", theOfficialRecord);
  describe.sequential("taking it down", theRemoval);
});
