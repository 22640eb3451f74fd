import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificate, makeChain } from '../../lab/certificates.ts';
import { day } from '../../support/test-ca.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import { postfixObstacle, saslObstacle, searchPath } from '../../lab/privileges.ts';
import { belongings } from '../../support/belongings.ts';
import { labSettings, startRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { unless } from '../../support/unless.ts';

/**
 * Our logins at a relayhost that somebody else wrote: Postfix, with the SASL library of Cyrus and users of its own. Each
 * mechanism is chosen by delivery.sasl_mechanism_filter.
 */

const obstacle = postfixObstacle() ?? saslObstacle();
const keep = belongings();
const password = 'open sesame, please';
const host = 'provider.hosts.test';
const expired = 'expired.hosts.test';

unless(obstacle, describe)('a Postfix with Cyrus SASL', () => {
  let lab: Lab;
  let directory: string;
  let authority: string;

  beforeAll(async () => {
    // Postfix's own user reads the users.
    directory = await mkdtemp(path.join(tmpdir(), 'dane-relay-'));
    await promisify(execFile)('chmod', ['755', directory]);
    const { leaf, intermediate, root } = await makeChain([host]);
    const old = await makeCertificate(
      { names: [expired], notBefore: new Date(Date.now() - 3 * day), notAfter: new Date(Date.now() - day) },
      intermediate,
    );
    authority = path.join(directory, 'authority.pem');
    await writeFile(authority, root.pem);
    const sasl = path.join(directory, 'sasl');
    await promisify(execFile)('mkdir', [sasl]);
    const saslConfiguration =
      `pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: ${sasl}/sasldb2\n` +
      'mech_list: SCRAM-SHA-256 CRAM-MD5 PLAIN LOGIN\n';
    for (const realm of [host, expired]) await addUser(path.join(sasl, 'sasldb2'), realm);
    await promisify(execFile)('chown', ['-R', 'postfix', sasl]);
    const postfix = (name: string, certificates: readonly (typeof leaf)[]) =>
      ({
        kind: 'postfix',
        name,
        domains: [`${name.split('.')[0]}.test`],
        certificates,
        saslConfiguration,
        parameters: {
          smtpd_sasl_auth_enable: 'yes',
          smtpd_sasl_type: 'cyrus',
          smtpd_sasl_local_domain: name,
          smtpd_tls_auth_only: 'yes',
          // Nobody is trusted for his address.
          mynetworks: '',
          smtpd_relay_restrictions: 'permit_sasl_authenticated, reject',
        },
      }) as const;
    lab = await startLab({
      hosts: [postfix(host, [leaf, intermediate]), postfix(expired, [old, intermediate])],
      domains: [
        {
          name: 'hosts.test',
          dnssec: 'signed',
          records: ({ address }) => [host, expired].map((name) => `${name}. ${address(name)}`),
        },
      ],
    });
  });
  afterAll(async () => {
    await lab?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** A relay with the password that its file has now. */
  async function relayWith(filter: string, word: string, { at = host, level = 'secure' } = {}) {
    const own = await mkdtemp(path.join(directory, 'relay-'));
    const hop = `[${at}]:${lab.port}`;
    const passwords = path.join(own, 'passwd');
    const learn = (said: string) => writeFile(passwords, `${hop} relay:${said}\n`, { mode: 0o600 });
    await learn(word);
    await writeFile(path.join(own, 'policy'), `${hop} ${level}\n`);
    const relay = keep(
      await startRelay({
        set: {
          ...labSettings(lab),
          'queue.minimal_backoff': '1s',
          'queue.maximal_backoff': '1s',
          'tls.CAfile': authority,
          'tls.policy_maps': path.join(own, 'policy'),
          'delivery.relayhost': hop,
          'delivery.sasl_auth_enable': 'true',
          'delivery.sasl_password_maps': passwords,
          'delivery.sasl_mechanism_filter': filter,
        },
      }),
    );
    return { relay, learn };
  }

  test.each(['SCRAM-SHA-256', 'CRAM-MD5', 'PLAIN', 'LOGIN'])(
    '%s: with a wrong password the mail waits, with the right one it is taken',
    async (mechanism) => {
      const { relay, learn } = await relayWith(mechanism, 'of yesterday');
      const before = lab.host(host).messages.length;
      const id = await sendMail(relay.port, { to: `${mechanism.toLowerCase()}@provider.test` });
      expect(await relay.line(new RegExp(`${id}: to=.*status=`))).toMatch(
        /dsn=4\.7\.8, status=deferred \(SASL authentication failed; server provider\.hosts\.test\[.*\] said: 535 5\.7\.8 Error: authentication failed/,
      );
      expect(lab.host(host).messages).toHaveLength(before);
      const took = new RegExp(`sasl_method=${mechanism}, sasl_username=relay@provider\\.hosts\\.test`);
      expect(await lab.host(host).log()).not.toMatch(took);

      await learn(password);
      relay.signal('SIGHUP');
      expect(await relay.line(new RegExp(`${id}: to=.*status=sent`))).toContain('(250 2.0.0 Ok');
      await lab.host(host).waitForMessages(before + 1);
      expect(await lab.host(host).log()).toMatch(took);
      for (const word of ['of yesterday', password]) expect(relay.lines.join('\n')).not.toContain(word);
    },
  );

  test('the strongest that it offers is used', async () => {
    const { relay } = await relayWith('', password);
    const before = methods(await lab.host(host).log()).length;
    const id = await sendMail(relay.port, { to: 'strongest@provider.test' });
    await relay.line(new RegExp(`${id}: to=.*status=sent`));
    const log = await lab.host(host).log();
    expect(log).toContain('SCRAM-SHA-256');
    expect(methods(log).slice(before)).toEqual(['SCRAM-SHA-256']);
  });

  test('an expired certificate: no login and no mail, unless policy asks for no certificate', async () => {
    const careful = await relayWith('', password, { at: expired });
    const waits = await sendMail(careful.relay.port, { to: 'a@expired.test' });
    expect(await careful.relay.line(new RegExp(`${waits}: to=.*status=`))).toMatch(
      /dsn=4\.7\.5, status=deferred \(Server certificate not (trusted|verified)\)/,
    );
    await careful.relay.line(
      /certificate verification failed for expired\.hosts\.test.*certificate has expired/,
    );
    const log = await lab.host(expired).log();
    expect(log).toMatch(/disconnect from .* ehlo=1 starttls=1 /);
    expect(log).not.toMatch(/auth=|sasl_method/);
    expect(lab.host(expired).messages).toEqual([]);
    await careful.relay.stop();

    const careless = await relayWith('', password, { at: expired, level: 'encrypt' });
    const goes = await sendMail(careless.relay.port, { to: 'b@expired.test' });
    await careless.relay.line(new RegExp(`${goes}: to=.*status=sent`));
    expect(methods(await lab.host(expired).log())).toEqual(['SCRAM-SHA-256']);
  });
});

/** With what the clients of a Postfix have logged in, first to last. */
function methods(log: string): (string | undefined)[] {
  return [...log.matchAll(/sasl_method=([\w-]+)/g)].map(([, method]) => method);
}

/** Stores the password as it is, as sasldb does; Cyrus makes of it what each mechanism needs. */
async function addUser(database: string, realm: string): Promise<void> {
  const child = spawn('saslpasswd2', ['-c', '-p', '-f', database, '-u', realm, 'relay'], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...process.env, PATH: searchPath() },
  });
  child.stdin.end(`${password}\n`);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`saslpasswd2 ended with ${code}`);
}
