import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TlsaRecord } from '../../src/core/dns/record.ts';
import { credentials } from '../scenario/session/scripted-server.ts';
import { makeAuthority, makeCertificate, tlsaFor, type TestCertificate } from '../support/test-ca.ts';
import { codeBlocks } from './code-blocks.ts';

/** `dane-relay/dane` as somebody else's program sees it: another directory, the built package, its public name. */

const root = path.join(import.meta.dirname, '../..');
const run = promisify(execFile);
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'dane-library-'));
  await mkdir(path.join(directory, 'node_modules', '@types'), { recursive: true });
  await symlink(root, path.join(directory, 'node_modules', 'dane-relay'));
  await symlink(
    path.join(root, 'node_modules/@types/node'),
    path.join(directory, 'node_modules/@types/node'),
  );
  await writeFile(path.join(directory, 'package.json'), '{ "type": "module" }');
});
afterAll(async () => rm(directory, { recursive: true }));

/** Runs a program there; its lines on standard output. */
async function runProgram(code: string, ...args: readonly string[]): Promise<string[]> {
  await writeFile(path.join(directory, 'program.js'), code);
  const { stdout } = await run(process.execPath, ['program.js', ...args], { cwd: directory });
  return stdout.trimEnd().split('\n');
}

type Chain = readonly [TestCertificate, ...TestCertificate[]];

const rdataOf = ({ usage, selector, matching, data }: TlsaRecord): string =>
  Buffer.concat([Buffer.of(usage, selector, matching), data]).toString('hex');

describe('the program in README.md', () => {
  const readme = readFile(path.join(root, 'README.md'), 'utf8');
  const dates = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 600_000 };
  const authority = makeAuthority('CA', dates);
  const leaf = makeCertificate({ names: ['localhost'], ...dates }, authority);
  const elsewhere = makeCertificate({ names: ['elsewhere.test'], ...dates }, authority);
  const alone = makeCertificate({ names: ['localhost'], ...dates });

  /** What it prints about a server with these certificates, whose record it is told. */
  async function judged(record: TlsaRecord, ...chain: Chain) {
    const [first, ...others] = chain;
    const server = createServer(credentials(first, ...others), (socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    try {
      const [program = ''] = codeBlocks(await readme, 'js');
      const { port } = server.address() as AddressInfo;
      return (await runProgram(program, 'localhost', String(port), rdataOf(record))).join('\n');
    } finally {
      server.close();
    }
  }

  test('has ten lines', async () => {
    const programs = codeBlocks(await readme, 'js');
    expect(programs).toHaveLength(1);
    expect(programs[0]?.split('\n').filter((line) => line !== '')).toHaveLength(10);
  });

  test('recognises a self-signed certificate by its key', async () => {
    const output = await judged(tlsaFor(alone, '3 1 1'), alone);
    expect(output).toContain("kind: 'matched'");
    expect(output).toContain('depth: 0');
  });

  test('recognises an authority, and the name below it', async () => {
    const output = await judged(tlsaFor(authority, '2 0 1'), leaf, authority);
    expect(output).toContain('depth: 1');
    expect(output).toContain("peerName: 'localhost'");
  });

  test.each<[string, TlsaRecord, Chain, string]>([
    ['another key', tlsaFor(elsewhere, '3 1 1'), [leaf, authority], 'no matching record'],
    ['another name', tlsaFor(authority, '2 0 1'), [elsewhere, authority], 'name mismatch'],
    ['an authority that was not sent', tlsaFor(authority, '2 0 1'), [leaf], 'no matching record'],
  ])('refuses %s', async (_, record, chain, cause) => {
    expect(await judged(record, ...chain)).toContain(`cause: '${cause}'`);
  });
});

describe('the examples in the docstrings', async () => {
  const source = await readFile(path.join(root, 'src/core/dane/index.ts'), 'utf8');
  const examples = codeBlocks(source, 'js');

  test('are two', () => {
    expect(examples).toHaveLength(2);
  });

  test.each(examples)('print what they say %#', async (code) => {
    const promised = [...code.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => line);
    expect(promised).not.toHaveLength(0);
    expect(await runProgram(code)).toEqual(promised);
  });
});

describe('its types', () => {
  const check = async (code: string): Promise<string> => {
    await writeFile(path.join(directory, 'program.ts'), code);
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const tsc = path.join(root, 'node_modules/.bin/tsc');
    return run(tsc, [...flags, 'program.ts'], { cwd: directory }).then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    );
  };

  test('serve a strict program without skipLibCheck', async () => {
    const code = `
      import { parseTlsa, screen, tlsaText, usability, verifyDane } from 'dane-relay/dane';
      import type { DaneVerdict, Matched, Mismatch, Screened, TlsaRecord, Usability } from 'dane-relay/dane';
      const record: TlsaRecord = parseTlsa(Buffer.of(3, 1, 1));
      const usable: Usability = usability(record);
      const screened: Screened = screen([record], tlsaText(record));
      const verdict: DaneVerdict = verifyDane([], screened.usable, [], 0);
      const word: Matched['kind'] | Mismatch['cause'] = verdict.kind === 'matched' ? verdict.kind : verdict.cause;
      console.log(usable, word);`;
    expect(await check(code)).toBe('');
  });

  test('are there at all', async () => {
    const code = `import { tlsaText } from 'dane-relay/dane'; const text: number = tlsaText({});`;
    expect(await check(code)).toMatch(/TS2322[^]*TS2739/);
  });
});

test('nothing else of the package is to be had', async () => {
  const others = ['dane-relay', 'dane-relay/dist/main.js', 'dane-relay/dist/core/dane/verify.js'];
  const code = others
    .map((name) => `console.log(await import('${name}').catch((error) => error.code));`)
    .join('\n');
  expect(new Set(await runProgram(code))).toEqual(new Set(['ERR_PACKAGE_PATH_NOT_EXPORTED']));
});
