import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { belongings } from '../support/belongings.ts';
import { launchRelay, removeDataDir, startRelay } from '../support/running-relay.ts';

const keep = belongings();
const set = { 'dns.servers': '127.0.0.1:9', 'dns.dnssec_probe': '' };

it('of several relays that start on one data_dir in the same moment one runs, and the others say why not', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'one-relay-'));
  keep({ [Symbol.asyncDispose]: () => removeDataDir(dataDir) });
  const relays = await Promise.all(Array.from({ length: 4 }, () => launchRelay({ dataDir, set })));
  for (const relay of relays) keep(relay);
  const ends = relays.map((relay) =>
    Promise.race([relay.line(/: ready$/).then(() => 'ready'), relay.exited]),
  );
  const found = await Promise.all(ends);
  expect(found.filter((end) => end === 'ready')).toHaveLength(1);
  expect(found.filter((end) => end === 75)).toHaveLength(3);
  for (const [place, relay] of relays.entries()) {
    if (found[place] === 75) expect(relay.lines.join('\n')).toContain('another relay is running');
  }

  // One that was killed keeps nobody out.
  const running = relays[found.indexOf('ready')];
  await running?.kill();
  const next = keep(await startRelay({ dataDir, set }));
  expect(await next.stop()).toBe(0);
});
