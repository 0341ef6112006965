import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { readDescriptor } from "../../cli/deploy/descriptor.ts";
import { renderManifests } from "../../cli/deploy/render.ts";
import { guardName, impersonationPolicyName } from "../../cli/deploy/rights/guard.ts";
import { defaultValues, withSettings } from "../../cli/deploy/values/values.ts";
import { finalizer } from "../../crds/names.ts";

const docs = new URL("../../docs/", import.meta.url);
const page = readFileSync(new URL("security.md", docs), "utf8");

/** The anchor that a heading has on a page. */
function anchors(markdown: string): ReadonlySet<string> {
  const headings = [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading.toLowerCase());
  return new Set(headings.map((heading) => heading.replaceAll(/[^\w -]/g, "").replaceAll(" ", "-")));
}

test("every test that docs/security.md names is there, and so is every page and heading", () => {
  const tests = [...page.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path = ""]) => path);
  expect(tests.length).toBeGreaterThan(8);
  expect(tests.filter((path) => !existsSync(new URL(`../${path}`, docs)))).toEqual([]);
  const links = [...page.matchAll(/\]\(([\w/-]+\.md)#?([\w-]*)\)/g)].map(([, file = "", anchor = ""]) => [
    file,
    anchor,
  ]);
  const broken = links.filter(([file = "", anchor = ""]) => {
    const linked = new URL(file, docs);
    return !existsSync(linked) || (anchor !== "" && !anchors(readFileSync(linked, "utf8")).has(anchor));
  });
  expect(links.length).toBeGreaterThan(4);
  expect(broken).toEqual([]);
});

test("its table has a row for each account, with the verbs of acting as the owner last", () => {
  const { functions } = readDescriptor();
  for (const { target, rights, optional } of functions)
    expect(page).toMatch(
      new RegExp(
        `^\\| ${target}${optional ? " \\(optional\\)" : ""} \\|.*\\| ${rights.impersonated.join(", ")} \\|$`,
        "m",
      ),
    );
  expect(page.match(/^\| plugboard-source \|/m)).not.toBeNull();
});

test("every setting that it names is taken, and the policies have the names that it gives them", () => {
  const settings = [...page.matchAll(/(?:`|--set )((?:guard|impersonation|config)[\w.]*=[\w.,-]+)/g)];
  expect(settings.length).toBeGreaterThan(5);
  const values = defaultValues(readDescriptor());
  for (const [, setting = ""] of settings) expect(() => withSettings(values, [setting])).not.toThrow();
  for (const name of [guardName, impersonationPolicyName, finalizer]) expect(page).toContain(name);
  const guarded = renderManifests(readDescriptor(), { target: "standalone", settings: ["guard.enabled=true"] });
  expect(guarded.map(({ metadata }) => metadata.name)).toEqual(
    expect.arrayContaining([guardName, impersonationPolicyName]),
  );
});
