import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Terminal } from "./terminal.ts";

/** The part that is read of the Azure CLI's list of subscriptions; the CLI writes it with a byte order mark. */
const Profile = z.object({ subscriptions: z.array(z.object({ id: z.string(), isDefault: z.boolean() })) });

/** The subscription that `az account set` chose; `null` when the Azure CLI was never signed in here. */
export function defaultSubscription({ AZURE_CONFIG_DIR }: Terminal["environment"]): string | null {
  const file = join(AZURE_CONFIG_DIR || join(homedir(), ".azure"), "azureProfile.json");
  try {
    const text = readFileSync(file, "utf8").replace(/^\ufeff/, "");
    return Profile.parse(JSON.parse(text)).subscriptions.find(({ isDefault }) => isDefault)?.id ?? null;
  } catch {
    return null;
  }
}
