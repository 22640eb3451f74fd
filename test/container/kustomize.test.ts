import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../fresh/shell.ts';
import { unless } from '../support/unless.ts';
import { fittingFaults, readManifests, schemaFaults } from '../tools/containers/kubernetes.ts';

/** What `kubectl apply -k` would send, as kubectl itself puts it together. */

const { KUBECTL: kubectl = '' } = process.env;

unless(kubectl === '' ? 'there is no kubectl for this machine' : undefined, describe)(
  'kubectl kustomize',
  () => {
    let directory: string;
    beforeAll(async () => {
      directory = await mkdtemp(path.join(tmpdir(), 'kustomize-'));
      await cp('deploy/kubernetes', directory, { recursive: true });
    });
    afterAll(() => rm(directory, { recursive: true }));

    async function built(name: string): Promise<string> {
      const { code, output } = await run([kubectl, 'kustomize', path.join(directory, name)]);
      expect(code, output).toBe(0);
      return output;
    }
    function faults(text: string): readonly string[] {
      const manifests = readManifests(text).filter(({ kind }) => (kind as string) !== 'ConfigMap');
      return [...schemaFaults(manifests), ...fittingFaults(manifests)];
    }

    it.each(['base', 'example'])(
      'makes of %s what Kubernetes takes, and what fits together',
      async (name) => {
        expect(faults(await built(name))).toEqual([]);
      },
    );

    it('the example has clients from outside with their addresses, and its own settings and image', async () => {
      const text = await built('example');
      expect(text).toMatch(/^ +externalTrafficPolicy: Local$/m);
      expect(text).toContain('cidr: 192.0.2.0/24');
      expect(text).toContain('image: registry.example.org/dane-relay:0.1.0');
      expect(text).toContain('hostname = "relay.example.org"');
      const [, map] = /configMap:\n +name: (\S+)$/m.exec(text) ?? [];
      expect(map).toMatch(/^dane-relay-\w+$/);
      expect(text).toContain(`  name: ${map}\n`);
    });

    it('a shared Redis has its URL in a file of the Secret, and a way out to its port', async () => {
      const file = path.join(directory, 'example/kustomization.yaml');
      const text = await readFile(file, 'utf8');
      expect(text).toContain('# - ../components/shared-redis');
      await writeFile(file, text.replace('# - ../components/shared-redis', '- ../components/shared-redis'));
      const output = await built('example');
      expect(faults(output)).toEqual([]);
      expect(output).toMatch(
        /name: DANE_RELAY_REDIS_URL_FILE\n +value: \/run\/secrets\/dane-relay\/redis-url$/m,
      );
      expect(output).toMatch(/- port: 6379$/m);
    });
  },
);
