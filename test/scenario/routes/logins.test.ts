import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lab } from '../../lab/lab.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { watching } from '../../support/watching.ts';
import { password, startRoutesLab, user } from './routes-world.ts';

let lab: Lab;
let relay: RunningRelay;
let directory: string;
let settings: Record<string, string>;

const file = (name: string): string => path.join(directory, name);
/** `provider`, as a next hop. */
const at = (host: string): string => `[${host}.hosts.test]:${lab.port}`;

beforeAll(async () => {
  const world = await startRoutesLab(() => []);
  ({ lab } = world);
  directory = await mkdtemp(path.join(tmpdir(), 'dane-relay-'));
  const names = ['provider', 'strange', 'plain', 'clear'];
  const hops = names.map((name) => (name === 'clear' ? '[plain.hosts.test]' : at(name)));
  await writeFile(file('transport'), names.map((name, n) => `${name}.test smtp:${hops[n]}\n`).join(''));
  await writeFile(file('passwd'), hops.map((hop) => `${hop} ${user}:${password}\n`).join(''));
  await chmod(file('passwd'), 0o644);
  await writeFile(
    file('policy'),
    `${at('provider')} secure\n${at('strange')} secure\n[plain.hosts.test] none\n`,
  );
  settings = {
    ...labSettings(lab),
    'queue.minimal_backoff': '1s',
    'queue.maximal_backoff': '1s',
    'tls.level': 'may',
    'tls.CAfile': world.authority,
    'tls.policy_maps': file('policy'),
    'delivery.transport_maps': file('transport'),
    'delivery.sasl_auth_enable': 'true',
    'delivery.sasl_password_maps': file('passwd'),
    'delivery.connection_cache_time_limit': '30s',
  };
  relay = await startRelay({ set: settings });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
  await rm(directory, { recursive: true });
});

const host = (name: string) => lab.host(`${name}.hosts.test`);

async function verdictOn(to: string): Promise<string> {
  const id = await sendMail(relay.port, { to });
  return relay.line(new RegExp(`${id}: to=.*status=`));
}

async function reload(): Promise<void> {
  const had = relay.matching(/password entries$/).length;
  relay.signal('SIGHUP');
  await expect.poll(() => relay.matching(/password entries$/).length).toBe(had + 1);
}

describe('delivery.sasl_password_maps', () => {
  test('a provider that was verified gets the login, then the mail', async () => {
    expect(await verdictOn('a@provider.test')).toMatch(/relay=provider\.hosts\.test.*status=sent/);
    await relay.line(/Verified TLS connection established to provider\.hosts\.test/);
    const { plaintextCommands = [], tlsCommands = [] } = host('provider').sessions.at(-1) ?? {};
    expect(plaintextCommands.join()).not.toMatch(/AUTH/);
    expect(tlsCommands.slice(0, 3)).toEqual([
      'EHLO relay.test',
      expect.stringMatching(/^AUTH PLAIN /),
      expect.stringMatching(/^MAIL FROM:<sender@relay\.test>.* AUTH=<>/),
    ]);
  });

  // peers.md: Haraka sends without a login where none is offered.
  test('one that does not offer AUTH gets nothing', async () => {
    expect(await verdictOn('a@strange.test')).toMatch(
      /dsn=4\.7\.0, status=deferred \(SASL authentication failed: server strange\.hosts\.test\[.*\] offered no compatible authentication mechanisms for this type of connection security\)/,
    );
    expect(host('strange').messages).toEqual([]);
    expect(host('strange').sessions.at(-1)?.tlsCommands.join()).not.toMatch(/MAIL/);
  });

  test('one without TLS gets nothing, though its level would take that from a stranger', async () => {
    expect(await verdictOn('a@plain.test')).toMatch(
      /dsn=4\.7\.4, status=deferred \(TLS is required, but was not offered by host plain\.hosts\.test\[/,
    );
    expect(host('plain').sessions.at(-1)?.plaintextCommands.join()).not.toMatch(/AUTH|MAIL/);
  });

  test('where the operator wants no TLS, it hears no password all the same', async () => {
    expect(await verdictOn('a@clear.test')).toMatch(
      /dsn=4\.7\.0, status=deferred \(SASL authentication failed; cannot authenticate to server plain\.hosts\.test\[.*\]: no mechanism available\)/,
    );
    expect(host('plain').sessions.at(-1)?.plaintextCommands.join()).not.toMatch(/AUTH|MAIL/);
  });

  test('a password that is wrong makes the mail wait, and the right one sends it', async () => {
    await writeFile(file('passwd'), `${at('provider')} ${user}:of yesterday\n`);
    await reload();
    const verdict = await verdictOn('a@provider.test');
    expect(verdict).toMatch(
      /dsn=4\.7\.8, status=deferred \(SASL authentication failed; server provider\.hosts\.test\[.*\] said: 535 5\.7\.8 Error: authentication failed\)/,
    );
    const [, id] = /: (\w+): to=/.exec(verdict) ?? [];
    await writeFile(file('passwd'), `${at('provider')} ${user}:${password}\n`);
    await reload();
    await relay.line(new RegExp(`${id}: to=.*status=sent`));
  });

  test('whoever watches sees that there was a login, and nothing of it', async () => {
    await using watch = await watching(['trace', '--host', 'provider.hosts.test'], {
      data_dir: relay.dataDir,
    });
    await writeFile(file('passwd'), `${at('provider')} ${user}:${password} twice\n`);
    await reload();
    expect(await verdictOn('a@provider.test')).toMatch(/status=deferred/);
    await watch.line(/ ~> AUTH PLAIN \(login\)$/);
    await watch.line(/=== ended$/);
    await writeFile(file('passwd'), `${at('provider')} ${user}:${password}\n`);
    await reload();
    expect(await verdictOn('a@provider.test')).toMatch(/status=sent/);
    await watch.line(/<~ {2}235 /);
    const shown = watch.lines.join('\n');
    for (const secret of [password, 'sesame', Buffer.from(`\0${user}\0${password}`).toString('base64')]) {
      expect(shown).not.toContain(secret);
    }
  });

  test('a session in our name does not serve mail that goes without it, nor the other way round', async () => {
    await verdictOn('a@provider.test');
    const had = host('provider').sessions.length;
    await writeFile(file('passwd'), '# nobody\n');
    await reload();
    expect(await verdictOn('a@provider.test')).toMatch(/status=sent/);
    expect(host('provider').sessions).toHaveLength(had + 1);
    expect(host('provider').sessions.at(-1)?.tlsCommands.join()).not.toMatch(/AUTH/);
    await writeFile(file('passwd'), `provider.hosts.test ${user}:${password}\n`);
    await reload();
    expect(await verdictOn('a@provider.test')).toMatch(/status=sent/);
    expect(host('provider').sessions.at(-1)?.tlsCommands.join()).toMatch(/AUTH PLAIN/);
  });

  test('an entry that makes no sense: its mail waits, and nothing of it is shown', async () => {
    await writeFile(file('passwd'), `${at('provider')} ${password.replaceAll(' ', '')}\n`);
    await reload();
    expect(await verdictOn('a@provider.test')).toMatch(
      /status=deferred \(client SASL configuration problem\)/,
    );
    await relay.line(/passwd:1: ".*": not of the form user:password; mail for it waits/);
  });

  test('nothing secret was logged, stored or shown', async () => {
    const shown = relay.lines.join('\n');
    const secrets = [password, password.replaceAll(' ', ''), 'of yesterday', 'sesame'];
    for (const secret of secrets) {
      expect(shown).not.toContain(secret);
      expect(shown).not.toContain(Buffer.from(secret).toString('base64').replace(/=+$/, ''));
    }
    expect(shown).not.toMatch(/AUTH PLAIN/);
    expect(shown).toMatch(/warning: .*passwd: anybody on this machine can read the passwords \(mode 644\)/);
    const queue = await runCommand(['queue', 'export', '--live'], { data_dir: relay.dataDir });
    expect(queue.code).toBe(0);
    // The mail that no login was found for is there.
    expect(queue.stdout.toString()).toContain('SASL');
    const config = await runCommand(['check-config'], settings);
    expect(config.stdout.toString()).toContain('sasl_password_maps');
    for (const output of [queue.stdout.toString(), config.stdout.toString()]) {
      expect(output).not.toMatch(/sesame|yesterday/);
    }
  });
});
