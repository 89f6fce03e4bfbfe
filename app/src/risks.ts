import type { Run } from "./api.ts";

export type Risk = NonNullable<Run["plan"]>["risk"];

/** What a plan of this risk may cost, in a sentence for who decides. */
export const riskTexts: Readonly<Record<Risk, string>> = {
  none: "Nothing is interrupted, and nothing becomes less safe.",
  low: "A setting changes. No session is interrupted.",
  "interrupts-sessions":
    "The Remote Desktop services restart. Whoever is connected is cut off, and can connect again after some seconds.",
  "may-lock-out": "Some users who can log on today may no longer be able to.",
  "opens-network": "More addresses can reach the VM's RDP port than today.",
  "weakens-security": "A protection is weaker for a limited time. Windows restores it by itself when the time is over.",
  reboots: "The VM restarts. Everything that runs on it is interrupted.",
  "replaces-keys":
    "Windows makes new machine keys. Programs that keep keys there (IIS, SQL Server, AD FS, the Azure agent) are carried over, and may need a look afterwards.",
};
