import { describe, expect, test } from "@jest/globals";
import { typed } from "../terminal.ts";

describe("plugboard serve", () => {
  test.each([
    [[], /say which stage is served: one of plug\.adopt, .*lifecycle/],
    [["plug.cupple"], /there is no stage plug\.cupple: one of plug\.adopt/],
    [["plug.create", "--oidc-audience", "a"], /nobody may call: say who with --oidc-subject/],
    [["plug.create", "--oidc-subject", "s"], /without --oidc-audience/],
    [
      ["plug.create", "--oidc-audience", "a", "--oidc-subject", "s", "--oidc-issuer", "http://x"],
      /expected an https:\/\/ address/,
    ],
    [["plug.create", "--port", "http"], /expected a port/],
    [["plug.create", "--apparatus-allow-host", "a/b/c"], /a\/b\/c/],
    [["plug.create", "--files", "nowhere"], /nowhere: there is no such file or folder/],
  ])("refuses to start where it is called with %j", async (commandLine, why) => {
    const { code, stderr } = await typed("serve", ...commandLine);
    expect(stderr).toMatch(why);
    expect(code).not.toBe(0);
  });
});
