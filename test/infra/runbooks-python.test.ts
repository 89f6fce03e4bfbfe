import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { run } from "./runbook-rig.ts";
import { dashed, describeRunbook } from "./runbook-scenarios.ts";

describeRunbook({
  file: "repair_vm_rdp.py",
  program: ["python3"],
  flag: dashed,
  signsInBy: "managed identity",
});

const hasPython = spawnSync("python3", ["--version"]).status === 0;

test.skipIf(!hasPython)("repair_vm_rdp.py is read by Python 3.8", async () => {
  const parse = "import ast, sys; ast.parse(open(sys.argv[1]).read(), feature_version=(3, 8))";
  expect(await run(["python3", "-c", parse, "infra/runbooks/repair_vm_rdp.py"], {})).toMatchObject({
    code: 0,
    err: "",
  });
});
