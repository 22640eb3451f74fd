import { securityLevels, type SecurityLevel } from '../levels/levels.ts';
import type { Assignment } from '../postfix/main-cf.ts';
import { PostfixFileError } from '../postfix/postfix-file-error.ts';
import { readYesNo } from '../postfix/quantities.ts';
import type { Scope } from './scope.ts';
import type { Taking } from './taking.ts';

/** The level that Postfix has for all destinations, and where it comes from. */
export interface GeneralLevel {
  readonly level: SecurityLevel;
  readonly origins: readonly Assignment[];
}

/**
 * As Postfix finds it: smtp_tls_security_level, or if that is empty its forerunners. Undefined if nobody has set any of
 * them. Throws PostfixFileError for a level that there is not, with which Postfix sends nothing.
 */
export function generalLevel(scope: Scope): GeneralLevel | undefined {
  const modern = scope.value('smtp_tls_security_level');
  if (modern.text !== '') return { level: levelOf(modern.text, modern.origins), origins: modern.origins };
  const [enforce, use, names] = ['smtp_enforce_tls', 'smtp_use_tls', 'smtp_tls_enforce_peername'].map(
    (name) => scope.value(name),
  );
  const isOn = (value: typeof enforce): boolean => value !== undefined && readYesNo(value.text) === true;
  if (enforce !== undefined && isOn(enforce)) {
    // The word counts with this one alone.
    const checked = isOn(names);
    return {
      level: checked ? 'verify' : 'encrypt',
      origins: [...enforce.origins, ...(names?.origins ?? [])],
    };
  }
  if (use !== undefined && isOn(use)) return { level: 'may', origins: use.origins };
  const set = [modern, enforce, use].flatMap((value) => value?.origins ?? []);
  return set.length === 0 ? undefined : { level: 'none', origins: set };
}

function levelOf(text: string, origins: readonly Assignment[]): SecurityLevel {
  const level = securityLevels.find((one) => one === text.toLowerCase());
  if (level !== undefined) return level;
  const { file, line } = origins[0] ?? { file: 'main.cf', line: 1 };
  throw new PostfixFileError(
    file,
    line,
    `smtp_tls_security_level: "${text}" is no level, and Postfix sends no mail with it`,
  );
}

export function takeLevel({ scope, draft }: Taking): GeneralLevel | undefined {
  const general = generalLevel(scope);
  if (general === undefined) {
    draft.refuse(
      undefined,
      'smtp_tls_security_level is set nowhere, and Postfix sends in clear. The relay keeps its default, tls.level = "dane"',
      'effect',
    );
    return undefined;
  }
  draft.set('tls.level', general.level, general.origins, ...notesOn(general.level, scope));
  return general;
}

function notesOn(level: SecurityLevel, scope: Scope): readonly string[] {
  if (level === 'none' || level === 'may')
    return [
      '"dane" protects more, and is no stricter with domains that publish no TLSA records. To have it, remove this line.',
    ];
  if ((level === 'dane' || level === 'dane-only') && !asksForDnssec(scope)) {
    return [
      'In Postfix it has no effect without smtp_dns_support_level = dnssec and smtp_host_lookup = dns. Here it has.',
    ];
  }
  return [];
}

function asksForDnssec(scope: Scope): boolean {
  return (
    scope.value('smtp_dns_support_level').text.toLowerCase() === 'dnssec' &&
    /(?:^|[\s,])dns(?:$|[\s,])/i.test(scope.value('smtp_host_lookup').text)
  );
}
