import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCommand } from '../../support/run-command.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startRelay, type RunningRelay } from '../../support/running-relay.ts';
import type { DoctorWishes } from '../../../src/daemon/doctor/context.ts';
import { visit, visitByCommand } from './doctor-kit.ts';
import { startDoctorWorld, type DoctorWorld } from './world.ts';

/** A relay that runs, and all that it depends on, are well. */

let world: DoctorWorld;
let relay: RunningRelay;
beforeAll(async () => {
  world = await startDoctorWorld();
  vi.stubEnv('SSL_CERT_FILE', world.authorityFile);
  relay = await startRelay({ set: world.settings, dataDir: world.dataDir });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await relay?.[Symbol.asyncDispose]();
  await world?.stop();
});

const wishes = (): DoctorWishes => ({
  addresses: [world.address('relay.well.test')],
  domains: ['well.test'],
  senders: ['well.test'],
});

test('everything that mail needs is well', async () => {
  const { ids, code, find } = await visit(
    world.settings,
    ['relay', 'resolver', 'redis', 'queue', 'files', 'ports', 'listeners', 'outbound', 'name', 'tlsa'],
    wishes(),
  );
  expect(ids).toEqual([
    'ok relay-well',
    'ok settings-well',
    'ok resolver-validates',
    'ok resolver-other-root',
    'ok redis-safe',
    'ok redis-room',
    'ok queue-empty',
    'ok files-enough',
    'ok ports-well',
    'ok listener-answers',
    'ok certificate-valid',
    'ok certificate-names',
    'ok certificate-chain',
    'ok outbound-open',
    'ok name-resolves',
    'ok ptr-confirmed',
    'ok tlsa-matches',
  ]);
  expect(code).toBe(0);
  expect(find('resolver-validates').text).toMatch(
    /dnssec_probe .*received a validated response; unsigned_probe .*received an unsigned one, bogus_probe .* was rejected$/,
  );
  expect(find('ports-well').text).toBe(`127.0.0.1:${world.port} ours`);
  expect(find('listener-answers').text).toContain('TLSv1.3 with cipher');
  expect(find('outbound-open').text).toContain(
    `mx.well.test[${world.address('mx.well.test')}]:${world.lab.port} answered`,
  );
});

test('the sender that is in order is well, and of the others it says what is wrong', async () => {
  const { ids, code, find } = await visit(world.settings, ['senders'], {
    ...wishes(),
    senders: ['well.test', 'ill.test', 'bare.test', 'broken.test'],
  });
  expect(ids.slice(0, 3)).toEqual(['ok spf-pass', 'ok dkim-published', 'ok dmarc-aligned']);
  expect(ids.slice(3, 6)).toEqual(['fail spf-fails', 'fail dkim-wrong', 'fail dmarc-fails']);
  expect(ids.slice(6, 9)).toEqual(['warn spf-missing', 'warn dkim-none', 'warn dmarc-missing']);
  expect(ids.slice(9, 12)).toEqual(['fail spf-broken', 'warn dkim-none', 'fail dmarc-broken']);
  expect(code).toBe(1);
  expect(find('spf-fails').todo[0]).toContain(`"ip4:${world.address('relay.well.test')}"`);
  expect(find('spf-broken').text).toContain('include:bare.test of broken.test has no SPF record');
});

test('nothing is changed, and the relay has nothing to complain about', async () => {
  const files = (): readonly string[] =>
    readdirSync(world.dataDir, { recursive: true }).map(String).toSorted();
  const before = files();
  await visitByCommand(
    world.settings,
    '--address',
    world.address('relay.well.test'),
    '--domain',
    'well.test',
    '--sender',
    'well.test',
  );
  expect(files()).toEqual(before);
  expect(relay.matching(/smtpd\[\d+\]: (?:warning|error)/)).toEqual([]);
});

test('for people it is a line for each finding, with what to do, and no colour in a pipe', async () => {
  const { stdout, code } = await runCommand(['doctor', '--only', 'outbound,files'], world.settings);
  const lines = stdout.toString().split('\n');
  expect(code).toBe(0);
  expect(lines[0]).toMatch(/^ok    the running relay may open \d+ files, \d+ are the most that are needed$/);
  expect(lines.slice(1)).toEqual([
    `skip  outbound port ${world.lab.port} was not tried: no mail waits or went out lately, and no stranger is dialled without being asked for`,
    '      do: name a domain that takes mail: dane-relay doctor --only outbound --domain example.org',
    '      see: docs/doctor.md#outbound-not-tried',
    '1 was not judged, 1 is well',
    '',
  ]);
});

test('on a terminal it is coloured, unless the operator wants no colour', async () => {
  const settings = Object.entries(world.settings).map(([key, value]) => `--set '${key}=${value}'`);
  const executable = new URL('../../../dist/main.js', import.meta.url).pathname;
  const line = [process.execPath, executable, 'doctor', '--only', 'files', ...settings].join(' ');
  const onTerminal = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const { NO_COLOR: _, ...plain } = process.env;
    const child = spawn('script', ['-qec', line, '/dev/null'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...plain, TERM: 'xterm', ...env },
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await once(child, 'close');
    return said;
  };
  expect(await onTerminal({})).toContain('\u001b[32mok  \u001b[0m');
  expect(await onTerminal({ NO_COLOR: '1' })).not.toContain('\u001b[3');
});

test('nothing but what could not be judged is exit 2', async () => {
  expect((await visitByCommand(world.settings, '--only', 'outbound')).code).toBe(2);
});

test('a check that is none is a slip', async () => {
  const { code, stderr } = await runCommand(['doctor', '--only', 'redis,weather'], world.settings);
  expect([code, stderr]).toEqual([64, expect.stringContaining('not "weather"')]);
});

test('of mail that waits it says whose fault that is, and dials its hosts', async () => {
  await sendMail(world.port, { to: 'user@wrong.test' });
  await relay.line(/to=<user@wrong\.test>.*status=deferred/);
  const { code, ids, find } = await visit(world.settings, ['queue', 'outbound']);
  expect([code, ids]).toEqual([0, ['ok queue-waits', 'warn queue-dane-fails', 'ok outbound-open']]);
  expect(find('queue-dane-fails').text).toMatch(
    /^1 message for wrong\.test: mx\.wrong\.test.* shows a key that none of its signed TLSA records names/,
  );
  expect(find('outbound-open').text).toMatch(/mx\.wrong\.test.* answered \(of the queue\)$/);
  const { stdout } = await runCommand(
    ['queue', 'delete', '--recipient', 'user@wrong.test', '--yes'],
    world.settings,
  );
  expect(stdout.toString()).toContain('1 message');
  // It is kept what became of mail, so that its hosts are no strangers later.
  const later = await visit(world.settings, ['queue', 'outbound']);
  expect(later.ids).toEqual(['ok queue-empty', 'ok outbound-open']);
  expect(later.find('outbound-open').text).toMatch(/answered \(of the history\)$/);
});
