import { Draft } from './draft.ts';
import { newExpansionBudget } from '../postfix/expand.ts';
import { readMainCf, type Assignment, type MainCf } from '../postfix/main-cf.ts';
import { readMasterCf, type Service } from '../postfix/master-cf.ts';
import type { ImportPorts } from '../postfix/ports.ts';
import { createScope, type Scope } from './scope.ts';
import { familyOf } from '../postfix-rows/families.ts';
import { parameters } from '../postfix-rows/parameters.ts';
import type { Loss } from '../postfix-rows/row.ts';
import { takeSettings } from './generic.ts';
import { takeIntake } from './intake.ts';
import { takeListeners } from './listeners.ts';
import { takeLogins } from './login.ts';
import { takeNotices } from './notices.ts';
import { takePolicyMap } from './policy-map.ts';
import { takeRoute } from './route.ts';
import type { Taking } from './taking.ts';
import { takeLevel } from './tls-level.ts';
import { takeAuthorities, takeFingerprints, takeTlsParameters } from './tls-parameters.ts';
import { deliveringService } from './transports.ts';
import { takeTransportTable } from './transport-table.ts';

/** The files of a Postfix. */
export interface PostfixFiles {
  readonly main: { readonly file: string; readonly text: string };
  /** Absent: nobody knows its services. */
  readonly master?: { readonly file: string; readonly text: string };
  /** The directory of both, for `$config_directory`. */
  readonly directory: string;
}

/** What a Postfix comes to. */
export interface Imported {
  readonly draft: Draft;
  /** For the operator, each with file and line. */
  readonly warnings: readonly string[];
}

/** Makes our settings of the files of a Postfix. Throws PostfixFileError where Postfix itself would end. */
export function importPostfix(files: PostfixFiles, ports: ImportPorts): Imported {
  const main = readMainCf(files.main.text, files.main.file);
  const master =
    files.master === undefined
      ? { services: [], warnings: [] }
      : readMasterCf(files.master.text, files.master.file);
  const used = new Set<string>();
  const scopes = scopesOf(main, files.directory, (name) => used.add(name));
  const draft = new Draft();
  const delivering = deliveringService(scopes(undefined), master.services);
  const scope = scopes(delivering);
  const taking: Taking = { scope, services: master.services, scopeOf: scopes, draft, ports };

  takeSettings(scope, draft);
  const general = takeLevel(taking);
  takeTlsParameters(taking);
  takeRoute(taking);
  const { policies, hops } = takeTransportTable(taking);
  const { levels, needsAuthorities } = takePolicyMap(taking, general, policies);
  const isFingerprint = general?.level === 'fingerprint';
  takeFingerprints(taking, isFingerprint || levels.has('fingerprint'), isFingerprint);
  takeAuthorities(taking, needsAuthorities || general?.level === 'verify' || general?.level === 'secure');
  takeLogins(taking, hops);
  takeIntake(taking);
  takeListeners(taking);
  takeNotices(taking);

  for (const earlier of main.overridden)
    draft.refuse(earlier, 'a later line gives it another value, which counts', 'nothing');
  for (const one of main.assignments.values())
    if (!draft.isAccounted(one)) refuseRest(one, draft, used, scope);
  for (const service of master.services) {
    const isDelivering = service === delivering;
    for (const one of service.overrides.values())
      if (!draft.isAccounted(one)) refuseOverride(one, service, draft, isDelivering);
  }
  return { draft, warnings: [...main.warnings, ...master.warnings] };
}

/** The parameters of each service; undefined: those of main.cf alone. */
function scopesOf(
  main: MainCf,
  directory: string,
  onUse: (name: string) => void,
): (service: Service | undefined) => Scope {
  const budget = newExpansionBudget();
  const known = new Map<Service | undefined, Scope>();
  const builtIn = builtInValues(main, directory);
  return (service) => {
    const overrides = service?.overrides;
    const scope =
      known.get(service) ??
      createScope({ main, builtIn, budget, onUse, ...(overrides !== undefined && { overrides }) });
    known.set(service, scope);
    return scope;
  };
}

/** What Postfix finds out by itself, as far as it can be known here. */
function builtInValues(main: MainCf, directory: string): ReadonlyMap<string, string> {
  const values = new Map([
    ['config_directory', directory],
    // master(8) sets it while all processes of a service are busy.
    ['stress', ''],
    ['mail_name', 'Postfix'],
  ]);
  const host = main.assignments.get('myhostname')?.value;
  if (host !== undefined && !host.includes('$') && host.includes('.'))
    values.set('mydomain', host.slice(host.indexOf('.') + 1));
  return values;
}

/** What is left of main.cf when all that we know has been taken. */
function refuseRest(one: Assignment, draft: Draft, used: ReadonlySet<string>, scope: Scope): void {
  const row = parameters.get(one.name);
  const here = row?.here ?? familyOf(one.name);
  if (here === undefined) {
    // A parameter of the operator's own, which has had its say in those that name it.
    if (!used.has(one.name))
      draft.refuse(one, 'no parameter of Postfix, and no other parameter names it', 'nothing');
    return;
  }
  const isUsual = row?.default !== undefined && scope.value(one.name).text === row.default;
  const loss: Loss = here.kind !== 'none' || isUsual ? 'nothing' : here.loss;
  draft.refuse(
    one,
    here.kind === 'none' ? here.why : here.kind === 'part' ? here.note : `see ${here.key}`,
    loss,
  );
}

/** Parameters of these families change how other mail servers or clients are protected. */
const guarded = /^smtpd?_(?:tls|sasl|enforce|use)_/;

const logOnly = new Set(['syslog_name', 'milter_macro_daemon_name', 'smtpd_service_name']);

function refuseOverride(one: Assignment, service: Service, draft: Draft, isDelivering: boolean): void {
  const here = parameters.get(one.name)?.here ?? familyOf(one.name);
  if (here?.kind === 'none') return draft.refuse(one, here.why, isOurs(service) ? here.loss : 'nothing');
  if (service.command === 'smtp' && !isDelivering && !logOnly.has(one.name)) {
    const loss = guarded.test(one.name) ? 'protection' : 'effect';
    return draft.refuse(one, 'the relay has one set of settings for all deliveries', loss);
  }
  if (logOnly.has(one.name)) return draft.refuse(one, 'it is about the log of Postfix alone', 'nothing');
  if (isOurs(service) && here !== undefined)
    return draft.refuse(one, 'the relay has this for all listeners, or not at all', 'effect');
  draft.refuse(one, 'it is about a service that the relay does not have, or about the log', 'nothing');
}

function isOurs({ command }: Service): boolean {
  return command === 'smtp' || command === 'smtpd';
}
