import { roles } from '../config/role.ts';
import { newKeyTypes } from '../dkim/make-keys.ts';

/** An option: how it is written, and what its help says. */
export interface OptionRow {
  /** One letter, without its dash. */
  readonly short?: string;
  /** What stands for its value in help texts; an option without one is a switch. */
  readonly value?: string;
  /** The values that there are, where they can be listed. */
  readonly choices?: readonly string[];
  /** It may be given several times. */
  readonly repeats?: true;
  readonly text: string;
}

/** What a command takes besides options. */
export interface OperandsRow {
  /** As in `queue delete <ID...>`. */
  readonly usage: string;
  /** One of them, in the midst of a sentence. */
  readonly one: string;
  readonly choices?: readonly string[];
  readonly text: string;
}

/** A command: what it takes, and what its help says. */
export interface CommandRow {
  /** For the list of commands: what it does, in a few words. */
  readonly summary: string;
  /** Paragraphs. */
  readonly text: readonly string[];
  readonly operands?: OperandsRow;
  readonly options: readonly OptionName[];
  readonly example: string;
}

const optionTable = {
  config: {
    short: 'c',
    value: 'FILE',
    text: `Reads the settings from FILE. Without it they come from the file that DANE_RELAY_CONFIG names, else from \
~/.config/dane-relay/relay.toml (not for root), else from /etc/dane-relay/relay.toml.`,
  },
  set: {
    value: 'KEY=VALUE',
    repeats: true,
    text: 'Overrides one setting. It may be given several times.',
  },
  role: {
    value: 'ROLE',
    choices: roles,
    text: '"all" accepts and delivers mail (the default), "intake" only accepts, "delivery" only delivers.',
  },
  json: { text: 'Prints JSON, one object per line.' },
  live: {
    text: 'Exports although a relay works on the queue. Such a copy is to be kept, not to be imported.',
  },
  directory: {
    value: 'DIR',
    text: 'The directory of keys and certificates. Without it they are in tls, in data_dir.',
  },
  generate: { text: 'Makes a password and prints it, instead of asking for one.' },
  selector: {
    value: 'NAME',
    text: 'The name of the new key in the DNS. Without it the date is taken. Of two keys each gets its algorithm behind it.',
  },
  algorithm: {
    value: 'ALGORITHM',
    choices: newKeyTypes,
    text: '"both" makes a key of RSA and one of Ed25519 (the default), "rsa" and "ed25519" make one.',
  },
  sender: {
    value: 'ADDRESS',
    repeats: true,
    text: `What the holder may send from: a mailbox, a domain such as "@example.org", or "<>". It may be given several times. \
Without it every sender is allowed.`,
  },
  rate: {
    value: 'NUMBER',
    text: 'Messages that the holder may send in a minute. Without it there is no limit.',
  },
  size: { value: 'SIZE', text: 'Largest message of the holder, such as "10MiB".' },
  help: { short: 'h', text: 'Shows help and exits.' },
  version: { short: 'V', text: 'Shows the version and exits.' },
} as const satisfies Readonly<Record<string, OptionRow>>;

/** The one place where options are told: they are parsed, explained and completed from it. */
export const options: Readonly<Record<OptionName, OptionRow>> = optionTable;
export type OptionName = keyof typeof optionTable;
export const optionNames = Object.keys(optionTable) as readonly OptionName[];

const settings = ['config', 'set'] as const;

export const shells = ['bash'] as const;

const names = {
  usage: '[NAME...]',
  one: 'the name of a host',
  text: 'A host name or an IP address under which clients reach the relay.',
} as const;

const commandTable = {
  run: {
    summary: 'accept and deliver mail until stopped',
    text: [
      `The relay accepts mail and delivers it until SIGTERM or SIGINT. Then it finishes what it is doing and stops. A second \
signal stops it at once, and no mail is lost by that. SIGHUP makes it open the log file anew and read the policy files again.`,
      'Several processes with the same redis.url and redis.prefix work on one queue.',
    ],
    options: [...settings, 'role'],
    example: 'dane-relay run --config relay.toml --set queue.lifetime=3d',
  },
  'check-config': {
    summary: 'check the settings and show those that differ from their defaults',
    text: [
      `The settings are checked as "run" checks them, together with the files and places that they name. Settings that differ \
from their defaults are shown, with the place that they come from. Passwords are not shown. Nothing \
but this machine is asked, neither Redis nor a resolver.`,
      `The exit status is 78 if a setting is wrong, or an entry of a file. "run" starts with a wrong entry of a file, and the \
mail for it waits.`,
    ],
    options: settings,
    example: 'dane-relay check-config --config relay.toml',
  },
  'queue list': {
    summary: 'show the messages that wait for delivery',
    text: [
      `Each line shows one delivery: a message for one destination. "*" marks a delivery that is being tried now, "!" one that \
is held because the message may have arrived (queue.ambiguous).`,
    ],
    options: [...settings, 'json'],
    example: 'dane-relay queue list --json',
  },
  'queue flush': {
    summary: 'try to deliver now',
    text: [
      'All messages become due now, or those that are named. Messages that are held are not among them: "queue release" sends these.',
      'The exit status is 75 if a NAME stands for nothing in the queue.',
    ],
    operands: {
      usage: '[NAME...]',
      one: 'the name of a destination',
      text: 'The destination, the id of the message, or an address or a domain of recipients.',
    },
    options: settings,
    example: 'dane-relay queue flush example.org',
  },
  'queue release': {
    summary: 'send messages that are held',
    text: [
      `A message is held if it may have arrived, but the mail server did not say so (queue.ambiguous). It is sent again, and \
its recipients may get it twice.`,
      `The exit status is 75 if an ID stands for nothing, or if the message cannot be released because it is being delivered.`,
    ],
    operands: {
      usage: '<ID...>',
      one: 'the id of a message',
      text: 'The id of a message, or "all" for all that are held.',
    },
    options: settings,
    example: 'dane-relay queue release 4gKxWz5bQqz1Xh',
  },
  'queue delete': {
    summary: 'delete messages',
    text: [
      'The messages are deleted for all recipients that still wait for them. The sender is not told.',
      'The exit status is 75 if an ID stands for nothing.',
    ],
    operands: { usage: '<ID...>', one: 'the id of a message', text: 'The id of a message.' },
    options: settings,
    example: 'dane-relay queue delete 4gKxWz5bQqz1Xh',
  },
  'queue export': {
    summary: 'write all messages, with their content, to standard output',
    text: [
      `An export carries the queue to another Redis or host, or keeps a copy of it. The queue stays as it is, so do not start a \
relay on it after the export was imported elsewhere: the mail would go out twice. While a relay works on the queue, it is \
not exported.`,
      'The exit status is 75 if a message could not be read and was left out.',
    ],
    options: [...settings, 'live'],
    example: 'dane-relay queue export > queue.dump',
  },
  'queue import': {
    summary: 'read exported messages from standard input',
    text: [
      `The messages of an export are added to the queue. A relay may work on the queue meanwhile. An import that was \
interrupted may be repeated: no message is added twice.`,
      'The exit status is 65 if the export is damaged.',
    ],
    options: settings,
    example: 'dane-relay queue import < queue.dump',
  },
  'queue repair': {
    summary: 'make the files of a damaged queue readable again',
    text: [
      `This is for the private Redis of a relay that says its queue is damaged. Stop the relay first. The repair works on a \
copy: what cannot be read in a file is cut off, with what follows it, and a missing list of the files is written anew. It \
says what it did, and where the files are kept as they were.`,
      'The exit status is 65 if that does not help. Then the files must come from a backup.',
    ],
    options: settings,
    example: 'dane-relay queue repair --config relay.toml',
  },
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
  'token add': {
    summary: 'make a token for submission over HTTP, and show it once',
    text: [
      `Programs show the token with each request (docs/http.md). Its hash is kept in http.tokens, and the token itself \
nowhere. A running relay knows it within a second.`,
    ],
    operands: { usage: '<NAME>', one: 'a name', text: 'How the log calls the holder of the token.' },
    options: [...settings, 'sender', 'rate', 'size'],
    example: 'dane-relay token add shop --sender @example.org --rate 60',
  },
  'token remove': {
    summary: 'remove tokens',
    text: ['A running relay takes no more requests with them.', 'The exit status is 75 if one is not there.'],
    operands: { usage: '<NAME...>', one: 'the name of a token', text: 'The name of a token.' },
    options: settings,
    example: 'dane-relay token remove shop',
  },
  'token list': {
    summary: 'show who has a token, and what for',
    text: [],
    options: [...settings, 'json'],
    example: 'dane-relay token list',
  },
  sendmail: {
    summary: 'take a message from a program, as sendmail(1) does',
    text: [
      `The message comes on standard input. The relay takes it at once if it runs; otherwise it is kept on disk (spool_dir), \
and the relay takes it when it starts. The options are those of sendmail: -t takes the recipients from the header, -i keeps a \
line with nothing but a dot from ending the message, -f ADDRESS is the sender, -F NAME its full name; -N, -R, -V and -B ask for \
reports and declare 8 bits; -bs speaks SMTP, -bp lists the queue, -q tries to deliver it, -bv checks addresses. -C FILE names \
the settings. Others that sendmail has are ignored, or refused with 64.`,
      `The exit status is 0 only when the relay has the message in its queue, or the disk has it. It is 65 if there are no \
recipients or an address is none, 67 if an address is refused, 69 if the message is refused, 75 if the message cannot be kept \
now, 77 if this user may not.`,
    ],
    operands: { usage: '[ARGUMENT...]', one: 'a recipient', text: 'Options of sendmail, and recipients.' },
    options: [],
    example: 'dane-relay sendmail user@example.org < message',
  },
  mailq: {
    summary: 'list the queue as mailq(1) does',
    text: ['The same as "sendmail -bp": the messages that wait, in the form of Postfix.'],
    operands: { usage: '[ARGUMENT...]', one: 'an option', text: 'Options of sendmail.' },
    options: [],
    example: 'dane-relay mailq',
  },
  newaliases: {
    summary: 'do nothing, as there are no aliases here',
    text: ['Packages of Debian call newaliases(1) and expect that it exits with 0.'],
    operands: { usage: '[ARGUMENT...]', one: 'an option', text: 'Options of sendmail.' },
    options: [],
    example: 'dane-relay newaliases',
  },
  health: {
    summary: 'tell whether a running relay can do its work',
    text: [
      `The relay that runs with these settings is asked whether it can accept and deliver mail. The exit status is 0 if it \
can, and 75 if it cannot or if no relay answers.`,
    ],
    options: [...settings, 'json'],
    example: 'dane-relay health --json',
  },
  'dkim create': {
    summary: 'make keys that sign the mail of a domain',
    text: [
      `The keys are put into dkim.directory, and the records that belong into the DNS of the domain are printed. The relay signs \
with them at once. Keys that are there stay and sign, too: delete their files once "dane-relay dkim check" has found the new \
records.`,
      'No key is ever written over. The exit status is 75 if the files cannot be written.',
    ],
    operands: {
      usage: '<DOMAIN...>',
      one: 'the name of a domain',
      text: 'The domain in the From field of its mail.',
    },
    options: [...settings, 'selector', 'algorithm', 'json'],
    example: 'dane-relay dkim create example.org',
  },
  'dkim show': {
    summary: 'show keys and their DNS records',
    text: [
      'Without a DOMAIN the keys of all domains are shown.',
      'The exit status is 65 if a key cannot be read, or if a domain has none.',
    ],
    operands: { usage: '[DOMAIN...]', one: 'the name of a domain', text: 'A domain that signs.' },
    options: [...settings, 'json'],
    example: 'dane-relay dkim show example.org',
  },
  'dkim check': {
    summary: 'compare the DNS records of keys with the keys',
    text: [
      `The records are looked up as the relay looks up mail hosts: at the resolvers of dns.servers, or at a private Unbound that \
is started for it.`,
      `The exit status is 65 if a record is missing or is not the one of the key, if a key cannot be read, or if a domain has none; \
and 75 if a record could not be looked up.`,
    ],
    operands: { usage: '[DOMAIN...]', one: 'the name of a domain', text: 'A domain that signs.' },
    options: [...settings, 'json'],
    example: 'dane-relay dkim check --json',
  },
  'certificate create': {
    summary: 'make a private authority, and a certificate of it for the listeners',
    text: [
      `The certificate shows all names and addresses that clients may dial: the name of the relay, localhost, the addresses \
of its listeners, and those that are named here. Clients that verify certificates have to be told of the authority \
once ("dane-relay certificate trust").`,
      `Call it again without names to renew the certificate, which is good for 825 days: its names, key and authority \
stay, and so does the TLSA record. No key is ever overwritten; to have another one made, move the old one away.`,
      'The exit status is 73 if files that are there stand in the way.',
    ],
    operands: names,
    options: [...settings, 'directory'],
    example: 'dane-relay certificate create mail.example.org 192.0.2.25',
  },
  'certificate request': {
    summary: 'make a request for a certificate of another authority',
    text: [
      `The request shows the name of the relay, and what is named here. Put the certificate that you get for it into \
relay.crt, with those between it and its authority. The key is made if there is none.`,
    ],
    operands: names,
    options: [...settings, 'directory'],
    example: 'dane-relay certificate request smtp.example.org',
  },
  'certificate show': {
    summary: 'show names, dates, fingerprints and TLSA records of certificates',
    text: [
      `Without a FILE, the certificates in the directory and those of the listeners are shown. The TLSA records (3 1 1) are for the zone of the relay, \
one for each port that it listens on; they stay true as long as the key stays.`,
    ],
    operands: { usage: '[FILE...]', one: 'a PEM file', text: 'A PEM file with a certificate.' },
    options: [...settings, 'directory'],
    example: 'dane-relay certificate show',
  },
  'certificate trust': {
    summary: 'tell how clients come to trust the private authority',
    text: [
      'Nothing is changed: the commands that it prints are for you to call, on each machine with clients.',
    ],
    options: [...settings, 'directory'],
    example: 'dane-relay certificate trust',
  },
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

/** The one place where commands are told: they are parsed, explained and completed from it. */
export const commands: Readonly<Record<CommandName, CommandRow>> = commandTable;
export type CommandName = keyof typeof commandTable;
export const commandNames = Object.keys(commandTable) as readonly CommandName[];

/** The options that a command takes; without one, those that most of them take. */
export function optionsOf(name?: CommandName): readonly OptionName[] {
  return [...(name === undefined ? settings : commands[name].options), 'help', 'version'];
}

/** First words of commands that have two, and what these have in common. */
export const groups: Readonly<Record<string, { readonly text: string; readonly example: string }>> = {
  dkim: {
    text: 'These commands make and check the keys with which mail is signed (DKIM).',
    example: 'dane-relay help dkim create',
  },
  token: {
    text: 'These commands say which programs may submit mail over HTTP (docs/http.md).',
    example: 'dane-relay help token add',
  },
  queue: {
    text: `These commands show and change what waits in the queue. While no relay runs, its private Redis is started for as \
long as a command takes.`,
    example: 'dane-relay help queue flush',
  },
  certificate: {
    text: `These commands make the certificates that listeners show to clients, and say what is in them. They ask neither \
the relay nor the network.`,
    example: 'dane-relay help certificate create',
  },
  user: {
    text: 'These commands show and change the file of users that intake.users names. No relay need run.',
    example: 'dane-relay help user add',
  },
};

/** After the list of all commands. */
export const epilogue = `\
All settings and their defaults are in config/relay.example.toml. Each can also
be an environment variable: redis.url is DANE_RELAY_REDIS_URL.

Exit status:
   0  All is well.
  64  The command line makes no sense.
  65  What was to be imported is damaged, or the queue itself is; DKIM keys or
      their DNS records are not as they must be; sendmail: no recipients, or
      a bad address.
  67  sendmail: an address was refused.
  69  sendmail: the message was refused.
  73  Files that are there stand in the way of a certificate.
  75  It cannot be done now, but may work later.
  77  The password is wrong; sendmail: this user may not.
  78  The settings are wrong.
`;
