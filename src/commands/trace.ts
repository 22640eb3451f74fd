import { has, valueOf, valuesOf } from '../cli/arguments.ts';
import type { traceCommands } from '../cli/families/trace.ts';
import { traceSessions } from '../cli/trace-command.ts';
import { dataDirectory } from '../config/data-directory.ts';
import { statusSocket } from '../config/role.ts';
import { EX_OK, EX_TEMPFAIL } from './exit-codes.ts';
import type { Runner } from './runner.ts';
import { configOf } from './settings.ts';
import { untilInterrupted } from './until-interrupted.ts';

export const runners: Readonly<Record<keyof typeof traceCommands, Runner>> = {
  async trace(command, { environment, print, warn }) {
    const dataDir = dataDirectory(configOf(command.settings, environment).dataDir, environment);
    const wishes = {
      domains: valuesOf(command, 'domain'),
      hosts: valuesOf(command, 'host'),
      addresses: valuesOf(command, 'address'),
      recipients: valuesOf(command, 'recipient'),
      count: valueOf(command, 'count'),
      json: has(command, 'json'),
    };
    const end = await traceSessions(wishes, {
      socketPaths: [statusSocket(dataDir, 'all'), statusSocket(dataDir, 'delivery')],
      signal: untilInterrupted(),
      print,
      warn,
    });
    if (end === 'seen') return EX_OK;
    warn(end.problem);
    return EX_TEMPFAIL;
  },
};
