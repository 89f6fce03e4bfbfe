import type { PageConfig } from "../../lib/core/page-config.ts";

/** What the service says about itself, in the index of the page. @throws Error when the page was not served by the service */
export function readConfig(): PageConfig {
  const config: PageConfig | null = JSON.parse(document.getElementById("config")?.textContent ?? "null");
  if (config === null) throw new Error("This page must be opened at the address of the service.");
  return config;
}
