import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Target, UdpResult } from "./report.ts";
import { failedStage, type ProbeLimits, raceLimit, socketFailure } from "./stage-result.ts";

/*
 * Whether RDP's UDP transport gets through: the first datagram of a client, SYN, and nothing after it. The server answers
 * it with SYN+ACK before any log-on (MS-RDPEUDP 3.1.5.1.1 and 3.1.5.1.3).
 */

/** A SYN is padded to the largest datagram, so that a path that loses large ones is noticed. (MS-RDPEUDP 3.1.5.1.1) */
const datagramBytes = 1232;
const flags = { syn: 0x0001, ack: 0x0004 };
const windowDatagrams = 64;

/** RDPUDP_FEC_HEADER and RDPUDP_SYNDATA_PAYLOAD (MS-RDPEUDP 2.2.2.1 and 2.2.2.5), in network byte order. */
export function encodeSyn(sequence: number): Buffer {
  const datagram = Buffer.alloc(datagramBytes);
  datagram.writeInt32BE(-1, 0);
  datagram.writeUInt16BE(windowDatagrams, 4);
  datagram.writeUInt16BE(flags.syn, 6);
  datagram.writeUInt32BE(sequence, 8);
  datagram.writeUInt16BE(datagramBytes, 12);
  datagram.writeUInt16BE(datagramBytes, 14);
  return datagram;
}

/** Whether a datagram is the SYN+ACK for the SYN with this sequence number. */
export function isSynAck(datagram: Buffer, sequence: number): boolean {
  if (datagram.length < 16 || datagram.readUInt32BE(0) !== sequence) return false;
  const both = flags.syn | flags.ack;
  return (datagram.readUInt16BE(6) & both) === both;
}

/** A single datagram may be lost; more than a few would be a burden. */
const mostSent = 3;

/** Sends SYN up to three times within `ms`, and waits for an answer until then. */
export async function probeUdp({ host, port }: Target, ms: number, { whole }: ProbeLimits): Promise<UdpResult> {
  const begun = performance.now();
  const took = () => Math.round(performance.now() - begun);
  const sequence = randomBytes(4).readUInt32BE();
  const syn = encodeSyn(sequence);
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  let timer: NodeJS.Timeout | undefined;
  const answer = new Promise<UdpResult>((resolve) => {
    socket.on("message", (datagram: Buffer) => {
      resolve({ result: isSynAck(datagram, sequence) ? "answered" : "other-answer", ms: took() });
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(readError(error, took())));
    socket.connect(port, host, () => {
      let sent = 0;
      const send = () => {
        if (sent === mostSent) return resolve({ result: "silent", ms: took() });
        sent += 1;
        socket.send(syn);
      };
      timer = setInterval(send, ms / mostSent);
      send();
    });
  });
  try {
    return await raceLimit(answer, whole, ({ failure }) => ({ result: "failed", failure }));
  } finally {
    clearInterval(timer);
    socket.close();
  }
}

/** A port-unreachable of the host comes as an error of the connected socket; Windows calls it ECONNRESET. */
function readError(error: NodeJS.ErrnoException, ms: number): UdpResult {
  if (error.code === "ECONNREFUSED" || error.code === "ECONNRESET") return { result: "port-unreachable", ms };
  const { failure } = error.code ? socketFailure(error) : failedStage("other", error.message);
  return { result: "failed", failure };
}
