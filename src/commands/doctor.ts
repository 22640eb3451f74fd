import { has, valuesOf, type Command } from '../cli/arguments.ts';
import type { doctorCommands } from '../cli/families/doctor.ts';
import { hint } from '../cli/slips.ts';
import { UsageError } from '../cli/usage-error.ts';
import { canonicalAddress } from '../core/dns/ip-address.ts';
import { checkNames, exitCodeOf, type CheckName, type Finding } from '../core/doctor/finding.ts';
import { examinedJson, findingLines, summaryLine } from '../core/doctor/report.ts';
import { parseDomain } from '../core/mail/address.ts';
import { examine } from '../daemon/doctor/examine.ts';
import type { DoctorWishes } from '../daemon/doctor/context.ts';
import type { Runner } from './runner.ts';
import { configOf, settingsFileOf } from './settings.ts';
import { untilInterrupted } from './until-interrupted.ts';
import { version } from './version.ts';

export const runners: Readonly<Record<keyof typeof doctorCommands, Runner>> = {
  async doctor(command, { environment, print }) {
    const only = checksIn(valuesOf(command, 'only'));
    const wishes = wishesOf(command);
    const isJson = has(command, 'json');
    const { env } = environment;
    const isColoured = process.stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
    const config = configOf(command.settings, environment);
    const settingsFile = settingsFileOf(command.settings, environment);
    const subject = { config, environment, settingsFile, version: version(), only, wishes };
    const tell = (found: readonly Finding[]): void => {
      if (isJson) return;
      for (const line of found.flatMap((one) => findingLines(one, isColoured))) print(line);
    };
    const { hostname, findings } = await examine(subject, tell, untilInterrupted());
    const report = { version: version(), hostname, at: Date.now(), findings };
    print(isJson ? examinedJson(report) : summaryLine(findings));
    return exitCodeOf(findings);
  },
};

/** Throws UsageError. */
function checksIn(values: readonly string[]): readonly CheckName[] {
  const words = values.flatMap((value) => value.split(',')).map((word) => word.trim());
  return words.map((word) => {
    const name = checkNames.find((one) => one === word);
    if (name === undefined)
      throw new UsageError(`--only takes some of ${checkNames.join(', ')}, not "${word}".${hint('doctor')}`);
    return name;
  });
}

/** Throws UsageError. */
function wishesOf(command: Command): DoctorWishes {
  const domains = (option: 'domain' | 'sender'): readonly string[] =>
    valuesOf(command, option).map((text) => {
      const domain = parseDomain(text.replace(/^@/, ''));
      if (domain === undefined)
        throw new UsageError(`--${option} takes a domain, not "${text}".${hint('doctor')}`);
      return domain.toLowerCase();
    });
  const addresses = valuesOf(command, 'address').map((text) => {
    const address = canonicalAddress(text);
    if (address === undefined)
      throw new UsageError(`--address takes an IP address, not "${text}".${hint('doctor')}`);
    return address;
  });
  return { domains: domains('domain'), senders: domains('sender'), addresses };
}
