import { describe, expect, test } from "vitest";
import { call } from "./call.ts";

describe("notify test", () => {
  test("sends to every receiver of a sandbox, and shows what each answered", async () => {
    const { code, out } = await call(["notify", "test", "--sandbox", "healthy", "--guest", "modelled", "--json"], {
      environment: {},
    });
    expect(code).toBe(0);
    const { receivers } = JSON.parse(out) as { receivers: { receiver: string; result: string }[] };
    expect(receivers.map(({ receiver, result }) => `${receiver} ${result}`)).toEqual([
      "webhook sent",
      "teams sent",
      "slack sent",
      "mail accepted",
    ]);
  });

  test("tells how to name receivers when there are none, and what a receiver refused", async () => {
    const without = await call(["notify", "test"], { environment: {} });
    expect([without.code, without.said]).toEqual([2, expect.stringContaining("RDP_REMEDIATION_NOTIFICATIONS")]);
    const receivers = [{ name: "desk", kind: "webhook", url: "https://127.0.0.1:9/hook" }];
    const refused = await call(["notify", "test"], {
      environment: {
        RDP_REMEDIATION_NOTIFICATIONS: JSON.stringify({ receivers }),
        RDP_REMEDIATION_PUBLIC_URL: "https://rdp.contoso.example",
      },
    });
    expect(refused.code).toBe(3);
    expect(refused.out).toContain("desk (webhook): failed. There was no answer");
  });
});
