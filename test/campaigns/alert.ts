import { readFileSync } from "node:fs";

const sample = readFileSync(new URL("../fixtures/alerts/metric-vm-availability.json", import.meta.url), "utf8");

/** A firing of a rule of its own about this VM. `alertId` is a GUID: another one is another rule and another firing. */
export function metricAlert(vm: string, alertId: string): unknown {
  const alert = JSON.parse(
    sample
      .replaceAll("a1e70000-0000-4000-8000-000000000001", alertId)
      .replaceAll("vm-is-unavailable", `rule-${alertId}`),
  );
  const name = vm.split("/").at(-1) ?? "";
  return JSON.parse(JSON.stringify(alert).replaceAll("vm-app-01", name));
}
