import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { load, loadAll } from "js-yaml";

const root = join(import.meta.dirname, "../..");
const text = await readFile(join(root, "docs/running/google-cloud.md"), "utf8");
const [kubeconfig = "", trigger = ""] = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => yaml);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "google-cloud-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** What a process shows to the cluster of a kubeconfig; one of its own, as Jest's has another environment than what it starts. */
const credentialsProgram = `
  import { createCredentials } from ${JSON.stringify(join(root, "kit/live/config/credentials.ts"))};
  import { loadKubeConfig } from ${JSON.stringify(join(root, "kit/live/config/kube-config.ts"))};
  import { systemClock } from ${JSON.stringify(join(root, "kit/clock.ts"))};
  const { server, current } = createCredentials(await loadKubeConfig(), systemClock);
  console.log(JSON.stringify({ server, headers: (await current()).headers }));
`;

describe("docs/running/google-cloud.md", () => {
  test("has a kubeconfig that shows the cluster the token of the metadata server", async () => {
    const metadata = createServer((request, response) => {
      const asked = request.url?.endsWith("/instance/service-accounts/default/token");
      const known = asked && request.headers["metadata-flavor"] === "Google";
      response.writeHead(known ? 200 : 403);
      response.end(JSON.stringify({ access_token: "ya29.token", expires_in: 3599, token_type: "Bearer" }));
    }).listen(0, "127.0.0.1");
    await once(metadata, "listening");
    await writeFile(join(folder, "kubeconfig.yaml"), kubeconfig.replace("ENDPOINT", "203.0.113.7"));
    const environment = {
      PATH: dirname(process.execPath),
      KUBECONFIG: join(folder, "kubeconfig.yaml"),
      GCE_METADATA_HOST: `127.0.0.1:${(metadata.address() as AddressInfo).port}`,
    };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--input-type=module", "--eval", credentialsProgram],
      { env: environment },
    );
    metadata.close();
    expect(JSON.parse(stdout)).toEqual({
      server: "https://203.0.113.7",
      headers: { authorization: "Bearer ya29.token" },
    });
  });

  test("has the Trigger that plugboard makes, with another subscriber", async () => {
    const made = loadAll(await readFile(join(root, "deploy/knative.yaml"), "utf8")) as readonly Shape[];
    const own = made.find(({ kind, metadata }) => kind === "Trigger" && metadata.name === "plug-couple");
    const { metadata, spec } = load(trigger) as Shape;
    expect(metadata).toEqual({ name: "plug-couple", namespace: own?.metadata["namespace"] });
    expect({ ...spec, subscriber: undefined }).toEqual({ ...own?.spec, subscriber: undefined });
  });

  test("names roles that plugboard makes", async () => {
    const made = loadAll(await readFile(join(root, "deploy/knative.yaml"), "utf8")) as readonly Shape[];
    const names = (kind: string) => made.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);
    const [, cluster = ""] = /--clusterrole=(\S+)/.exec(text) ?? [];
    const [, own = ""] = /--role=(plugboard\S+)/.exec(text) ?? [];
    expect(names("ClusterRole")).toContain(cluster);
    expect(names("Role")).toContain(own);
  });
});

interface Shape {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly spec: { readonly [field: string]: unknown };
}
