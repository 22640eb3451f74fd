import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadRows } from './load.ts';
import { schemaFaults } from './schema.ts';

const schema: unknown = JSON.parse(readFileSync(new URL('vectors.schema.json', import.meta.url), 'utf8'));
const row = { id: 'x-01', title: 'x', requirement: ['RFC 7672 §2.2'], expect: { wait: true } };

describe('loadRows()', () => {
  it('finds the decision table, every row with an expectation', () => {
    const rows = loadRows();
    expect(rows).not.toEqual([]);
    for (const { id, expect: expected } of rows) expect(Object.keys(expected), id).not.toEqual([]);
  });

  it.each(['2.1.1', '2.1.2', '2.1.3', '2.2', '2.2.1', '2.2.2', '2.2.3', '3.1.1', '3.1.2', '3.1.3'])(
    'has rows for RFC 7672 §%s',
    (section) => {
      const about = loadRows().filter(({ requirement }) => requirement.includes(`RFC 7672 §${section}`));
      expect(about).not.toEqual([]);
    },
  );
});

describe('vectors.schema.json', () => {
  it.each([
    ['a row without an id', { ...row, id: undefined }],
    ['an unknown member', { ...row, inputs: {} }],
    ['a requirement that is no section', { ...row, requirement: ['RFC 7672'] }],
    ['no requirement', { ...row, requirement: [] }],
    ['an unknown expectation', { ...row, expect: { host: 'mx.example.test' } }],
    ['a host without SNI, be it none', { ...row, expect: { hosts: [{ host: 'a.test', level: 'dane' }] } }],
    [
      'a host passed over without a reason',
      { ...row, expect: { hosts: [{ host: 'a.test', connect: false, dsn: '4.7.5' }] } },
    ],
    ['an unknown level', { ...row, input: { level: 'secure' } }],
    ['records of unknown security', { ...row, input: { dns: { 'a.test A': { records: ['192.0.2.1'] } } } }],
    ['an unknown failure', { ...row, input: { dns: { 'a.test A': { fail: 'bad luck' } } } }],
    ['a TLSA record that cannot be read', { ...row, input: { tlsa: ['3 1 of leaf'] } }],
    ['a port that is no number', { ...row, input: { port: '25' } }],
  ])('refuses %s', (_, broken) => {
    const file = (one: object): unknown => JSON.parse(JSON.stringify({ theme: 'x', rows: [one] }));
    expect(schemaFaults(file(row), schema)).toEqual([]);
    expect(schemaFaults(file(broken), schema)).not.toEqual([]);
  });
});
