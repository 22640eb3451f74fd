import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDrop } from './drop.ts';

test('a message with more recipients than are read is refused, and nothing of it is left', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'drop-'));
  const drop = await openDrop(directory);
  const recipients = Array.from({ length: 60_000 }, (_, index) => ({ address: `user${index}@y.example` }));
  const mail = { sender: 's@x.example', fullName: '', recipients, body: '7BIT' } as const;
  await expect(drop.complete(mail)).rejects.toMatchObject({ name: 'DropError', exitCode: 65 });
  expect(readdirSync(directory)).toEqual([]);
  rmSync(directory, { recursive: true });
});
