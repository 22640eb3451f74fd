import { settings, type CommandRow, type GroupRow } from './command-row.ts';

export const usersCommands = {
  'user add': {
    summary: 'let somebody log in, or change a password',
    text: [
      `The password is asked for at a terminal, else it is the first line of standard input. It is stored in the file that \
intake.users names: as a scrypt hash, and as a verifier for SCRAM-SHA-256. A relay that runs reads the file within seconds.`,
    ],
    operands: { usage: '<NAME>', one: 'the name of a user', text: 'What the client logs in as.' },
    options: [...settings, 'generate'],
    example: 'dane-relay user add printer --generate',
  },
  'user remove': {
    summary: 'let somebody log in no more',
    text: ['All lines of the user are taken out of the file. The exit status is 75 if there is none.'],
    operands: { usage: '<NAME>', one: 'the name of a user', text: 'The name of the user.' },
    options: settings,
    example: 'dane-relay user remove printer',
  },
  'user list': {
    summary: 'show who may log in',
    text: [
      `Each line shows a user, and how the password is stored. SCRAM-SHA-256 is offered to clients if every user has it. The \
exit status is 78 if a line of the file makes no sense.`,
    ],
    options: [...settings, 'json'],
    example: 'dane-relay user list',
  },
  'user check': {
    summary: 'tell whether a password is the right one',
    text: [
      `The password is asked for as by "user add". The exit status is 77 if it is wrong, or if there is no such user.`,
    ],
    operands: { usage: '<NAME>', one: 'the name of a user', text: 'The name of the user.' },
    options: settings,
    example: 'dane-relay user check printer',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;

export const usersGroup = {
  user: {
    text: 'These commands show and change the file of users that intake.users names. No relay need run.',
    example: 'dane-relay help user add',
  },
} as const satisfies Readonly<Record<string, GroupRow>>;
