import { certificatesCommands, certificatesGroup } from './families/certificates.ts';
import { checkCommands } from './families/check.ts';
import { destinationsCommands } from './families/destinations.ts';
import { dkimCommands, dkimGroup } from './families/dkim.ts';
import { doctorCommands } from './families/doctor.ts';
import { exceptCommands, exceptGroup } from './families/except.ts';
import { explainCommands } from './families/explain.ts';
import { helpCommands } from './families/help.ts';
import { initCommands } from './families/init.ts';
import { importPostfixCommands } from './families/import-postfix.ts';
import { logCommands, logGroup } from './families/log.ts';
import { postfixCommands } from './families/postfix.ts';
import { queueCommands, queueGroup } from './families/queue.ts';
import { receiptCommands, receiptGroup } from './families/receipt.ts';
import { relayCommands } from './families/relay.ts';
import { sendmailCommands } from './families/sendmail.ts';
import { stickyCommands, stickyGroup } from './families/sticky.ts';
import { stsCommands, stsGroup } from './families/sts.ts';
import { tlsaCommands } from './families/tlsa.ts';
import { tlsrptCommands, tlsrptGroup } from './families/tlsrpt.ts';
import { tokensCommands, tokensGroup } from './families/tokens.ts';
import { topCommands } from './families/top.ts';
import { traceCommands } from './families/trace.ts';
import { usersCommands, usersGroup } from './families/users.ts';
import { whatIfCommands } from './families/what-if.ts';
import { exitStatusLines } from './exit-statuses.ts';
import { settings, type CommandRow, type GroupRow } from './families/command-row.ts';
import type { OptionName } from './options/options.ts';

/** The commands of a family are in one file, and what runs them is, too (src/commands). */
export const families = {
  relay: relayCommands,
  init: initCommands,
  importPostfix: importPostfixCommands,
  explain: explainCommands,
  check: checkCommands,
  doctor: doctorCommands,
  trace: traceCommands,
  log: logCommands,
  queue: queueCommands,
  top: topCommands,
  except: exceptCommands,
  tlsrpt: tlsrptCommands,
  sts: stsCommands,
  sticky: stickyCommands,
  whatIf: whatIfCommands,
  destinations: destinationsCommands,
  receipt: receiptCommands,
  sendmail: sendmailCommands,
  postfix: postfixCommands,
  tlsa: tlsaCommands,
  certificates: certificatesCommands,
  dkim: dkimCommands,
  users: usersCommands,
  tokens: tokensCommands,
  help: helpCommands,
} as const;

const commandTable = {
  ...relayCommands,
  ...initCommands,
  ...importPostfixCommands,
  ...explainCommands,
  ...checkCommands,
  ...doctorCommands,
  ...traceCommands,
  ...logCommands,
  ...queueCommands,
  ...topCommands,
  ...exceptCommands,
  ...tlsrptCommands,
  ...stsCommands,
  ...stickyCommands,
  ...whatIfCommands,
  ...destinationsCommands,
  ...receiptCommands,
  ...sendmailCommands,
  ...postfixCommands,
  ...tlsaCommands,
  ...certificatesCommands,
  ...dkimCommands,
  ...usersCommands,
  ...tokensCommands,
  ...helpCommands,
} as const;

/** What stands above the commands of a family in a list of commands. */
const headings: Readonly<Record<keyof typeof families, string>> = {
  relay: 'The relay:',
  init: 'The relay:',
  importPostfix: 'The relay:',
  explain: 'When mail waits:',
  check: 'When mail waits:',
  doctor: 'When mail waits:',
  trace: 'When mail waits:',
  log: 'When mail waits:',
  queue: 'The queue:',
  top: 'The queue:',
  except: 'Exceptions from the TLS policy:',
  tlsrpt: 'Reports about TLS:',
  sts: 'MTA-STS policies of other domains:',
  sticky: 'Destinations that had DANE:',
  whatIf: 'Before the policy is changed:',
  destinations: 'Before mail waits:',
  receipt: 'Receipts:',
  sendmail: 'For programs:',
  postfix: 'By their names in Postfix:',
  tlsa: 'TLSA records of your own hosts:',
  certificates: 'Certificates of the listeners:',
  dkim: 'Signatures (DKIM):',
  users: 'Who may log in:',
  tokens: 'Who may submit over HTTP:',
  help: 'Help:',
};

/** The heading above a command in a list of commands. */
export function headingOf(name: CommandName): string {
  const family = (Object.keys(families) as (keyof typeof families)[]).find((one) =>
    Object.hasOwn(families[one], name),
  );
  return family === undefined ? '' : headings[family];
}

/** The one place where commands are told: they are parsed, explained and completed from it. */
export const commands: Readonly<Record<CommandName, CommandRow>> = commandTable;
export type CommandName = keyof typeof commandTable;
export const commandNames = Object.keys(commandTable) as readonly CommandName[];

/** The options that a command takes; without one, those that most of them take. */
export function optionsOf(name?: CommandName): readonly OptionName[] {
  return [...(name === undefined ? settings : commands[name].options), 'help', 'version'];
}

/** First words of commands that have two, and what these have in common. */
export const groups: Readonly<Record<string, GroupRow>> = {
  ...queueGroup,
  ...exceptGroup,
  ...tlsrptGroup,
  ...stsGroup,
  ...stickyGroup,
  ...receiptGroup,
  ...usersGroup,
  ...tokensGroup,
  ...dkimGroup,
  ...certificatesGroup,
  ...logGroup,
};

/** After the list of all commands. */
export const epilogue = `\
All settings and their defaults are in config/relay.example.toml. Each can also
be an environment variable: redis.url is DANE_RELAY_REDIS_URL. With _FILE behind
it, the variable names a file with the value.

Exit status:
${exitStatusLines()}
`;
