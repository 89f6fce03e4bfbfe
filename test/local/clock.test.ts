import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { systemClock } from "../../lib/local/clock.ts";

test("work has its turn in the order in which it asked, and turns of the event loop lie between", async () => {
  const had: number[] = [];
  const work = [0, 1, 2, 3].map((number) => systemClock.turn?.().then(() => had.push(number)));
  const turnsWithout: number[] = [];
  for (let turns = 0, seen = 0; had.length < 4; turns += 1) {
    await setImmediate();
    if (had.length === seen) continue;
    seen = had.length;
    turnsWithout.push(turns);
    turns = -1;
  }
  await Promise.all(work);
  expect(had).toEqual([0, 1, 2, 3]);
  expect(Math.min(...turnsWithout.slice(1))).toBeGreaterThanOrEqual(5);
});

test("connections of one moment are accepted while a few pieces of work have their turn, not one after each", async () => {
  const server = createServer((socket) => socket.end("accepted")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  let pieces = 0;
  let isOver = false;
  const work = Array.from({ length: 500 }, async () => {
    await systemClock.turn?.();
    if (!isOver) pieces += 1;
  });
  const accepted = Array.from({ length: 30 }, async () => {
    const [data] = await once(connect(address.port, "127.0.0.1"), "data");
    return String(data);
  });
  expect(await Promise.all(accepted)).toEqual(Array(30).fill("accepted"));
  expect(pieces).toBeLessThan(25);
  isOver = true;
  await Promise.all(work);
  server.close();
});
