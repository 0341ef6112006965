import { describe, expect, test } from "@jest/globals";
import { typed } from "../terminal.ts";

describe("plugboard serve", () => {
  test.each([
    [[], /no stage named; expected one of plug\.adopt, .*lifecycle/],
    [["plug.cupple"], /unknown stage plug\.cupple; expected one of plug\.adopt/],
    [["plug.create", "--oidc-audience", "a"], /no user may call: name the users with --oidc-subject/],
    [["plug.create", "--oidc-subject", "s"], /without --oidc-audience/],
    [
      ["plug.create", "--oidc-audience", "a", "--oidc-subject", "s", "--oidc-issuer", "http://x"],
      /expected an https:\/\/ address/,
    ],
    [["plug.create", "--port", "http"], /expected a port/],
    [["plug.create", "--apparatus-allow-host", "a/b/c"], /a\/b\/c/],
    [["plug.create", "--files", "nowhere"], /nowhere: no such file or folder/],
  ])("refuses to start where it is called with %j", async (commandLine, why) => {
    const { code, stderr } = await typed("serve", ...commandLine);
    expect(stderr).toMatch(why);
    expect(code).not.toBe(0);
  });
});
