/** What is asked, in this order. Each answer is text, in the form in which the settings have it; empty for nothing. */
export const questionNames = [
  'hostname',
  'address',
  'server',
  'clients',
  'listen',
  'login',
  'loginListen',
  'domains',
  'sign',
  'probe',
  'relayhost',
] as const;
export type QuestionName = (typeof questionNames)[number];

export type Answers = Readonly<Record<QuestionName, string>>;

/** What is known of this machine before anything is asked. */
export interface MachineFacts {
  /** Its name, with a domain; empty if it has none. */
  readonly hostname: string;
  /** The public address from which its mail goes out; empty if it is not known. */
  readonly publicAddress: string;
  /** The address at which other machines reach it; empty if there is none. */
  readonly ownAddress: string;
  /** All its addresses. */
  readonly addresses: readonly string[];
}

/** The items of a list that somebody typed, with commas or blanks between. */
export function itemsOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((item) => item !== '');
}

/** As a person answers; undefined for neither. */
export function yesOrNo(text: string): 'yes' | 'no' | undefined {
  if (/^y(?:es)?$/i.test(text)) return 'yes';
  return /^no?$/i.test(text) ? 'no' : undefined;
}

/** Mail servers that may hand their mail over. */
export const servers = ['none', 'postfix', 'exim', 'sendmail', 'other'] as const;
