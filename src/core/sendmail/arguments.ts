import type { Notify } from '../mail/message.ts';

/** A message that comes on standard input, and what the command line says of it. */
export interface MessageRequest {
  readonly kind: 'message';
  /** `-t`: recipients are also taken from the header. */
  readonly readsRecipients: boolean;
  /** Without `-i` a line with nothing but a dot ends the message. */
  readonly dotEnds: boolean;
  /** `-f`, as given; absent: the user who calls. */
  readonly sender?: string;
  /** `-F`. */
  readonly fullName?: string;
  readonly body?: '7BIT' | '8BITMIME';
  readonly notify?: readonly Notify[];
  readonly ret?: 'FULL' | 'HDRS';
  readonly envid?: string;
  /** `-O requiretls=yes` (RFC 8689 §2). */
  readonly requireTls?: true;
  /** Each may hold several addresses. */
  readonly recipients: readonly string[];
}

/** What a call of sendmail(1) asks for. */
export type SendmailRequest = (
  | MessageRequest
  /** `-bs`: SMTP on standard input and output. */
  | { readonly kind: 'smtp' }
  /** `-bp`, or the name mailq. */
  | { readonly kind: 'list' }
  /** `-q`; names of destinations or ids, none for all. */
  | { readonly kind: 'flush'; readonly names: readonly string[] }
  /** `-bv` */
  | { readonly kind: 'verify'; readonly recipients: readonly string[] }
  /** The name newaliases, or `-q30m` in a call that has nothing else to do. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'help' }
  /** The command line asks for what is not done here, or makes no sense: EX_USAGE. */
  | { readonly kind: 'refused'; readonly reason: string }
) & {
  /** `-C` */
  readonly settingsFile?: string;
  /** What was passed over, and why. */
  readonly warnings?: readonly string[];
};

export const sendmailNames = ['sendmail', 'mailq', 'newaliases'] as const;
/** A program whose place we take: its name alone is half of what is asked for. */
export type SendmailName = (typeof sendmailNames)[number];

/** Letters that take a value, glued to them or as the next argument; all others take none. */
const withValue = new Set('ABCFLNORVXbefhopqr');
/** Those among them, and others, that sendmail has or had and that change nothing here. */
const ignored = new Set('ALOXUGehmpcvx');
const modes = {
  m: 'message',
  s: 'smtp',
  p: 'list',
  v: 'verify',
} as const;
const unsupportedModes: Readonly<Record<string, string>> = {
  d: 'there is no daemon to start here: dane-relay run',
  l: 'there is no daemon to start here: dane-relay run',
  i: 'there are no aliases here',
};

interface Option {
  readonly letter: string;
  readonly value: string;
}

/**
 * Reads a command line in sendmail's own grammar, as Postfix does: letters may be joined (`-ti`), values glued (`-fa@x`,
 * `-oi`) or apart, `--` or the first word that is no option ends the options. The last of two counts.
 *
 * @param argv behind the name of the program
 */
export function parseSendmailArguments(argv: readonly string[], name: SendmailName): SendmailRequest {
  if (argv[0] === '--help') return { kind: 'help' };
  const read = readOptions(argv);
  if ('refused' in read) return { kind: 'refused', reason: read.refused };
  const { options, operands } = read;
  const last = (letter: string): string | undefined =>
    options.findLast((option) => option.letter === letter)?.value;
  const has = (letter: string, value = ''): boolean =>
    options.some((option) => option.letter === letter && option.value.startsWith(value));
  const settingsFile = last('C');
  const common = settingsFile === undefined ? {} : { settingsFile };

  const refusal = options.map(refusalOf).find((reason) => reason !== undefined);
  if (refusal !== undefined) return { kind: 'refused', reason: refusal };
  if (name === 'newaliases') return { ...common, kind: 'nothing' };
  const mode = name === 'mailq' ? 'list' : modes[(last('b') ?? 'm').charAt(0) as keyof typeof modes];
  const queueRuns = options.filter(({ letter }) => letter === 'q').map(({ value }) => value);
  if (mode === 'list' || mode === 'smtp') return { ...common, kind: mode };
  if (mode === 'verify') return { ...common, kind: 'verify', recipients: operands };
  const flushes = queueRuns.filter((value) => !/^\d/.test(value));
  if (flushes.length > 0) {
    const names = flushes.flatMap((value) => (value === '' ? [] : [value.slice(1)]));
    return { ...common, kind: 'flush', names };
  }
  // A daemon would run the queue so often; the relay does so by itself.
  if (queueRuns.length > 0 && operands.length === 0 && !has('t')) return { ...common, kind: 'nothing' };

  const sender = options.findLast(({ letter }) => letter === 'f' || letter === 'r')?.value;
  const fullName = last('F');
  const { parameters, warnings } = deliveryParameters(last);
  return {
    ...common,
    kind: 'message',
    readsRecipients: has('t'),
    dotEnds: !has('i') && !has('o', 'i'),
    ...(sender !== undefined && { sender }),
    ...(fullName !== undefined && { fullName }),
    ...parameters,
    ...(requiresTls(options) && { requireTls: true }),
    recipients: operands,
    ...(warnings.length > 0 && { warnings }),
  };
}

/** Postfix's word for it, among options of sendmail that change nothing here. */
function requiresTls(options: readonly Option[]): boolean {
  const said = options.findLast(({ letter, value }) => letter === 'O' && /^requiretls=/i.test(value));
  return said !== undefined && /=yes$/i.test(said.value);
}

function readOptions(
  argv: readonly string[],
):
  | { readonly options: readonly Option[]; readonly operands: readonly string[] }
  | { readonly refused: string } {
  const options: Option[] = [];
  let at = 0;
  for (; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--') return { options, operands: argv.slice(at + 1) };
    if (!word.startsWith('-') || word === '-') break;
    for (let index = 1; index < word.length; index += 1) {
      const letter = word.charAt(index);
      if (!withValue.has(letter)) {
        options.push({ letter, value: '' });
        continue;
      }
      const glued = word.slice(index + 1);
      // "-q" alone is a word of its own.
      const isWhole = glued !== '' || letter === 'q';
      if (!isWhole) at += 1;
      const value = isWhole ? glued : argv[at];
      if (value === undefined) return { refused: `option -${letter} needs a value` };
      options.push({ letter, value });
      break;
    }
  }
  return { options, operands: argv.slice(at) };
}

/** Why an option is not obeyed; undefined if it is, or may be passed over. */
function refusalOf({ letter, value }: Option): string | undefined {
  if (letter === 'b') {
    const mode = value.charAt(0);
    return mode in modes ? undefined : `option -b${value} is not supported${because(unsupportedModes[mode])}`;
  }
  if (letter === 'q') {
    return /^(?:|\d.*|[RI].+)$/.test(value) ? undefined : `option -q${value} is not supported`;
  }
  if (letter === 'I') return 'option -I is not supported: there are no aliases here';
  // A wish for more safety must not be lost in a slip of the pen.
  if (letter === 'O' && /^requiretls=/i.test(value) && !/=(?:yes|no|)$/i.test(value))
    return `option -O ${value} is not supported: yes or no is wanted`;
  if (letter === 'X' && value !== 'V') return 'option -X is not supported: no traffic is logged';
  return ignored.has(letter) || 'BCFNRVfioqrt'.includes(letter)
    ? undefined
    : `option -${letter} is not supported`;
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}

/** RFC 3461 and RFC 6152 in the letters of sendmail. What is no good value is passed over, as mail matters more. */
function deliveryParameters(last: (letter: string) => string | undefined): {
  readonly parameters: Pick<MessageRequest, 'body' | 'notify' | 'ret' | 'envid'>;
  readonly warnings: readonly string[];
} {
  const warnings: string[] = [];
  const read = <T>(letter: string, reader: (value: string) => T | undefined): T | undefined => {
    const value = last(letter);
    const found = value === undefined ? undefined : reader(value);
    if (value !== undefined && found === undefined) warnings.push(`bad value of -${letter} is ignored`);
    return found;
  };
  const body = read('B', (value) => oneOf(['7BIT', '8BITMIME'] as const, value));
  const notify = read('N', notifyOf);
  const ret = read('R', (value) => oneOf(['FULL', 'HDRS'] as const, value));
  // RFC 3461 §4.4: 100 characters, printable.
  const envid = read('V', (value) => (/^[!-~]{1,100}$/.test(value) ? value : undefined));
  const parameters = {
    ...(body !== undefined && { body }),
    ...(notify !== undefined && { notify }),
    ...(ret !== undefined && { ret }),
    ...(envid !== undefined && { envid }),
  };
  return { parameters, warnings };
}

function oneOf<T extends string>(words: readonly T[], value: string): T | undefined {
  return words.find((word) => word === value.toUpperCase());
}

const conditions = ['SUCCESS', 'FAILURE', 'DELAY'] as const;

/** `never`, or a list of the others (RFC 3461 §4.1). */
function notifyOf(value: string): readonly Notify[] | undefined {
  const words = value.toUpperCase().split(',');
  if (words.length === 1 && words[0] === 'NEVER') return ['NEVER'];
  const isKnown = words.every((word) => conditions.some((condition) => condition === word));
  return isKnown ? conditions.filter((condition) => words.includes(condition)) : undefined;
}
