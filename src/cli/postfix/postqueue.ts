import { readOptions } from './options.ts';

/** A command line that makes no sense: first what getopt(3) says of it. */
export interface Refused {
  readonly kind: 'refused';
  readonly trouble?: string | undefined;
  readonly reason: string;
}

/** What a call of postqueue(1) asks for. */
export type PostqueueRequest =
  | { readonly kind: 'list' }
  | { readonly kind: 'list as JSON' }
  | { readonly kind: 'flush' }
  | { readonly kind: 'flush message'; readonly queueId: string }
  | { readonly kind: 'flush site'; readonly site: string }
  | Refused;

const usage = 'usage: postqueue -f | postqueue -i queueid | postqueue -j | postqueue -p | postqueue -s site';

const kinds = { f: 'flush', j: 'list as JSON', p: 'list' } as const;

/** Reads its arguments as Postfix does: exactly one of its modes. `-c` and `-v` change nothing here. */
export function parsePostqueue(argv: readonly string[]): PostqueueRequest {
  const read = readOptions(argv, 'c:fi:jps:v');
  const modes = read.options.filter(({ letter }) => letter !== 'c' && letter !== 'v');
  const [mode] = modes;
  const { trouble, operands } = read;
  if (trouble !== undefined || mode === undefined || modes.length > 1 || operands.length > 0)
    return { kind: 'refused', trouble, reason: usage };
  const { letter, value } = mode;
  if (letter === 'i')
    return isQueueId(value)
      ? { kind: 'flush message', queueId: value }
      : { kind: 'refused', reason: `Cannot flush queue ID - invalid name: "${cut(value)}"` };
  if (letter === 's')
    return isSite(value)
      ? { kind: 'flush site', site: value }
      : { kind: 'refused', reason: `Cannot flush mail queue - invalid destination: "${cut(value)}"` };
  return { kind: kinds[letter as keyof typeof kinds] };
}

/** The file of a message in Postfix has a name of these characters. */
export function isQueueId(text: string): boolean {
  return /^[A-Za-z0-9]{1,100}$/.test(text);
}

/** A host name, or an address in brackets; a destination with a port is none. */
function isSite(text: string): boolean {
  return /^(?:\[[0-9A-Za-z.:]{1,300}\]|[0-9A-Za-z_-]{1,63}(?:\.[0-9A-Za-z_-]{1,63}){0,20})$/.test(text);
}

function cut(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}
