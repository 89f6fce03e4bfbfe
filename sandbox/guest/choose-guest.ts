import type { Guest } from "./guest.ts";
import { modelledGuest } from "./modelled-guest.ts";
import { findPwsh, pwshGuest } from "./pwsh-guest.ts";

/** `auto` takes PowerShell where it is on the PATH. Asking for it where it is not throws. */
export function chooseGuest(wanted: "auto" | Guest["kind"]): Guest {
  if (wanted === "modelled") return modelledGuest;
  const program = findPwsh();
  if (program) return pwshGuest(program);
  if (wanted === "auto") return modelledGuest;
  throw new Error("There is no pwsh on the PATH. Install PowerShell 7, or let the guest be modelled.");
}
