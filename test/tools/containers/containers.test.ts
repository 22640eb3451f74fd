import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { monitoringRoutes } from '../../../src/daemon/routes/monitoring.ts';
import { composeFaults } from './compose.ts';
import { copiedFrom, dockerfileFaults } from './dockerfile.ts';
import { filesOf, fittingFaults, readManifests, schemaFaults, typed } from './kubernetes.ts';

/** What deploy has for containers: a builder, compose and Kubernetes would take it, and it is as strict as docs/containers.md says. */

const root = path.join(import.meta.dirname, '../../..');
const container = path.join(root, 'deploy/container');
const kubernetes = path.join(root, 'deploy/kubernetes');
const read = (...names: readonly string[]): string => readFileSync(path.join(...names), 'utf8');

/** A text with one thing changed; the change must find its place. */
function changed(text: string, from: string, to: string): string {
  expect(text).toContain(from);
  return text.replaceAll(from, to);
}

describe('the Dockerfile', () => {
  const text = read(container, 'Dockerfile');

  test('is good', () => {
    expect(dockerfileFaults(text)).toEqual([]);
  });

  test('copies what is there, and what its ignore file lets in', () => {
    const allowed = read(container, 'Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => new RegExp(`^${line.slice(1).replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`));
    for (const name of copiedFrom(text)) {
      expect(existsSync(path.join(root, name)), name).toBe(true);
      expect(
        allowed.some((one) => one.test(name)),
        name,
      ).toBe(true);
    }
  });

  test.each([
    ['an unknown instruction', 'EXPOSE 2525', 'EXPOSED 2525'],
    ['root', 'USER 10001:10001', 'USER root'],
    ['a user by name', 'USER 10001:10001', 'USER dane-relay'],
    ['any version', 'debian:trixie-slim', 'debian:latest'],
    ['no version', 'debian:trixie-slim', 'debian'],
    ['an image that cannot be pinned', 'FROM ${DEBIAN_IMAGE}', 'FROM debian:trixie-slim'],
    ['a shell', 'CMD ["run"]', 'CMD run'],
    ['a shell in front of it', '["tini", "-s", "--", "dane-relay"]', 'tini -- dane-relay'],
    ['no init', '["tini", "-s", "--", "dane-relay"]', '["dane-relay"]'],
    ['another question', '"health"]', '"version"]'],
    ['lists of apt', 'rm -rf /var/lib/apt/lists/*', 'true'],
    ['what is recommended', '--no-install-recommends', ''],
    ['a queue in the layer', 'VOLUME /var/lib/dane-relay', ''],
  ])('%s would be seen', (_, from, to) => {
    expect(dockerfileFaults(changed(text, from, to))).not.toEqual([]);
  });
});

describe.each(['compose.yaml', 'compose-parts.yaml'])('%s', (name) => {
  const text = read(container, name);
  const settings = read(container, 'relay.toml');

  test('is good', () => {
    expect(composeFaults(text, settings)).toEqual([]);
  });

  test.each([
    ['a key that compose has not', 'restart: unless-stopped', 'restarts: unless-stopped'],
    ['a root that can be written', 'read_only: true', 'read_only: false'],
    ['capabilities', 'cap_drop: [ALL]', 'cap_drop: [NET_RAW]'],
    ['root', "user: '10001:10001'", "user: '0:0'"],
    ['privileges', 'no-new-privileges:true', 'seccomp=unconfined'],
    ['no /tmp', "'/tmp:", "'/srv:"],
    ['a volume that is none', '- state:/var', '- other:/var'],
    ['a setting that is none', 'DANE_RELAY_NETWORKS', 'DANE_RELAY_NETWORK'],
    ['a value that is none', '172.31.25.0/24\n    ', '172.31.25.0/240\n    '],
    [
      'an AD bit from elsewhere',
      'DANE_RELAY_NETWORKS: ',
      "DANE_RELAY_DNS_TRUST_AD: 'true'\n      DANE_RELAY_NETWORKS: ",
    ],
  ])('%s would be seen', (_, from, to) => {
    expect(composeFaults(changed(text, from, to), settings)).not.toEqual([]);
  });
});

test.each([
  ['that of Docker', 'compose.yaml', 'DANE_RELAY_HOSTNAME: relay.example.org', '127.0.0.11'],
  ['that of Docker', 'compose-parts.yaml', 'DANE_RELAY_DNS_SERVERS: 127.0.0.1:5335', '127.0.0.11'],
  ['one of the node', 'compose-parts.yaml', 'DANE_RELAY_DNS_SERVERS: 127.0.0.1:5335', '169.254.20.10'],
  ['one on the network', 'compose-parts.yaml', 'DANE_RELAY_DNS_SERVERS: 127.0.0.1:5335', '172.31.25.2'],
  ['one that is not there', 'compose.yaml', 'DANE_RELAY_HOSTNAME: relay.example.org', '127.0.0.1'],
])('a resolver that only forwards, or is elsewhere, would be seen: %s in %s', (_, name, from, server) => {
  const text = changed(read(container, name), from, `DANE_RELAY_DNS_SERVERS: ${server}`);
  expect(composeFaults(text, read(container, 'relay.toml'))).toEqual([expect.stringContaining(server)]);
});

test('an Unbound that is not in the namespace of the relay would be seen', () => {
  const text = read(container, 'compose-parts.yaml');
  const settings = read(container, 'relay.toml');
  const elsewhere = changed(
    text,
    '    network_mode: service:net\n    depends_on:\n      net:\n        condition: service_started\n    entrypoint',
    '    entrypoint',
  );
  expect(composeFaults(elsewhere, settings)).toEqual([
    expect.stringContaining('is not in its network namespace'),
  ]);
  const alone = changed(text, 'service:net', 'service:redis');
  expect(composeFaults(alone, settings).join()).toContain('is cut off whenever redis is started again');
});

describe('the manifests of Kubernetes', () => {
  const folders = readdirSync(kubernetes, { recursive: true, encoding: 'utf8' })
    .filter((name) => path.basename(name) === 'kustomization.yaml')
    .map((name) => path.dirname(name));
  const texts = ['service-account', 'service', 'stateful-set', 'network-policy'].map((name) =>
    read(kubernetes, 'base', `${name}.yaml`),
  );
  const text = texts.join('\n---\n');
  const faults = (changedText: string): readonly string[] => {
    const manifests = readManifests(changedText);
    return [...schemaFaults(manifests), ...fittingFaults(manifests)];
  };

  test('are good', () => {
    expect(faults(text)).toEqual([]);
    expect(schemaFaults(readManifests(read(kubernetes, 'example/namespace.yaml')))).toEqual([]);
  });

  test('have no field that Kubernetes does not know', async () => {
    const namespace = read(kubernetes, 'example/namespace.yaml');
    expect(await compiled(typed(readManifests(`${text}\n---\n${namespace}`)))).toBe('');
    const mistyped = changed(text, 'readinessProbe:', 'readynessProbe:');
    expect(await compiled(typed(readManifests(mistyped)))).toContain('readynessProbe');
  });

  test.each([
    ['no number', 'replicas: 1', 'replicas: one'],
    ['a kind of its own', 'accessModes: [ReadWriteOnce]', 'accessModes: ReadWriteOnce'],
    ['root', 'runAsUser: 10001', 'runAsUser: 0'],
    ['capabilities', 'drop: [ALL]', 'drop: [NET_RAW]'],
    ['a root that can be written', 'readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false'],
    ['links of services', 'enableServiceLinks: false', 'enableServiceLinks: true'],
    ['a start for what it does not mend', 'path: /alive', 'path: /health'],
    ['little time to end', 'terminationGracePeriodSeconds: 120', 'terminationGracePeriodSeconds: 30'],
    ['a port that is none', 'targetPort: smtp', 'targetPort: mail'],
    ['another name of the pods', 'serviceName: dane-relay-pods', 'serviceName: dane-relay'],
    ['mail that goes with its pod', 'whenScaled: Retain', 'whenScaled: Delete'],
    [
      'a policy for other pods',
      'podSelector:\n    matchLabels:\n      app.kubernetes.io/name: dane-relay',
      'podSelector: {}',
    ],
  ])('%s would be seen', (_, from, to) => {
    expect(faults(changed(text, from, to))).not.toEqual([]);
  });

  test.each(folders)('%s names files that are there', (folder) => {
    const named = filesOf(read(kubernetes, folder, 'kustomization.yaml'));
    expect(named).not.toEqual([]);
    for (const file of named) expect(existsSync(path.join(kubernetes, folder, file)), file).toBe(true);
  });

  test.each(['base', 'example'])('the settings of %s are settings, and at the ports of the pod', (folder) => {
    const file = { name: 'relay.toml', text: read(kubernetes, folder, 'relay.toml') };
    const { listeners, status, dataDir, dns } = loadConfig({ file, env: {}, sets: [] });
    const ports = [...text.matchAll(/containerPort: (\d+)/g)].map(([, port]) => Number(port));
    expect([listeners[0]?.address, status.listen[0]]).toMatchObject(ports.map((port) => ({ port })));
    expect(text).toContain(`mountPath: ${path.dirname(dataDir)}\n`);
    expect([dns.servers, dns.trustAd]).toEqual([[], false]);
  });

  test('probes ask what is answered', () => {
    const nothing = (): ReadonlyMap<string, string> => new Map();
    const metrics = { text: async () => '', contentType: '' };
    const routes = monitoringRoutes({ problems: nothing, obstacles: nothing, metrics }).map(
      (one) => one.path,
    );
    const asked = [...text.matchAll(/ path: (\/\w+)/g)].map(([, one]) => one);
    expect(asked).toHaveLength(3);
    expect(routes).toEqual(expect.arrayContaining(asked));
  });
});

/** What the compiler says of a program; empty if it has nothing to say. */
async function compiled(program: string): Promise<string> {
  const directory = mkdtempSync(path.join(root, 'node_modules/.kubernetes-'));
  try {
    const file = path.join(directory, 'manifests.ts');
    writeFileSync(file, program);
    const options = [
      '--ignoreConfig',
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--types',
      '',
    ];
    const run = promisify(execFile)(path.join(root, 'node_modules/.bin/tsc'), [...options, file]);
    return await run.then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}
