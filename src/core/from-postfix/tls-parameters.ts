import { parseFingerprint, fingerprintDigests, type FingerprintDigest } from '../dane/fingerprint.ts';
import { readAuthorities } from '../dane/authorities.ts';
import { parseMatchWord } from '../tls-policy/match-names.ts';
import { isCipherWord, parseCipherGrade, parseProtocols } from '../tls-policy/tls-parameters.ts';
import { readNumber, readYesNo } from '../postfix/quantities.ts';
import { listItems } from '../postfix/words.ts';
import { isUnknown, originOf, type Taking } from './taking.ts';

/** A name that no certificate shows: mail for whoever has to show it waits. */
export const nobody = 'not-taken-over.invalid';

/** Protocols, ciphers, names and digests of TLS on the way out. */
export function takeTlsParameters(taking: Taking): void {
  takeProtocols(taking, 'smtp_tls_protocols', 'tls.protocols');
  takeProtocols(taking, 'smtp_tls_mandatory_protocols', 'tls.mandatory_protocols');
  takeGrade(taking, 'smtp_tls_ciphers', 'tls.ciphers');
  takeGrade(taking, 'smtp_tls_mandatory_ciphers', 'tls.mandatory_ciphers');
  takeExclusions(taking, 'smtp_tls_exclude_ciphers', 'tls.exclude_ciphers');
  takeExclusions(taking, 'smtp_tls_mandatory_exclude_ciphers', 'tls.mandatory_exclude_ciphers');
  takeNames(taking, 'smtp_tls_verify_cert_match', 'tls.verify_cert_match');
  takeNames(taking, 'smtp_tls_secure_cert_match', 'tls.secure_cert_match');
  takeDigests(taking);
  takeLogLevel(taking);
  takeReuse(taking);
}

/** `>=0303` is `>=TLSv1.2`. */
const versionsByNumber: ReadonlyMap<string, string> = new Map([
  ['301', 'TLSv1'],
  ['302', 'TLSv1.1'],
  ['303', 'TLSv1.2'],
  ['304', 'TLSv1.3'],
]);

export function namedVersions(text: string): string {
  return text.replaceAll(
    /([<>]=)(?:0x)?0*([1-9a-f][0-9a-f]{0,7})(?=$|[\s,:])/gi,
    (found, bound: string, number: string) => {
      const name = versionsByNumber.get(number.toLowerCase());
      return name === undefined ? found : `${bound}${name}`;
    },
  );
}

function takeProtocols(taking: Taking, name: string, key: string): void {
  const { scope, draft } = taking;
  const value = scope.value(name);
  if (value.origins.length === 0 || isUnknown(taking, value, 'protection')) return;
  const text = namedVersions(value.text);
  if (parseProtocols(text) !== undefined) draft.set(key, text, value.origins);
  else
    draft.refuse(
      originOf(value),
      'it leaves no version of TLS that there is, or has an unknown word',
      'protection',
    );
}

function takeGrade(taking: Taking, name: string, key: string): void {
  const { scope, draft } = taking;
  const value = scope.value(name);
  if (value.origins.length === 0 || isUnknown(taking, value, 'protection')) return;
  const grade = parseCipherGrade(value.text);
  if (grade !== undefined) draft.set(key, grade, value.origins);
  else if (value.text.toLowerCase() === 'null')
    draft.refuse(originOf(value), 'ciphers that do not encrypt are never used', 'effect');
  else draft.refuse(originOf(value), 'Postfix would not read this value', 'protection');
}

function takeExclusions(taking: Taking, name: string, key: string): void {
  const { scope, draft } = taking;
  const value = scope.value(name);
  if (value.origins.length === 0 || isUnknown(taking, value, 'protection')) return;
  const words = value.text.split(/[\s,:]+/).filter((word) => word !== '');
  draft.set(key, words.filter(isCipherWord), value.origins);
  for (const word of words.filter((one) => !isCipherWord(one)))
    draft.refuse(
      originOf(value),
      'no cipher, or kind of ciphers, in the words of OpenSSL',
      'protection',
      word,
    );
}

function takeNames(taking: Taking, name: string, key: string): void {
  const { scope, draft } = taking;
  const value = scope.value(name);
  if (value.origins.length === 0 || isUnknown(taking, value, 'protection')) return;
  const words = value.text.split(/[\s,:]+/).filter((word) => word !== '');
  const names = words.flatMap((word) => parseMatchWord(word) ?? []);
  for (const word of words.filter((one) => parseMatchWord(one) === undefined))
    draft.refuse(originOf(value), 'no name that a certificate could show', 'effect', word);
  if (names.length > 0) draft.set(key, names, value.origins);
  else
    draft.set(
      key,
      [nobody],
      value.origins,
      'Nothing is left that a certificate could show: such mail waits, as in Postfix.',
    );
}

/** The digest that Postfix computes fingerprints with, and those that it knows; undefined if we cannot compute it. */
export function knownFingerprints({ scope }: Pick<Taking, 'scope'>): {
  readonly digest: FingerprintDigest | undefined;
  readonly values: readonly string[];
  readonly bad: readonly string[];
} {
  const name = scope.value('smtp_tls_fingerprint_digest').text.toLowerCase();
  const digest = fingerprintDigests.find((one) => one === name);
  const words = listItems(scope.value('smtp_tls_fingerprint_cert_match').text);
  const isGood = (word: string): boolean =>
    digest !== undefined && parseFingerprint(word, digest) !== undefined;
  return { digest, values: words.filter(isGood), bad: words.filter((word) => !isGood(word)) };
}

/** @param isUsed whether any destination has the level fingerprint */
export function takeFingerprints(taking: Taking, isUsed: boolean, isGeneral: boolean): void {
  const { scope, draft } = taking;
  const written = scope.value('smtp_tls_fingerprint_cert_match');
  const named = scope.value('smtp_tls_fingerprint_digest');
  const { digest, values, bad } = knownFingerprints(taking);
  if (!isUsed && written.origins.length === 0) return draft.account(named.origins);
  if (digest === undefined) {
    draft.refuse(
      originOf(named),
      `fingerprints of ${named.text} cannot be computed here; such mail waits`,
      'effect',
    );
  } else if (isUsed || values.length > 0) {
    draft.set('tls.fingerprint_digest', digest, named.origins.length > 0 ? named.origins : written.origins);
  }
  for (const word of bad) draft.refuse(originOf(written), `no fingerprint of ${named.text}`, 'effect', word);
  if (values.length > 0) draft.set('tls.fingerprint_cert_match', values, written.origins);
  else if (isGeneral) {
    const octets = { md5: 16, sha1: 20, sha256: 32, sha384: 48, sha512: 64 }[digest ?? 'sha256'];
    draft.set(
      'tls.fingerprint_cert_match',
      ['00'.repeat(octets)],
      written.origins,
      'Postfix has no fingerprint to compare with, and mail waits. This one is of nobody.',
    );
  }
}

function takeDigests(taking: Taking): void {
  const { scope, draft } = taking;
  const value = scope.value('tls_dane_digests');
  if (value.origins.length === 0 || isUnknown(taking, value, 'protection')) return;
  // `name=number` gives a digest the number of TLSA records.
  const words = listItems(value.text.toLowerCase()).map((word) => word.replace(/=(?:1|2)$/, ''));
  const known = [...new Set(words)].filter((word) => word === 'sha256' || word === 'sha512');
  for (const word of words.filter((one) => !known.some((digest) => digest === one)))
    draft.refuse(originOf(value), 'no digest of TLSA records that is known here', 'effect', word);
  if (known.length > 0) draft.set('tls.dane_digests', known, value.origins);
}

function takeLogLevel({ scope, draft }: Taking): void {
  const value = scope.value('smtp_tls_loglevel');
  const level = readNumber(value.text);
  if (value.origins.length === 0) return;
  if (level === undefined || level < 0)
    draft.refuse(originOf(value), 'Postfix would not read this value', 'nothing');
  else draft.set('tls.loglevel', Math.min(level, 2), value.origins);
}

function takeReuse({ scope, draft }: Taking): void {
  const tls = scope.value('smtp_tls_connection_reuse');
  const plain = scope.value('smtp_connection_cache_on_demand');
  const isOff = readYesNo(plain.text) === false;
  if (tls.origins.length > 0 && readYesNo(tls.text) !== undefined)
    draft.set('delivery.connection_reuse', readYesNo(tls.text) === true, tls.origins);
  else if (plain.origins.length > 0 && isOff) draft.set('delivery.connection_reuse', false, plain.origins);
  draft.account(plain.origins);
}

/** Whom `verify` and `secure` trust. @param isNeeded whether any destination has such a level, without a tafile */
export function takeAuthorities(taking: Taking, isNeeded: boolean): void {
  const { scope, draft, ports } = taking;
  const file = scope.value('smtp_tls_CAfile');
  const directory = scope.value('smtp_tls_CApath');
  const byDefault = readYesNo(scope.value('tls_append_default_CA').text) === true;
  draft.account([...file.origins, ...directory.origins]);
  if (isUnknown(taking, file, 'protection') || isUnknown(taking, directory, 'protection')) return;
  const ofSystem = directory.text.replace(/\/$/, '') === '/etc/ssl/certs';
  if (file.text !== '') {
    const content = file.text.startsWith('/') ? ports.readFile(file.text) : { problem: 'no absolute path' };
    const problem =
      'problem' in content
        ? content.problem
        : readAuthorities(content.text).count > 0
          ? undefined
          : 'no certificate in it';
    if (problem !== undefined) {
      draft.refuse(
        originOf(file),
        `${file.text}: ${problem}. The authorities of the system are trusted instead`,
        'protection',
      );
      return;
    }
    draft.set('tls.CAfile', file.text, file.origins);
    if (directory.text !== '' || byDefault)
      draft.refuse(
        originOf(directory) ?? originOf(scope.value('tls_append_default_CA')),
        'authorities come from one file: those of tls.CAfile alone are trusted, which is less than before',
        'effect',
      );
    return;
  }
  if (ofSystem || byDefault) return;
  const why = 'authorities come from one file (tls.CAfile). Without it those of the system are trusted';
  if (directory.text !== '') draft.refuse(originOf(directory), why, 'protection');
  else if (isNeeded)
    draft.refuse(
      undefined,
      'neither smtp_tls_CAfile nor smtp_tls_CApath is set: at verify and secure Postfix trusts nobody, and that mail waits. ' +
        'The relay trusts the authorities of the system',
      'protection',
    );
}
