import { app } from "@azure/functions";

/** Reports all invalid settings when the app starts. The registration of the functions does not wait for it. */
export function registerStart(): void {
  app.hook.appStart(() => {
    void reportSettings();
  });
}

async function reportSettings(): Promise<void> {
  const { readSettings } = await import("../lib/settings.ts");
  const settings = readSettings(process.env);
  if (!settings.ok) console.error(settings.problem.message);
}
