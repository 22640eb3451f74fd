import { isIP } from 'node:net';
import { parseFingerprint } from '../dane/fingerprint.ts';
import { parseProtocols } from '../tls-policy/tls-parameters.ts';
import type { WrittenSetting } from './draft.ts';
import type { Assignment } from '../postfix/main-cf.ts';
import type { Service } from '../postfix/master-cf.ts';
import { isDomainName } from '../postfix/names.ts';
import { readNetworks } from '../postfix/networks.ts';
import { readNumber, readYesNo } from '../postfix/quantities.ts';
import { readMaps } from '../postfix/read-maps.ts';
import type { Scope } from './scope.ts';
import type { TomlValue } from './toml.ts';
import { listItems } from '../postfix/words.ts';
import { admissionOf, reportChecks, type Admission } from './admission.ts';
import { portOf } from './route.ts';
import { originOf, type Taking } from './taking.ts';
import { namedVersions } from './tls-parameters.ts';

/** Where clients come in: the services of master.cf that are smtpd. */
export function takeListeners(taking: Taking): void {
  const { draft, services, scope } = taking;
  const doors = services.filter(
    ({ type, command }) => type === 'inet' && (command === 'smtpd' || command === 'postscreen'),
  );
  draft.account([...scope.value('inet_interfaces').origins]);
  if (doors.length === 0) {
    const why =
      services.length === 0
        ? 'there is no master.cf beside main.cf: nobody knows where Postfix listens. listen keeps its default, 127.0.0.1:2525'
        : 'no service of master.cf is an smtpd: listen keeps its default, 127.0.0.1:2525';
    draft.refuse(undefined, why, 'effect');
  }
  const taker = new ListenerTaker(taking);
  for (const door of doors) taker.take(door);
  taker.finish();
}

/** How a client of a listener is met. */
interface Door {
  readonly tls: 'none' | 'starttls' | 'implicit';
  readonly tlsRequired: boolean;
  readonly auth: 'none' | 'offer' | 'require';
  readonly authOnlyUnderTls: boolean;
  readonly certificates: readonly string[];
  readonly keys: readonly string[];
}

class ListenerTaker {
  readonly #taking: Taking;
  readonly #plain: { readonly address: string; readonly origin: Assignment }[] = [];
  readonly #taken = new Set<string>();
  readonly #names = new Set<string>();
  #hasUsers = false;

  constructor(taking: Taking) {
    this.#taking = taking;
  }

  take(service: Service): void {
    const { draft, services } = this.#taking;
    const behind = service.command === 'postscreen' ? services.find(isBehindPostscreen) : undefined;
    const scope = this.#taking.scopeOf(behind ?? service);
    const origin = assignmentOf(service);
    if (service.command === 'postscreen')
      draft.refuse(origin, 'there is no postscreen: the relay takes mail of its own clients only', 'nothing');
    reportChecks(scope, draft);
    const admission = admissionOf(scope);
    const refusal = refusalOf(scope, admission);
    const door = refusal === undefined ? this.#door(scope, admission, origin) : undefined;
    // What it overrides is lost with it, and need not be told one by one.
    if (door === undefined)
      draft.account([...service.overrides.values(), ...(behind?.overrides.values() ?? [])]);
    if (refusal !== undefined) draft.refuse(origin, `no listener: ${refusal.why}`, refusal.loss);
    if (door === undefined) return;
    const addresses = this.#addresses(service, scope, origin);
    for (const address of addresses) {
      if (this.#taken.has(address))
        draft.refuse(origin, 'another service has the same address', 'effect', address);
      else this.#write(address, service, scope, door, origin);
      this.#taken.add(address);
    }
  }

  finish(): void {
    const { draft } = this.#taking;
    if (this.#plain.length > 0) {
      draft.set(
        'listen',
        this.#plain.map(({ address }) => address),
        [...new Set(this.#plain.map(({ origin }) => origin))],
        'Postfix has this port until it is stopped. Ports below 1024 need CAP_NET_BIND_SERVICE (systemd/dane-relay.service).',
      );
    }
    if (!this.#hasUsers) return;
    draft.file(
      {
        key: 'intake.users',
        name: 'users',
        text: '# Nobody can log in yet: dane-relay user add NAME\n',
        secret: true,
        entries: 0,
        keep: true,
      },
      this.#taking.scope.value('smtpd_sasl_auth_enable').origins,
      'Users and passwords of the old server stay with its SASL library: dane-relay user add NAME',
    );
    draft.refuse(
      originOf(this.#taking.scope.value('smtpd_sasl_type')),
      'users and passwords have to be made anew (dane-relay user add), or be brought from a passwd-file of Dovecot',
      'effect',
    );
  }

  #door(scope: Scope, admission: Admission, origin: Assignment): Door | undefined {
    const { draft } = this.#taking;
    const { certificates, keys, problem } = this.#certificates(scope);
    const level = levelOf(scope);
    const isWrapped = readYesNo(scope.value('smtpd_tls_wrappermode').text) === true;
    const wantsTls = isWrapped || level !== 'none';
    const wantsLogin = readYesNo(scope.value('smtpd_sasl_auth_enable').text) === true && admission.users;
    const auth = !wantsLogin ? 'none' : admission.networks ? 'offer' : 'require';
    const onlyUnderTls = scope.value('smtpd_tls_auth_only');
    const tls = !wantsTls || problem !== undefined ? 'none' : isWrapped ? 'implicit' : 'starttls';
    if (wantsTls && problem !== undefined) {
      const isNeeded = isWrapped || level === 'encrypt' || auth !== 'none';
      draft.refuse(
        originOf(scope.value('smtpd_tls_cert_file')) ??
          originOf(scope.value('smtpd_tls_chain_files')) ??
          origin,
        isNeeded
          ? `no listener for ${origin.service}: ${problem}`
          : `no TLS for ${origin.service}: ${problem}`,
        'protection',
      );
      if (isNeeded) return undefined;
    }
    const isStrict = readYesNo(onlyUnderTls.text) === true;
    if (tls === 'none' && auth !== 'none' && isStrict) {
      draft.refuse(
        originOf(onlyUnderTls),
        'a login needs TLS, and there is none: nobody can log in',
        'effect',
        origin.service,
      );
      if (auth === 'require') return undefined;
    }
    if (tls !== 'none') this.#reportVersions(scope);
    return {
      tls,
      tlsRequired: tls === 'starttls' && level === 'encrypt',
      auth: tls === 'none' && isStrict ? 'none' : auth,
      authOnlyUnderTls: !(
        auth !== 'none' &&
        (tls === 'none' || (onlyUnderTls.origins.length > 0 && !isStrict))
      ),
      certificates,
      keys,
    };
  }

  #certificates(scope: Scope): Pick<Door, 'certificates' | 'keys'> & { readonly problem?: string } {
    const chains = listItems(scope.value('smtpd_tls_chain_files').text);
    const pairs = [
      ['smtpd_tls_cert_file', 'smtpd_tls_key_file'],
      ['smtpd_tls_eccert_file', 'smtpd_tls_eckey_file'],
    ] as const;
    const files =
      chains.length > 0
        ? chains.map((file) => ({ file, key: file }))
        : pairs.flatMap(([certificate, key]) => {
            const [file, keyFile] = [scope.value(certificate).text, scope.value(key).text];
            return file === '' || file === 'none' ? [] : [{ file, key: keyFile || file }];
          });
    const none = { certificates: [], keys: [] };
    if (files.length === 0) return { ...none, problem: 'there is no certificate' };
    for (const { file, key } of files) {
      const trouble = this.#trouble(file, 'CERTIFICATE') ?? this.#trouble(key, 'PRIVATE KEY');
      if (trouble !== undefined) return { ...none, problem: trouble };
    }
    const isOwn = files.every(({ file, key }) => file === key);
    return { certificates: files.map(({ file }) => file), keys: isOwn ? [] : files.map(({ key }) => key) };
  }

  #trouble(file: string, block: string): string | undefined {
    if (!file.startsWith('/')) return `${file}: only a file with an absolute path can be read`;
    const content = this.#taking.ports.readFile(file);
    if ('problem' in content) return `${file}: ${content.problem}`;
    return content.text.includes(`${block}-----`) ? undefined : `${file}: no ${block.toLowerCase()} in it`;
  }

  /** Ours are 1.2 and 1.3. */
  #reportVersions(scope: Scope): void {
    for (const name of ['smtpd_tls_protocols', 'smtpd_tls_mandatory_protocols']) {
      const value = scope.value(name);
      this.#taking.draft.account(value.origins);
      const versions = parseProtocols(namedVersions(value.text));
      if (value.origins.length > 0 && versions !== undefined && !versions.includes('TLSv1.2'))
        this.#taking.draft.refuse(originOf(value), 'listeners speak TLS 1.2, too', 'protection');
    }
  }

  #addresses(service: Service, scope: Scope, origin: Assignment): readonly string[] {
    const { draft } = this.#taking;
    const [, bracketed, bare, portText = ''] =
      /^(?:(?:\[([^\]]*)\]|([^[\]]*)):)?([^:]+)$/.exec(service.name) ?? [];
    const port = portOf(portText) ?? readNumber(portText);
    if (port === undefined || port < 1 || port > 65_535) {
      draft.refuse(origin, `"${portText}" is no port that is known here`, 'effect');
      return [];
    }
    const host = bracketed ?? bare ?? '';
    const interfaces = scope.value('inet_interfaces');
    const protocols = listItems(scope.value('inet_protocols').text.toLowerCase());
    const isIpv4Only = protocols.length > 0 && !protocols.includes('all') && !protocols.includes('ipv6');
    const hosts = host !== '' ? [host] : listItems(interfaces.text);
    return hosts.flatMap((one) => {
      switch (one.toLowerCase()) {
        case 'all':
          return isIpv4Only ? [`0.0.0.0:${port}`] : [`[::]:${port}`];
        case 'localhost':
        case 'loopback-only':
          return isIpv4Only ? [`127.0.0.1:${port}`] : [`127.0.0.1:${port}`, `[::1]:${port}`];
        default: {
          const plain = one.replace(/^\[(?:ipv6:)?(.*)\]$/i, '$1');
          if (isIP(plain) === 6) return isIpv4Only ? [] : [`[${plain}]:${port}`];
          if (isIP(plain) === 4) return [`${plain}:${port}`];
          draft.refuse(
            host === '' ? originOf(interfaces) : origin,
            isDomainName(one) ? 'a name of a host: write its addresses into listen' : 'no address',
            'effect',
            one,
          );
          return [];
        }
      }
    });
  }

  #write(address: string, service: Service, scope: Scope, door: Door, origin: Assignment): void {
    const { draft } = this.#taking;
    const peers = this.#peers(scope);
    const clients = door.tls === 'none' ? [] : this.#clients(scope);
    if (door.tls === 'none' && door.auth === 'none' && peers.length === 0) {
      this.#plain.push({ address, origin });
      return;
    }
    if (door.auth !== 'none') this.#hasUsers = true;
    const from = (...names: string[]): readonly Assignment[] =>
      names.flatMap((name) => scope.value(name).origins);
    const tlsNames = [
      'smtpd_tls_security_level',
      'smtpd_tls_wrappermode',
      'smtpd_use_tls',
      'smtpd_enforce_tls',
    ];
    const admission = [
      'smtpd_relay_restrictions',
      'smtpd_recipient_restrictions',
      'smtpd_client_restrictions',
    ];
    const chain = ['smtpd_tls_chain_files', 'smtpd_tls_cert_file', 'smtpd_tls_eccert_file'];
    const settings: WrittenSetting[] = [];
    const add = (key: string, value: TomlValue, origins: readonly Assignment[], ...notes: string[]): void => {
      settings.push({ key, value, origins, notes });
      draft.account(origins);
    };
    add('address', address, [origin]);
    const name = service.name.replaceAll(/[^\w.:-]/g, '').slice(0, 50);
    if (!this.#names.has(name)) add('name', name, []);
    this.#names.add(name);
    if (door.tls !== 'none') {
      add('tls', door.tls, from(...tlsNames));
      if (door.tlsRequired) add('tls_required', true, []);
      add('certificate', door.certificates, from(...chain));
      if (door.keys.length > 0) add('key', door.keys, from('smtpd_tls_key_file', 'smtpd_tls_eckey_file'));
    }
    if (door.auth !== 'none') {
      add('auth', door.auth, from('smtpd_sasl_auth_enable', ...(door.auth === 'require' ? admission : [])));
      if (!door.authOnlyUnderTls)
        add('tls_auth_only', false, from('smtpd_tls_auth_only'), 'Passwords can be read on the way.');
    }
    if (clients.length > 0) add('relay_clientcerts', clients, from('relay_clientcerts'));
    if (peers.length > 0) add('xclient_peers', peers, from('smtpd_authorized_xclient_hosts'));
    for (const names of [
      tlsNames,
      chain,
      ['smtpd_tls_key_file', 'smtpd_tls_auth_only', 'smtpd_sasl_auth_enable'],
    ])
      draft.account(from(...names));
    draft.listeners.push({ settings, notes: [] });
  }

  /** Those of XFORWARD alone would get the right to speak for anybody, too. */
  #peers(scope: Scope): readonly string[] {
    const { draft, ports } = this.#taking;
    const value = scope.value('smtpd_authorized_xclient_hosts');
    const { networks, unread } = readNetworks(value.text, ports);
    for (const { about, why } of unread) draft.refuse(originOf(value), why, 'effect', about);
    const forward = scope.value('smtpd_authorized_xforward_hosts');
    if (forward.text !== '' && forward.text !== value.text)
      draft.refuse(
        originOf(forward),
        'its peers could use XCLIENT, too (xclient_peers), and be anybody',
        'nothing',
      );
    draft.account([...value.origins, ...forward.origins]);
    return networks;
  }

  #clients(scope: Scope): readonly string[] {
    const { draft, ports } = this.#taking;
    const value = scope.value('relay_clientcerts');
    const demanded = scope.value('smtpd_tls_req_ccert');
    if (readYesNo(demanded.text) === true)
      draft.refuse(
        originOf(demanded),
        'no certificate is demanded of clients: networks and logins count, too',
        'protection',
      );
    draft.account([...value.origins, ...demanded.origins]);
    if (value.text === '') return [];
    const digest = scope.value('smtpd_tls_fingerprint_digest');
    draft.account(digest.origins);
    if (digest.text.toLowerCase() !== 'sha256') {
      draft.refuse(
        originOf(value),
        `fingerprints of ${digest.text}: relay_clientcerts has SHA-256 alone`,
        'effect',
      );
      return [];
    }
    const { entries, unread } = readMaps(value.text, ports);
    for (const { about, why } of unread) draft.refuse(originOf(value), why, 'effect', about);
    return entries.flatMap(({ key, where }) => {
      const fingerprint = parseFingerprint(key, 'sha256');
      if (fingerprint === undefined) draft.refuse(originOf(value), 'no SHA-256 fingerprint', 'effect', where);
      return fingerprint ?? [];
    });
  }
}

function isBehindPostscreen({ type, command }: Service): boolean {
  return type === 'pass' && command === 'smtpd';
}

/** The line of master.cf that a listener comes from. */
function assignmentOf({ file, line, name, type, command }: Service): Assignment {
  return { file, line, name: `${name} ${type}`, value: command, service: `${name}/${type}` };
}

function levelOf(scope: Scope): 'none' | 'may' | 'encrypt' {
  const text = scope.value('smtpd_tls_security_level').text.toLowerCase();
  // What is more than encrypt means nothing at a server, and counts as that.
  if (text !== '') return text === 'none' || text === 'may' ? text : 'encrypt';
  if (readYesNo(scope.value('smtpd_enforce_tls').text) === true) return 'encrypt';
  return readYesNo(scope.value('smtpd_use_tls').text) === true ? 'may' : 'none';
}

/** Why there can be no listener in place of a service. */
function refusalOf(
  scope: Scope,
  { networks, users, clientCertificates }: Admission,
): { readonly why: string; readonly loss: 'protection' | 'effect' } | undefined {
  if (scope.value('smtpd_upstream_proxy_protocol').text !== '')
    return {
      why: 'its connections begin with a PROXY header: name the balancers in proxy_peers',
      loss: 'effect',
    };
  const login = users && readYesNo(scope.value('smtpd_sasl_auth_enable').text) === true;
  if (networks || login) return undefined;
  return clientCertificates
    ? {
        why: 'it admits clients by their certificates alone; here networks may send, too',
        loss: 'protection',
      }
    : { why: 'nobody may relay there', loss: 'effect' };
}
