import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHttpRelay, type HttpRelay } from '../../support/http-relay.ts';
import { codeBlocks } from '../../tools/code-blocks.ts';

/** The commands of docs/http.md do what it says of them, in their order; only the port is replaced. */

const page = readFileSync(path.join(import.meta.dirname, '../../../docs/http.md'), 'utf8');
const executable = path.join(import.meta.dirname, '../../../dist/main.js');
let relay: HttpRelay;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'http-doc-'));
  relay = await startHttpRelay([], { set: { 'dns.servers': '127.0.0.1:9', 'dns.dnssec_probe': '' } });
  const bin = path.join(directory, 'bin');
  await mkdir(bin);
  const own = `exec ${process.execPath} ${executable} "$@" --set data_dir=${relay.dataDir}`;
  await writeFile(path.join(bin, 'dane-relay'), `#!/bin/sh\n${own}\n`);
  await chmod(path.join(bin, 'dane-relay'), 0o755);
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function shell(block: string, env: Readonly<Record<string, string>>): Promise<string> {
  const command = block.replaceAll('http://127.0.0.1:8025', relay.url);
  const all = { ...process.env, ...env, PATH: `${directory}/bin:${process.env['PATH']}` };
  const { stdout } = await promisify(execFile)('sh', ['-ec', command], { cwd: directory, env: all });
  return stdout;
}

test('each command works', async () => {
  const blocks = codeBlocks(page, 'sh');
  expect(blocks.length).toBeGreaterThan(2);
  const [first = '', ...others] = blocks;
  const made = await shell(first, {});
  const [TOKEN = '', listed = ''] = made.split('\n');
  expect(listed).toBe('shop: @app.example; 600 messages a minute; 10485760 octets a message');
  await relay.line(/http-tokens: 1 tokens/);
  for (const block of others) {
    const lines = (await shell(block, { TOKEN })).trim().split('\n');
    expect(new Set(lines).size).toBe(1);
    const answer = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    if ('openapi' in answer) continue;
    if ('recipients' in answer) expect(answer['recipients']).toMatchObject([{ address: 'jane@good.test' }]);
    else expect(answer).toMatchObject({ accepted: ['jane@good.test'], rejected: [] });
  }
});
