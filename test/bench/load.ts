import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** One request, as the bytes that go over the wire. */
export function bytesOf(
  method: "GET" | "POST",
  path: string,
  { token, body = "" }: { token: string; body?: string },
): Buffer {
  const type = body === "" ? [] : ["content-type: application/json", `content-length: ${Buffer.byteLength(body)}`];
  const head = [`${method} ${path} HTTP/1.1`, "host: 127.0.0.1", `authorization: Bearer ${token}`, ...type];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/**
 * Sends `count` requests over `connections` kept connections, each as soon as the one before it is answered. Answers the
 * milliseconds that each took, and the time of all. It speaks just enough HTTP to cost little beside the
 * server, which has to be what is slow. @throws Error when an answer has another status.
 */
export async function sendAll(
  url: string,
  { count, connections, status }: { count: number; connections: number; status: number },
  request: (number: number) => Buffer,
): Promise<{ taken: number[]; milliseconds: number }> {
  const { hostname, port } = new URL(url);
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(Number(port), hostname).setNoDelay();
      await once(socket, "connect");
      return socket;
    }),
  );
  const taken: number[] = [];
  let number = 0;
  async function work(socket: Socket): Promise<void> {
    const answers = answersOf(socket);
    while (number < count) {
      const start = performance.now();
      socket.write(request(number++));
      const answered = await answers();
      taken.push(performance.now() - start);
      if (answered !== status) throw new Error(`The answer to request ${number - 1} is ${answered}, not ${status}`);
    }
  }
  const start = performance.now();
  try {
    await Promise.all(sockets.map(work));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  return { taken, milliseconds: performance.now() - start };
}

/** A function that answers the status of the next answer on this connection. Answers tell their length; 204 and 304 have no body. */
function answersOf(socket: Socket): () => Promise<number> {
  let text = "";
  let done: { resolve(status: number): void; reject(error: Error): void } | null = null;
  socket.setEncoding("latin1");
  socket.on("data", (data: string) => {
    text += data;
    const head = text.indexOf("\r\n\r\n");
    if (head < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, head + 2))?.[1] ?? 0);
    if (text.length < head + 4 + length) return;
    const status = Number(text.slice(9, 12));
    text = "";
    done?.resolve(status);
  });
  socket.on("error", (error) => done?.reject(error));
  socket.on("close", () => done?.reject(new Error("The server has closed the connection")));
  return () =>
    new Promise((resolve, reject) => {
      done = { resolve, reject };
    });
}
