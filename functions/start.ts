import { app } from "@azure/functions";
import { checkBackEnd } from "./back-end.ts";

/** Reports all invalid settings, and an unfit back end, when the app starts. The registration of the functions does not wait for it. */
export function registerStart(): void {
  app.hook.appStart(() => {
    void reportSettings();
  });
}

async function reportSettings(): Promise<void> {
  const { readSettings } = await import("../lib/settings.ts");
  const settings = readSettings(process.env);
  if (!settings.ok) console.error(settings.problem.message);
  for (const problem of await checkBackEnd()) console.error(problem);
}
