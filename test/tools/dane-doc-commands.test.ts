import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tlsaText } from '../../src/core/dane/tlsa.ts';
import { credentials, serverFixture } from '../scenario/session/scripted-server.ts';
import { ecKeys, makeCertificate, pemOf, tlsaFor } from '../support/test-ca.ts';
import { codeBlocks } from './code-blocks.ts';

/** The openssl commands of docs/dane.md do what it says of them; only names, port and digest are replaced. */

const text = readFileSync(path.join(import.meta.dirname, '../../docs/dane.md'), 'utf8');
const commands = codeBlocks(text, '')
  .flatMap((block) => block.split('\n'))
  .filter((line) => line.startsWith('openssl'));
const [judging = '', ofKey = '', ofCertificate = '', fetching = ''] = commands;

const certificate = makeCertificate({ names: ['elsewhere.test'] });
const serve = serverFixture({ tls: credentials(certificate) });
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'dane-doc-'));
  await writeFile(path.join(directory, 'cert.pem'), pemOf(certificate.der));
});
afterAll(async () => rm(directory, { recursive: true }));

async function shell(command: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)('sh', ['-c', command], { cwd: directory });
  return stdout + stderr;
}

const digestOf = (parameters: string): string =>
  Buffer.from(tlsaFor(certificate, parameters).data).toString('hex');

test('there are four', () => {
  expect(commands).toHaveLength(4);
});

test('the data of 3 1 1 and of 3 0 1', async () => {
  expect(await shell(ofKey)).toContain(digestOf('3 1 1'));
  expect(await shell(ofCertificate)).toContain(digestOf('3 0 1'));
});

test('the certificate that a host shows', async () => {
  const { port } = await serve({});
  const shown = await shell(fetching.replace('mx.example.org:25', `127.0.0.1:${port}`));
  expect(shown).toBe(pemOf(certificate.der));
});

test('whether a host matches', async () => {
  const judged = async (record: string): Promise<string> => {
    const { port } = await serve({});
    const command = judging.replace('mx.example.org:25', `127.0.0.1:${port}`);
    return shell(command.replace(/3 1 1 [0-9a-f]{64}/, record));
  };
  const matched = await judged(tlsaText(tlsaFor(certificate, '3 1 1')));
  expect(matched).toContain('Verification: OK');
  expect(matched).toMatch(/DANE TLSA 3 1 1 \S+ matched (?:the )?EE certificate at depth 0/);
  const other = { der: certificate.der, spki: ecKeys().publicKey.export({ type: 'spki', format: 'der' }) };
  expect(await judged(tlsaText(tlsaFor(other, '3 1 1')))).not.toContain('Verification: OK');
});
