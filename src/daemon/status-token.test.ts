import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStatusToken } from './status-token.ts';

const config = { status: { tokenFile: '', listen: [], hosts: [] } } as unknown as Parameters<
  typeof openStatusToken
>[0];

test('another token in the file counts, also after the clock was set back', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'dane-relay-token-'));
  try {
    let now = Date.UTC(2026, 10, 30);
    const token = openStatusToken(config, directory, () => now);
    const first = token();
    expect(first).toMatch(/^[\w-]{43}$/);
    await writeFile(join(directory, 'status-token'), 'another-token-of-the-operator\n');
    now -= 86_400_000;
    expect(token()).toBe('another-token-of-the-operator');
  } finally {
    await rm(directory, { recursive: true });
  }
});
