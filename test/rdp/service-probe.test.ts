import { expect, test } from "vitest";
import { composeProbe } from "../../lib/compose-probe.ts";
import { likeWindows, startFake } from "./fake-server.ts";

/*
 * The service as a client of its own, by the port through which runs ask for it.
 */

test("a handshake that completes", async () => {
  await using server = await startFake(likeWindows());
  expect(await composeProbe().probe("127.0.0.1", server.target.port)).toEqual({
    completed: true,
    because: expect.stringMatching(/^The handshake completed: TLSv1\.[23]\.$/),
  });
});

test("one that is cut off, and a port where nobody listens", async () => {
  let port: number;
  {
    await using server = await startFake((socket) => socket.destroy());
    port = server.target.port;
    const cut = await composeProbe().probe("127.0.0.1", port);
    expect(cut).toMatchObject({ completed: false, because: expect.stringContaining("in the stage negotiate") });
  }
  const nobody = await composeProbe().probe("127.0.0.1", port);
  expect(nobody).toMatchObject({ completed: false, because: expect.stringContaining("in the stage connect") });
});
