import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from './checkout.ts';

interface Manifest {
  readonly private?: boolean;
  readonly repository?: { readonly url?: string };
  readonly publishConfig: object;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;

/** What is wrong with a manifest of a package that somebody could publish. */
function publishingFaults({
  private: isShut,
  repository,
  publishConfig,
  scripts,
  dependencies,
}: Manifest): string[] {
  const atInstallation = ['preinstall', 'install', 'postinstall', 'prepare'].filter(
    (name) => name in scripts,
  );
  return [
    ...(isShut === true || repository?.url !== undefined ? [] : ['neither private nor with a repository']),
    ...('provenance' in publishConfig && publishConfig.provenance === true
      ? []
      : ['is published without provenance']),
    ...atInstallation.map((name) => `runs ${name} on machines of others`),
    ...Object.entries(dependencies)
      .filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(range))
      .map(([name, range]) => `${name} is ${range} and not one version`),
  ];
}

test('package.json is shut, or says where the package comes from; it pins, attests, and runs nothing at installation', () => {
  expect(publishingFaults(manifest)).toEqual([]);
});

test.each<[Partial<Manifest>, string]>([
  [{ private: false }, 'neither private nor with a repository'],
  [{ publishConfig: {} }, 'is published without provenance'],
  [{ scripts: { postinstall: 'true' } }, 'runs postinstall on machines of others'],
  [{ dependencies: { pino: '^10.0.0' } }, 'pino is ^10.0.0 and not one version'],
])('%j is found', (change, fault) => {
  expect(publishingFaults({ ...manifest, ...change })).toEqual([fault]);
});
