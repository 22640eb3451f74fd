import { describe, expect, it } from 'vitest';
import { makeCertificates } from './certificates.ts';
import { daneRelay } from './dane-relay-adapter.ts';
import { loadRows } from './load.ts';
import { runRow } from './run.ts';

const rows = loadRows();
const certificates = makeCertificates();

describe.each([...new Set(rows.map(({ theme }) => theme))])('%s', (theme) => {
  const ofTheme = rows.filter((row) => row.theme === theme);
  it.each(ofTheme.map((row) => [`${row.id} ${row.title}`, row] as const))('%s', async (_, row) => {
    expect(await runRow(daneRelay, row, certificates)).toEqual([]);
  });
});
