import { probeRdp } from "./rdp/probe.ts";
import type { RdpProbe } from "./runs/ports.ts";

/** The service's own RDP client: the shortest probe that shows whether a handshake completes. */
export function composeProbe(): RdpProbe {
  return {
    async probe(host, port) {
      const { outcome, handshakes } = await probeRdp({ host, port }, { depth: "proof" });
      if (outcome.result === "failed") {
        const because = `The handshake failed in the stage ${outcome.stage}: ${outcome.error}`;
        return { completed: false, because };
      }
      if (outcome.result === "rdp-security") return { completed: false, because: "The VM chose RDP's own security." };
      const shaken = handshakes.find(({ result }) => result === "completed");
      return { completed: true, because: `The handshake completed: ${shaken?.version ?? "TLS"}.` };
    },
  };
}
