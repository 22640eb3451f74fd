import { certificatesOptions } from './certificates.ts';
import { checkOptions } from './check.ts';
import { commonOptions } from './common.ts';
import { dkimOptions } from './dkim.ts';
import { drainOptions } from './drain.ts';
import { exceptOptions } from './except.ts';
import { doctorOptions } from './doctor.ts';
import { explainOptions } from './explain.ts';
import { helpOptions } from './help.ts';
import { initOptions } from './init.ts';
import { importPostfixOptions } from './import-postfix.ts';
import { queueOptions } from './queue.ts';
import { receiptOptions } from './receipt.ts';
import { relayOptions } from './relay.ts';
import { tlsaOptions } from './tlsa.ts';
import { tlsrptOptions } from './tlsrpt.ts';
import { tokensOptions } from './tokens.ts';
import { topOptions } from './top.ts';
import { traceOptions } from './trace.ts';
import { usersOptions } from './users.ts';
import { whatIfOptions } from './what-if.ts';
import type { OptionRow } from './row.ts';

const optionTable = {
  ...commonOptions,
  ...relayOptions,
  ...initOptions,
  ...importPostfixOptions,
  ...doctorOptions,
  ...queueOptions,
  ...drainOptions,
  ...topOptions,
  ...explainOptions,
  ...traceOptions,
  ...exceptOptions,
  ...tlsrptOptions,
  ...whatIfOptions,
  ...usersOptions,
  ...tokensOptions,
  ...dkimOptions,
  ...certificatesOptions,
  ...tlsaOptions,
  ...receiptOptions,
  ...checkOptions,
  ...helpOptions,
} as const;

/** The one place where options are told: they are parsed, explained and completed from it. */
export const options: Readonly<Record<OptionName, OptionRow>> = optionTable;
export type OptionName = keyof typeof optionTable;
export const optionNames = Object.keys(optionTable) as readonly OptionName[];
