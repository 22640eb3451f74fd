import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { asIfCloned, copyCheckout } from './checkout.ts';
import { pack, readPacked, unpack } from './package.ts';

/** Two people, at two places and times, who build the same commit. */
const builders = [
  { place: 'here', umask: 0o022, at: new Date('2024-02-29T12:00:00Z'), env: { TZ: 'UTC', LANG: 'C.UTF-8' } },
  {
    place: 'somewhere else/with a long name',
    umask: 0o077,
    at: new Date('2031-07-01T00:00:01Z'),
    env: { TZ: 'Pacific/Auckland', LANG: 'de_DE.UTF-8' },
  },
];

test('two builds of one commit have the same bytes', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'dane-relay-twice-'));
  try {
    const [one, other] = await Promise.all(
      builders.map(async ({ place, umask, at, env }) => {
        const checkout = path.join(directory, place);
        await copyCheckout(checkout);
        await asIfCloned(checkout, umask, at);
        const archive = await pack(checkout, path.join(checkout, '../packed'), {
          umask: umask.toString(8),
          env,
        });
        const files = await readPacked(await unpack(archive, path.join(directory, `${umask}`)));
        return {
          files: files
            .map(({ name, mode, content }) => `${name} ${mode.toString(8)} ${digest(content)}`)
            .toSorted(),
          archive: digest(await readFile(archive)),
        };
      }),
    );
    expect(other?.files).toEqual(one?.files);
    expect(other?.archive).toBe(one?.archive);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

function digest(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
