import type { CommandRow } from './command-row.ts';

export const shells = ['bash'] as const;

export const helpCommands = {
  completion: {
    summary: 'write the completion of a shell to standard output',
    text: [
      `Bash completes commands, options and the names of settings once it has read this. The installer of the service \
(deploy/service.mjs) puts it where the package bash-completion finds it.`,
    ],
    operands: { usage: '<SHELL>', one: 'the name of a shell', choices: shells, text: 'The shell: bash.' },
    options: [],
    example: 'source <(dane-relay completion bash)',
  },
  help: {
    summary: 'explain a command',
    text: [],
    operands: {
      usage: '[COMMAND...]',
      one: 'a command',
      text: 'The command. Without one, all commands are listed.',
    },
    options: [],
    example: 'dane-relay help queue list',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;
