import { readdirSync, readFileSync } from 'node:fs';
import { vectorFolder } from './folder.ts';
import { schemaFaults } from './schema.ts';
import type { Row, RowInput, VectorFile } from './row.ts';

const folder = new URL('dane/', vectorFolder);

/** What holds for a row unless its file or the row itself says otherwise. */
export const usualInput: RowInput = {
  nextHop: 'example.test',
  level: 'dane',
  policyMap: [],
  insecureMxPolicy: 'dane',
  daneDigests: ['sha512', 'sha256'],
  port: 25,
  families: [4],
  prefer: 'any',
  addressLimit: 5,
  dns: {},
  resolver: {},
  now: '2026-11-21T00:00:00Z',
};

/** Every row of `dane/*.json`, in order of file name. Throws at the first file that breaks the schema. */
export function loadRows(): readonly Row[] {
  const rows = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .flatMap((name) => rowsOf(name, readJson(new URL(name, folder))));
  const ids = rows.map(({ id }) => id);
  const twice = ids.find((id, place) => ids.indexOf(id) !== place);
  if (twice !== undefined) throw new Error(`two rows are called ${twice}`);
  return rows;
}

function rowsOf(name: string, json: unknown): Row[] {
  const schema = readJson(new URL('vectors.schema.json', vectorFolder));
  const [fault] = schemaFaults(json, schema);
  if (fault !== undefined) throw new Error(`${name}: ${fault}`);
  const { theme, input: forAll = {}, expect: fromAll = {}, rows } = json as VectorFile;
  return rows.map(({ input = {}, expect: own, ...facts }) => ({
    ...facts,
    theme,
    input: { ...usualInput, ...forAll, ...input, dns: { ...forAll.dns, ...input.dns } },
    // A row that says where the mail goes says all of it.
    expect: 'hosts' in own || 'trouble' in own || 'wait' in own ? own : { ...fromAll, ...own },
  }));
}

function readJson(file: URL): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
