import { join, resolve } from 'node:path';
import { valueOf, type Command } from '../cli/arguments.ts';
import {
  createCommand,
  requestCommand,
  showCommand,
  trustCommand,
  type CertificatePlace,
} from '../cli/certificate-commands.ts';
import type { certificatesCommands } from '../cli/families/certificates.ts';
import { dataDirectory } from '../config/data-directory.ts';
import { ownName } from '../daemon/own-name.ts';
import { EX_OK } from './exit-codes.ts';
import type { Here, Runner } from './runner.ts';
import { configOf } from './settings.ts';

export const runners: Readonly<Record<keyof typeof certificatesCommands, Runner>> = {
  async 'certificate create'(command, here) {
    await createCommand(await placeOf(command, here), command.operands, toolsOf(here));
    return EX_OK;
  },
  async 'certificate request'(command, here) {
    await requestCommand(await placeOf(command, here), command.operands, toolsOf(here));
    return EX_OK;
  },
  async 'certificate show'(command, here) {
    showCommand(await placeOf(command, here), command.operands, toolsOf(here));
    return EX_OK;
  },
  async 'certificate trust'(command, here) {
    trustCommand(await placeOf(command, here), toolsOf(here));
    return EX_OK;
  },
};

async function placeOf(command: Command, { environment }: Here): Promise<CertificatePlace> {
  const config = configOf(command.settings, environment);
  return {
    directory: resolve(
      valueOf(command, 'directory') ?? join(dataDirectory(config.dataDir, environment), 'tls'),
    ),
    hostname: await ownName(config.hostname),
    listeners: config.listeners,
  };
}

function toolsOf({ print }: Here): { readonly nowMs: number; readonly print: Here['print'] } {
  return { nowMs: Date.now(), print };
}
