import { type Check, healthy, noted } from "../core/check.ts";
import { judgeFrom } from "./_section.ts";
import { suspectsOf } from "./_suspects.ts";
import { handshakeWorks } from "./_works.ts";

/**
 * Network filters and security products of others. They are never touched, and named only beside a handshake that
 * fails: millions of VMs have one and work. [PCAV]
 */
export const noProductFiltersConnections: Check = {
  id: "no-product-filters-connections",
  title: "No third-party product is known to filter connections",
  run: judgeFrom(["installedProducts"], ({ installedProducts }, { evidence }) => {
    const suspects = suspectsOf(installedProducts);
    if (suspects.length === 0)
      return healthy("No network filter and no known third-party security product is installed.");
    const names = suspects.join(", ");
    if (handshakeWorks(evidence) !== false)
      return healthy(
        `${names}: the handshake on the VM completes with it. What it blocks from outside does not show there: look at its log if a client gets no answer.`,
      );
    return noted(
      `${names}: it sees connections before Remote Desktop does. If nothing else is found, look at its log, or ask its owner to turn it off for one test.`,
    );
  }),
};
