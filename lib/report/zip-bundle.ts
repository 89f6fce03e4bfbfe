import { strToU8, zipSync } from "fflate";
import type { Run } from "../core/run.ts";
import { type BundleFile, supportBundle } from "./support-bundle.ts";

/** A support bundle as one zip file. It has the time of the run, so that the same run gives the same bytes. */
export function zipBundle(run: Run, options: { redacts: boolean }): { files: BundleFile[]; zip: Uint8Array } {
  const files = supportBundle(run, options);
  const entries = Object.fromEntries(files.map(({ path, text }) => [path, strToU8(text)]));
  return { files, zip: zipSync(entries, { mtime: new Date(run.createdAt) }) };
}
