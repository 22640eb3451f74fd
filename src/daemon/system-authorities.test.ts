import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeAuthority, pemOf } from '../../test/support/test-ca.ts';
import { createSystemAuthorities } from './system-authorities.ts';

test('the authorities of the system are read again when their file has changed, and only then', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'dane-relay-authorities-'));
  try {
    const file = path.join(directory, 'ca.crt');
    const read = createSystemAuthorities(file);
    expect(read().count).toBe(0);
    const [one, other] = ['One', 'Other'].map((name) => pemOf(makeAuthority(name).der));
    await writeFile(file, `${one}`);
    const once = read();
    expect(once.count).toBe(1);
    expect(read()).toBe(once);
    await writeFile(file, `${one}${other}`);
    expect(read().count).toBe(2);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
