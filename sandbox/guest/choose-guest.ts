import { findPwsh } from "../../scripts/tools/locate.ts";
import type { Guest } from "./guest.ts";
import { modelledGuest } from "./modelled-guest.ts";
import { pwshGuest } from "./pwsh-guest.ts";

/** `auto` takes PowerShell where there is one. Asking for it where there is none throws. */
export function chooseGuest(wanted: "auto" | Guest["kind"]): Guest {
  if (wanted === "modelled") return modelledGuest;
  const program = findPwsh();
  if (program) return pwshGuest(program);
  if (wanted === "auto") return modelledGuest;
  throw new Error(
    "There is no PowerShell 7. Install it with `npm run tools` (or put pwsh on the PATH), or let the guest be modelled.",
  );
}
