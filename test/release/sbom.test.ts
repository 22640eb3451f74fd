import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, test } from 'vitest';
import { must } from '../fresh/shell.ts';
import { root } from './checkout.ts';
import { productionDependencies } from './licences.ts';
import { readLock } from './lock.ts';

/** What `npm run sbom` writes about what is installed with the relay. */

interface CycloneDx {
  readonly specVersion: string;
  readonly metadata: { readonly component: { readonly name: string } };
  readonly components: readonly {
    readonly name: string;
    readonly group?: string;
    readonly version: string;
    readonly purl: string;
    readonly licenses?: readonly unknown[];
    readonly hashes?: readonly { readonly alg: string }[];
  }[];
}

interface Spdx {
  readonly spdxVersion: string;
  readonly packages: readonly {
    readonly SPDXID: string;
    readonly name: string;
    readonly versionInfo: string;
    readonly licenseDeclared: string;
  }[];
  readonly relationships: readonly {
    readonly spdxElementId: string;
    readonly relatedSpdxElement: string;
  }[];
}

const directory = await mkdtemp(path.join(tmpdir(), 'dane-relay-sbom-'));
afterAll(() => rm(directory, { recursive: true, force: true }));

async function write(name: string): Promise<{ cycloneDx: string; spdx: string }> {
  const to = path.join(directory, name);
  await must([process.execPath, 'deploy/sbom.mjs', to], { cwd: root });
  const [cdx = '', spdx = ''] = readdirSync(to).toSorted();
  return {
    cycloneDx: await readFile(path.join(to, cdx), 'utf8'),
    spdx: await readFile(path.join(to, spdx), 'utf8'),
  };
}

const written = await write('one');
const cycloneDx = JSON.parse(written.cycloneDx) as CycloneDx;
const spdx = JSON.parse(written.spdx) as Spdx;
const installed = productionDependencies(readLock());
const wanted = installed.map(({ name, version }) => `${name}@${version}`);

test('the same commit gives the same bytes', async () => {
  expect(await write('other')).toEqual(written);
});

describe('CycloneDX', () => {
  test('fits its schema', () => {
    expect(cycloneDxFaults(cycloneDx)).toEqual([]);
    expect(cycloneDxFaults({ ...cycloneDx, components: [{ name: 'a' }] })).not.toEqual([]);
  });

  test('has each package with version, licence and digest, and no tool', () => {
    const own = (one: CycloneDx['components'][number]): string =>
      decodeURIComponent(one.purl.replace('pkg:npm/', ''));
    expect(cycloneDx.components.map(own).toSorted()).toEqual(wanted.toSorted());
    const whole = cycloneDx.components.filter(
      ({ licenses = [], hashes = [] }) => licenses.length * hashes.length > 0,
    );
    const known = installed.filter(({ name }) => !/-(?:darwin|win32)-|-linux-arm$/.test(name));
    expect(whole.length).toBeGreaterThanOrEqual(known.length);
    expect(cycloneDx.metadata.component.name).toBe('dane-relay');
  });
});

/** The schema of that version, as the library of CycloneDX ships it. */
function cycloneDxFaults(document: CycloneDx | object): string[] {
  const folder = path.join(root, 'node_modules/@cyclonedx/cyclonedx-library/res/schema');
  const schema = (name: string): object =>
    JSON.parse(readFileSync(path.join(folder, `${name}.SNAPSHOT.schema.json`), 'utf8')) as object;
  const formats = { 'date-time': true, 'iri-reference': true, 'idn-email': true, uri: true } as const;
  const ajv = new Ajv({ strict: false, allErrors: true, formats });
  // The schemas name one another by the names of their files, beside one another.
  for (const other of ['spdx', 'jsf-0.82'])
    ajv.addSchema({ ...schema(other), $id: `http://cyclonedx.org/schema/${other}.SNAPSHOT.schema.json` });
  const validate = ajv.compile(schema(`bom-${cycloneDx.specVersion}`));
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
}

describe('SPDX', () => {
  test('has each package with version and licence, and no tool', () => {
    expect(spdx.spdxVersion).toBe('SPDX-2.3');
    const others = spdx.packages.filter(({ name }) => name !== 'dane-relay');
    expect(others.map(({ name, versionInfo }) => `${name}@${versionInfo}`).toSorted()).toEqual(
      wanted.toSorted(),
    );
    expect(others.filter(({ licenseDeclared }) => licenseDeclared === '')).toEqual([]);
  });

  test('relates nothing that is not in it', () => {
    const known = new Set(['SPDXRef-DOCUMENT', ...spdx.packages.map(({ SPDXID }) => SPDXID)]);
    const named = spdx.relationships.flatMap((one) => [one.spdxElementId, one.relatedSpdxElement]);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    expect(new Set(named).size).toBe(known.size);
  });
});
