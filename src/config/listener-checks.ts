import type { ConfigProblem } from './config-error.ts';
import { listenerSettings, type ListenerKey } from './listener-settings.ts';
import type { ListenerSettings, ListenerValue } from './listener-tables.ts';

/** Finds settings of listeners that are valid one by one but not together. `written` holds what the operator wrote. */
export function listenerConflicts(
  listeners: readonly ListenerSettings[],
  written: readonly ListenerValue[],
): ConfigProblem[] {
  const names = new Set<string>();
  return listeners.flatMap((listener) => {
    const problems: ConfigProblem[] = [];
    const refuse = (key: ListenerKey, wanted: string): void => {
      const path = `${listener.path}.${key}`;
      const found = written.find((value) => value.key === path);
      const { where, shown } = found ?? {
        where: listener.where,
        shown: JSON.stringify(listenerSettings[key].default),
      };
      problems.push({ where, key: path, wanted, found: shown });
    };
    const isNamed = written.some(({ key }) => key === `${listener.path}.name`);
    if (isNamed && names.has(listener.name))
      refuse('name', `a name that no other listener has, not ${listener.name}`);
    names.add(listener.name);
    check(listener, written, refuse);
    return problems;
  });
}

function check(
  { path, address, tls, tlsRequired, certificates, auth, tlsAuthOnly, relayClientcerts }: ListenerSettings,
  written: readonly ListenerValue[],
  refuse: (key: ListenerKey, wanted: string) => void,
): void {
  const isWritten = (key: ListenerKey): boolean => written.some((value) => value.key === `${path}.${key}`);
  const keyFiles = written.find((value) => value.key === `${path}.key`)?.value;
  if (Array.isArray(keyFiles) && keyFiles.length > 0 && keyFiles.length !== certificates.length) {
    refuse('key', `one for each of ${certificates.length} certificates, or none`);
  }
  if (isWritten('mode') && address.kind !== 'unix')
    refuse('mode', 'none, since the address is no unix socket');
  if (tls === 'none') {
    const why = 'since tls is "none"';
    if (certificates.length > 0) refuse('certificate', `none, ${why}`);
    if (tlsRequired) refuse('tls_required', `false, ${why}`);
    if (relayClientcerts.length > 0) refuse('relay_clientcerts', `none, ${why}`);
    if (auth !== 'none' && tlsAuthOnly)
      refuse('auth', `none, ${why} and tls_auth_only is true: nobody could log in`);
  } else if (certificates.length === 0) refuse('certificate', `a file for tls = "${tls}"`);
}
