import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** The bytes of one HTTP request. */
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
 * Sends `count` requests over `connections` persistent connections. Each connection sends the next request when the
 * previous one is answered. Returns the milliseconds of each request and of all together. This client implements only a
 * minimum of HTTP, so that its cost is small compared to the server's. @throws Error when a response has another status.
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

/** Returns a function that reads the status of the next response. A response with a body must have a Content-Length. */
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
