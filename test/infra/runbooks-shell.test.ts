import { dashed, describeRunbook } from "./runbook-scenarios.ts";

describeRunbook({
  file: "repair-vm-rdp.sh",
  program: ["bash"],
  flag: dashed,
  signsInBy: "token",
});
